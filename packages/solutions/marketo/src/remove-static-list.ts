import { failed, refusal, remoteSegmentId } from '@segue/solution-kit'
import type { RemovalReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { isListId } from './list-id.ts'
import type { CallMarketo } from './marketo-client.ts'
import { belongsTo, findById, isAbsence } from './static-list-calls.ts'

/**
 * Deletes the segment's static list (`reference/solutions.md` §6.6); its leads stay in Marketo. A list that is not there counts as removed.
 * The list is read first: one whose description does not start with the segment's id is somebody's own by now and is left alone.
 */
export async function removeStaticList(
  call: CallMarketo,
  segment: Segment,
  remoteId: string,
): Promise<RemovalReceipt> {
  if (!isListId(remoteId)) return remoteIdInvalid
  const found = await findById(call, remoteId)
  if (found.kind === 'refused') return found.refusal
  if (found.kind === 'none') return removed
  if (!belongsTo(found.list, remoteSegmentId(segment))) return foreign
  const path = `rest/asset/v1/staticList/${remoteId}/delete.json`
  const outcome = await call({ method: 'POST', path, form: '' })
  if (outcome.kind === 'answer') return removed
  if (outcome.kind !== 'error') return outcome.refusal
  if (isAbsence(outcome.code)) return removed
  return outcome.code === '709' || outcome.code === '1022' ? inUse : outcome.refusal
}

const removed: RemovalReceipt = { status: 'removed' }
const remoteIdInvalid = refusal('REMOTE_ID_INVALID', failed, 'the remote id is not a list id')
const inUse = refusal(
  'LIST_IN_USE',
  failed,
  'a campaign, an export or another asset uses the list: take it out there, then remove it again',
)
const foreign = refusal(
  'LIST_NOT_OURS',
  failed,
  'the list’s description does not start with the segment’s id: delete it in Marketo if nobody needs it',
)
