import {
  failed,
  misconfigured,
  refusal,
  remoteSegmentId,
  retryRow,
  segmentGone,
} from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import type { StaticList } from './answer.ts'
import { isListId } from './list-id.ts'
import { listObjects } from './list-object.ts'
import { listNames } from './list-name.ts'
import type { CallMarketo } from './marketo-client.ts'
import { findByName, isAbsence, listsOf } from './static-list-calls.ts'

/**
 * Gives the segment's static list a new name (`reference/solutions.md` §6.6), by the same rule as at its making: where another list has the name
 * (709), the second name, with the segment's id. Members and description stay.
 */
export async function renameStaticList(
  call: CallMarketo,
  namePrefix: string,
  segment: Segment,
  remoteId: string,
  displayName: string,
): Promise<SegmentReceipt> {
  if (!isListId(remoteId)) return remoteIdInvalid
  const ready = (list: StaticList | undefined): SegmentReceipt => ({
    status: 'ready',
    remoteId,
    ...(list === undefined ? {} : { objects: listObjects(list) }),
  })
  for (const name of listNames(namePrefix, displayName, remoteSegmentId(segment))) {
    const form = new URLSearchParams({ name }).toString()
    const path = `rest/asset/v1/staticList/${remoteId}.json`
    const outcome = await call({ method: 'POST', path, form })
    if (outcome.kind === 'answer') return ready(listsOf(outcome.answer)?.[0])
    if (outcome.kind !== 'error') return outcome.refusal
    if (isAbsence(outcome.code)) return listGone
    if (outcome.code !== '709') return outcome.refusal
    // 709 is any business rule: the list may have the name itself, as after a repeat.
    const holder = await findByName(call, name)
    if (holder.kind === 'refused') return holder.refusal
    if (holder.kind === 'none') return outcome.refusal
    if (`${holder.list.id}` === remoteId) return ready(holder.list)
  }
  return nameTaken
}

const remoteIdInvalid = refusal('REMOTE_ID_INVALID', failed, 'the remote id is not a list id')
const listGone = refusal(segmentGone, retryRow(1_000, false), 'the static list is gone')

/** Both names of a segment's list belong to other lists. */
export const nameTaken: Refusal = refusal(
  'LIST_NAME_TAKEN',
  misconfigured('listNamePrefix'),
  'both names of the segment’s list are taken by other lists: change the prefix',
)
