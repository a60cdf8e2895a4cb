import { misconfigured, refusal, remoteSegmentId, retryRow } from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { listShape } from './answer.ts'
import type { StaticList } from './answer.ts'
import { listNames } from './list-name.ts'
import type { CallMarketo, MarketoOutcome } from './marketo-client.ts'

type Found =
  | { readonly kind: 'list'; readonly list: StaticList }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

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
    const found = await find(call, name)
    if (found.kind === 'refused') return found.refusal
    const list = found.kind === 'list' ? found.list : await create(call, place, name, id)
    if (isRefusal(list)) return list
    if (list !== undefined && belongsTo(list, id)) {
      return { status: 'ready', remoteId: `${list.id}` }
    }
  }
  const detail = 'both names of the segment’s list are taken by other lists: change the prefix'
  return refusal('LIST_NAME_TAKEN', misconfigured('listNamePrefix'), detail)
}

async function find(call: CallMarketo, name: string): Promise<Found> {
  const query = new URLSearchParams({ name }).toString()
  const outcome = await call({ method: 'GET', path: 'rest/asset/v1/staticList/byName.json', query })
  // The asset calls say "nothing found" as an empty success, or as 702.
  if (outcome.kind === 'error' && outcome.code === '702') return { kind: 'none' }
  if (outcome.kind !== 'answer') return { kind: 'refused', refusal: outcome.refusal }
  const lists = listsOf(outcome)
  if (lists === undefined) return { kind: 'refused', refusal: unreadable }
  const list = lists.find((one) => one.name === name)
  return list === undefined ? { kind: 'none' } : { kind: 'list', list }
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
    const winner = await find(call, name)
    if (winner.kind === 'list') return winner.list
    return winner.kind === 'refused' ? winner.refusal : undefined
  }
  if (outcome.kind !== 'answer') return outcome.refusal
  const list = listsOf(outcome)?.[0]
  // What was just made belongs to the segment, whether or not the answer repeats the description.
  return list === undefined ? unreadable : { ...list, description: id }
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

function listsOf(
  outcome: Extract<MarketoOutcome, { kind: 'answer' }>,
): readonly StaticList[] | undefined {
  const lists: StaticList[] = []
  for (const record of outcome.answer.result ?? []) {
    const list = listShape.safeParse(record)
    if (!list.success) return undefined
    lists.push(list.data)
  }
  return lists
}

/** The id stands at the start of the description; people may write more after it. */
function belongsTo(list: StaticList, id: string): boolean {
  const description = list.description?.trim() ?? ''
  return description === id || description.startsWith(`${id} `) || description.startsWith(`${id}\n`)
}

function isRefusal(value: StaticList | Refusal | undefined): value is Refusal {
  return value !== undefined && 'status' in value
}
