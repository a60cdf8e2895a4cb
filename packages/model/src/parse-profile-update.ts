import { readConsents } from './consents.ts'
import { readIdentityMap } from './identity-map.ts'
import type { MembershipUpdate, ProfileUpdate } from './profile-update.ts'
import { hasReservedKey, isRecord } from './record.ts'
import { rejected, reservedKeyIn } from './rejected.ts'
import type { Rejected } from './rejected.ts'
import { readSegmentMembership } from './segment-membership.ts'
import type { Warning } from './warnings.ts'
import { hasXdmPrefix, withoutXdmPrefix } from './xdm-prefix.ts'

export type ParsedUpdate =
  | { readonly ok: true; readonly update: ProfileUpdate; readonly warnings: readonly Warning[] }
  | Rejected

/**
 * Parses, normalises and checks one profile update in Experience Platform's export format (design
 * §3, `reference/platform.md` §1.1, §1.4, §2.1, §7). Fields that are not ours are ignored. Never
 * throws, whatever the value is.
 *
 * @param value what JSON or msgpack decoded to
 * @param nowMs epoch milliseconds, for what lies too far ahead
 */
export function parseProfileUpdate(value: unknown, nowMs: number): ParsedUpdate {
  if (!isRecord(value)) return rejected('UPDATE_INVALID', 'an update must be an object')
  if (hasReservedKey(value)) return reservedKeyIn('the update')
  const { identityMap, segmentMembership, consents } = hasXdmPrefix(value)
    ? withoutXdmPrefix(value)
    : value

  const found = readIdentityMap(identityMap)
  if (!found.ok) return found
  const memberships: MembershipUpdate[] = []
  const fault = readSegmentMembership(segmentMembership, nowMs, memberships)
  if (fault !== undefined) return fault
  const consent = readConsents(consents, nowMs)
  const { profileKey, identities, warnings } = found
  if (consent === undefined) {
    return { ok: true, update: { profileKey, identities, memberships }, warnings }
  }
  if ('ok' in consent) return consent
  return { ok: true, update: { profileKey, identities, memberships, consent }, warnings }
}
