import { excluded, failed, refusal, retryRow, segmentGone } from '@segue/solution-kit'
import type { Receipt, Refusal } from '@segue/solution-kit'

/** Campaign answers when it is done: what is delivered is applied. */
export const done: Receipt = { status: 'delivered', applied: true }

/** Nobody in Campaign has the identity, and `createPolicy` makes nobody. */
export const personUnknown: Refusal = refusal(
  'PERSON_UNKNOWN',
  excluded,
  'Campaign knows no such person',
)

export const remoteIdInvalid: Refusal = refusal(
  'REMOTE_ID_INVALID',
  failed,
  'the row’s remote id is not the internal name of a service or group',
)

/** The engine asks `ensureSegment` again before it repeats the row. */
export const counterpartGone: Refusal = refusal(
  segmentGone,
  retryRow(1_000, false),
  'the segment’s service or group was deleted in Campaign',
)

export const answerUnreadable: Refusal = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** The receipt for everything not sent yet, where one that came back waits for the whole solution or for a person; else undefined. */
export function pauseOf(receipt: Receipt): Refusal | undefined {
  if (receipt.status === 'misconfigured') return receipt
  if (receipt.status === 'retry' && receipt.scope === 'solution') {
    return { ...receipt, inDoubt: false }
  }
  return undefined
}
