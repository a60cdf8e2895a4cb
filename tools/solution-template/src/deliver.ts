import { failed, notInDoubt, refusal, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import type { CallApi } from './api-client.ts'
import { changeMembers } from './change-members.ts'
import { isListId } from './counterpart.ts'
import { peopleOf, personInList, planChanges } from './plan.ts'

const remoteIdInvalid = refusal('REMOTE_ID_INVALID', failed, 'the row’s remote id is no list id')

/**
 * Delivers rows: what they say is planned (pure), sent call by call, and read back into one receipt a row, in order. A row that another
 * one superseded has the receipt of what was sent in its place. After an answer that concerns the whole API nothing more is sent.
 */
export async function deliverRows(
  call: CallApi,
  rows: readonly Delivery[],
): Promise<readonly Receipt[]> {
  const outcomes = new Map<string, Receipt>()
  let paused: Refusal | undefined
  for (const change of planChanges(rows.filter(({ remoteId }) => isListId(remoteId)))) {
    const held = paused
    const receipts =
      held === undefined ? await changeMembers(call, change) : change.people.map(() => held)
    for (const [index, person] of change.people.entries()) {
      const receipt = receipts[index]
      if (receipt !== undefined) outcomes.set(personInList(change.listId, person), receipt)
    }
    paused ??= pauseOf(receipts)
  }
  return rows.map((row) => receiptOf(row, outcomes))
}

/** What is said of everything that is not sent any more; undefined where the next call may go out. */
function pauseOf(receipts: readonly Receipt[]): Refusal | undefined {
  for (const receipt of receipts) {
    const ofAll = receipt.status === 'retry' && receipt.scope === 'solution'
    if (ofAll || receipt.status === 'misconfigured') return notInDoubt(receipt)
  }
  return undefined
}

function receiptOf(row: Delivery, outcomes: ReadonlyMap<string, Receipt>): Receipt {
  const all = peopleOf(row).flatMap(
    (person) => outcomes.get(personInList(row.remoteId, person)) ?? [],
  )
  // A profile with several hashes is there by one of them; only one that has none that is known is excluded.
  const known = all.filter((one) => one.status !== 'rejected' || one.kind !== 'excluded')
  const [first, ...others] = known.length > 0 ? known : all
  return first === undefined ? remoteIdInvalid : worstReceipt([first, ...others])
}
