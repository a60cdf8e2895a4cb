import type { ConsentUpdate } from './profile-update.ts'
import { hasReservedKey, isRecord } from './record.ts'
import { rejected, reservedKeyIn } from './rejected.ts'
import type { Rejected } from './rejected.ts'
import { latestMs, readTime } from './update-time.ts'

/**
 * Reads `consents`: `share.val` of `n` or `dn` withdraws consent, `y` or `dy` gives it, and
 * anything else leaves it as it was (design §3), answered as `undefined`. What is not shaped as
 * consents is rejected all the same: a withdrawal that was misspelled must come back to its sender.
 */
export function readConsents(value: unknown, nowMs: number): ConsentUpdate | Rejected | undefined {
  if (value === undefined) return undefined
  if (!isRecord(value)) return rejected('CONSENT_INVALID', 'consents must be an object')
  if (hasReservedKey(value)) return reservedKeyIn('consents')
  const { share = empty, metadata = empty } = value
  if (!isRecord(share)) return rejected('CONSENT_INVALID', 'consents.share must be an object')
  if (hasReservedKey(share)) return reservedKeyIn('consents.share')
  if (!isRecord(metadata)) return rejected('CONSENT_INVALID', 'consents.metadata must be an object')
  if (hasReservedKey(metadata)) return reservedKeyIn('consents.metadata')

  const given = readChoice(share['val'])
  const { time } = metadata
  if (time === undefined) return given === undefined ? undefined : { given }
  const atMs = readTime(time)
  if (atMs === undefined) {
    return rejected(
      'CONSENT_TIME_INVALID',
      'consents.metadata.time must be a timestamp with a zone',
    )
  }
  if (atMs > latestMs(nowMs)) {
    return rejected('CONSENT_TIME_AHEAD', 'consents.metadata.time is more than 24 hours ahead')
  }
  return given === undefined ? undefined : { given, atMs }
}

const empty: Readonly<Record<string, unknown>> = Object.freeze({})

function readChoice(val: unknown): boolean | undefined {
  switch (val) {
    case 'y':
    case 'dy':
      return true
    case 'n':
    case 'dn':
      return false
    default:
      return undefined
  }
}
