import { remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import type { StaticList } from './answer.ts'
import { listIndex } from './list-index.ts'
import type { ListPlace } from './list-index.ts'
import { listNames } from './list-name.ts'
import { listObjects } from './list-object.ts'
import type { CallMarketo } from './marketo-client.ts'
import { nameTaken } from './rename-static-list.ts'
import { belongsTo, findById, findByName, listsOf, unreadable } from './static-list-calls.ts'
import type { FoundList } from './static-list-calls.ts'

/**
 * Makes the function that finds the segment's static list, or makes it (`reference/solutions.md` §6.6). The list's description holds the segment's id,
 * by which it is found under any name; a list of the same name without it belongs to somebody else and is left alone, and the segment
 * takes its second name.
 */
export function staticListMaker(
  call: CallMarketo,
  place: ListPlace,
  nowMs: () => number,
): (segment: Segment, displayName: string) => Promise<SegmentReceipt> {
  const findInFolder = listIndex({ call, place, nowMs })

  return async (segment, displayName) => {
    const id = remoteSegmentId(segment)
    const names = listNames(place.namePrefix, displayName, id)
    const taken = new Set<string>()
    for (const name of names) {
      const found = await findByName(call, name)
      if (found.kind === 'refused') return found.refusal
      if (found.kind === 'list' && belongsTo(found.list, id)) return ready(found.list)
      if (found.kind === 'list') taken.add(name)
    }
    const renamed = await findRenamed(id)
    if (renamed.kind === 'refused') return renamed.refusal
    if (renamed.kind === 'list') return ready(renamed.list)
    for (const name of names) {
      if (taken.has(name)) continue
      const list = await create(call, place, name, id)
      if (isRefusal(list)) return list
      if (list !== undefined && belongsTo(list, id)) return ready(list)
    }
    return nameTaken
  }

  /** The segment's list under another name. What is remembered of the folder may be gone by now, so the list itself is asked. */
  async function findRenamed(id: string): Promise<FoundList> {
    const indexed = await findInFolder(id)
    if (indexed.kind !== 'list') return indexed
    const found = await findById(call, `${indexed.list.id}`)
    return found.kind === 'list' && !belongsTo(found.list, id) ? { kind: 'none' } : found
  }
}

function ready(list: StaticList): SegmentReceipt {
  return { status: 'ready', remoteId: `${list.id}`, objects: listObjects(list) }
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
