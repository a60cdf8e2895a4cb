import { remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import type { StaticList } from './answer.ts'
import { listNames } from './list-name.ts'
import type { CallMarketo } from './marketo-client.ts'
import { nameTaken } from './rename-static-list.ts'
import { belongsTo, findByName, listsOf, unreadable } from './static-list-calls.ts'

/** Where lists are made. */
export interface ListPlace {
  readonly folderId: number
  readonly folderType: 'Folder' | 'Program'
  readonly namePrefix: string
}

/**
 * Finds the segment's static list, or makes it (`reference/solutions.md` §6.6). The list's description holds the segment's id: a list of the
 * same name without it belongs to somebody else and is left alone, and the segment takes its second name.
 */
export async function ensureStaticList(
  call: CallMarketo,
  place: ListPlace,
  segment: Segment,
  displayName: string,
): Promise<SegmentReceipt> {
  const id = remoteSegmentId(segment)
  for (const name of listNames(place.namePrefix, displayName, id)) {
    const found = await findByName(call, name)
    if (found.kind === 'refused') return found.refusal
    const list = found.kind === 'list' ? found.list : await create(call, place, name, id)
    if (isRefusal(list)) return list
    if (list !== undefined && belongsTo(list, id)) {
      return { status: 'ready', remoteId: `${list.id}` }
    }
  }
  return nameTaken
}

/** @returns the new list, or the one that another process made first; undefined where the name belongs to something else */
async function create(
  call: CallMarketo,
  place: ListPlace,
  name: string,
  id: string,
): Promise<StaticList | Refusal | undefined> {
  const form = new URLSearchParams({
    folder: JSON.stringify({ id: place.folderId, type: place.folderType }),
    name,
    description: id,
  }).toString()
  const outcome = await call({ method: 'POST', path: 'rest/asset/v1/staticLists.json', form })
  if (outcome.kind === 'error' && (outcome.code === '709' || outcome.code === '1017')) {
    const winner = await findByName(call, name)
    if (winner.kind === 'list') return winner.list
    return winner.kind === 'refused' ? winner.refusal : undefined
  }
  if (outcome.kind !== 'answer') return outcome.refusal
  const list = listsOf(outcome.answer)?.[0]
  // What was just made belongs to the segment, whether or not the answer repeats the description.
  return list === undefined ? unreadable : { ...list, description: id }
}

function isRefusal(value: StaticList | Refusal | undefined): value is Refusal {
  return value !== undefined && 'status' in value
}
