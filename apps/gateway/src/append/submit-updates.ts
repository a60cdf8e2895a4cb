import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseProfileUpdate } from '@segue/model'
import { malformed } from '../body/updates.ts'
import type { Updates } from '../body/updates.ts'
import type { Submission } from './append-groups.ts'

/** Something that was wrong with one update of a body. */
export interface Finding {
  /** Place of the update in the body, from 0. */
  readonly index: number
  readonly code: string
  readonly detail: string
}

export interface Submitted {
  readonly accepted: number
  /** Updates that were refused; all others are on their way. */
  readonly rejected: readonly Finding[]
  /** Parts of accepted updates that were left out; bounded, the last one says how many more there were. */
  readonly warnings: readonly Finding[]
}

/** Updates checked in one go, a few milliseconds; then others get their turn. */
const updatesPerTurn = 512
/** Warnings listed in an answer. */
export const warningsMax = 1_000

/**
 * Checks the updates of a body and submits those that pass, in order. One bad update never fails its neighbours.
 *
 * @param nowMs epoch milliseconds, for what lies too far ahead
 * @param proceed asked before each turn; throws where there is no point in going on
 */
export async function submitUpdates(
  updates: Updates,
  submission: Submission,
  nowMs: number,
  proceed: () => void,
): Promise<Submitted> {
  const rejected: Finding[] = []
  const warnings: Finding[] = []
  let unlisted = 0
  for (let index = 0; index < updates.count; index++) {
    if (index > 0 && index % updatesPerTurn === 0) {
      await nextTurn()
      proceed()
    }
    const value = updates.next()
    if (value === malformed) {
      rejected.push({ index, code: 'MALFORMED_JSON', detail: 'the line is not JSON in UTF-8' })
      continue
    }
    const parsed = parseProfileUpdate(value, nowMs)
    if (!parsed.ok) {
      rejected.push({ index, code: parsed.code, detail: parsed.detail })
      continue
    }
    submission.add(parsed.update)
    for (const { code, detail } of parsed.warnings) {
      if (warnings.length < warningsMax - 1) warnings.push({ index, code, detail })
      else unlisted += 1
    }
  }
  if (unlisted > 0) {
    const index = updates.count - 1
    warnings.push({ index, code: 'WARNING_LIMIT', detail: `${unlisted} more warnings` })
  }
  return { accepted: updates.count - rejected.length, rejected, warnings }
}
