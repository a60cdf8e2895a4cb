import { worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import type { BulkOutcome, SendBulk } from './bulk-updates.ts'
import type { SendEcids } from './ecid-updates.ts'
import { followOf } from './follow.ts'
import { planProfiles } from './profile-state.ts'
import type { PlannedRow, ProfileState, Ways } from './profile-state.ts'

/** The two ways to Target, at the same time. */
export interface Senders {
  readonly bulk: SendBulk
  readonly ecids: SendEcids
}

/**
 * Delivers rows: puts them together to one whole state an identity, sends these by the way of their namespace, and answers one receipt a
 * row, in order: the worst of what its identities came to.
 */
export async function deliverRows(
  rows: readonly Delivery[],
  ways: Ways,
  senders: Senders,
): Promise<readonly Receipt[]> {
  const plan = planProfiles(rows, ways)
  const [bulk, ecids] = await Promise.all([
    senders.bulk([...plan.bulk.values()]),
    senders.ecids([...plan.delivery.values()]),
  ])
  const outcomes = {
    bulk: (identity: Identity) => outcomeOf(identity, plan.bulk, bulk),
    ecid: (identity: Identity) => outcomeOf(identity, plan.delivery, ecids),
  }
  return plan.rows.map((row) => receiptOf(row, outcomes))
}

function outcomeOf<Outcome>(
  identity: Identity,
  states: ReadonlyMap<Identity, ProfileState>,
  outcomes: ReadonlyMap<ProfileState, Outcome>,
): Outcome {
  const state = states.get(identity)
  const outcome = state === undefined ? undefined : outcomes.get(state)
  if (outcome === undefined) throw new TypeError('a planned state has no outcome')
  return outcome
}

function receiptOf(
  row: PlannedRow,
  outcomes: {
    readonly bulk: (identity: Identity) => BulkOutcome
    readonly ecid: (identity: Identity) => Receipt
  },
): Receipt {
  if ('status' in row) return row
  const parts = [...bulkReceipts(row.bulk.map(outcomes.bulk)), ...row.delivery.map(outcomes.ecid)]
  const [first, ...others] = parts
  if (first === undefined) throw new TypeError('a planned row goes nowhere')
  return worstReceipt([first, ...others])
}

/** One receipt for all accepted batches of a row, which are followed together, and one for each refusal. */
function bulkReceipts(outcomes: readonly BulkOutcome[]): readonly Receipt[] {
  const refusals: Receipt[] = []
  const accepted: (string | undefined)[] = []
  for (const outcome of outcomes) {
    if (outcome.status === 'accepted') accepted.push(outcome.batchId)
    else refusals.push(outcome)
  }
  if (accepted.length === 0) return refusals
  const follow = followOf(accepted)
  const [requestId] = accepted
  const receipt: Receipt = {
    status: 'delivered',
    applied: false,
    ...(requestId === undefined ? {} : { requestId }),
    ...(follow === undefined ? {} : { follow }),
  }
  return [receipt, ...refusals]
}
