import { refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { listShape } from './answer.ts'
import type { Answer, StaticList } from './answer.ts'
import type { CallMarketo, MarketoCall } from './marketo-client.ts'

/** What a look-up of one list came to. */
export type FoundList =
  | { readonly kind: 'list'; readonly list: StaticList }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Finds the list of exactly this name (`reference/solutions.md` §6.6). */
export function findByName(call: CallMarketo, name: string): Promise<FoundList> {
  const query = new URLSearchParams({ name }).toString()
  const path = 'rest/asset/v1/staticList/byName.json'
  return find(call, { method: 'GET', path, query }, (list) => list.name === name)
}

/** Finds the list of this id. */
export function findById(call: CallMarketo, listId: string): Promise<FoundList> {
  const path = `rest/asset/v1/staticList/${listId}.json`
  return find(call, { method: 'GET', path }, (list) => `${list.id}` === listId)
}

async function find(
  call: CallMarketo,
  request: MarketoCall,
  isIt: (list: StaticList) => boolean,
): Promise<FoundList> {
  const outcome = await call(request)
  if (outcome.kind === 'error' && isAbsence(outcome.code)) return { kind: 'none' }
  if (outcome.kind !== 'answer') return { kind: 'refused', refusal: outcome.refusal }
  const lists = listsOf(outcome.answer)
  if (lists === undefined) return { kind: 'refused', refusal: unreadable }
  const list = lists.find((one) => isIt(one))
  return list === undefined ? { kind: 'none' } : { kind: 'list', list }
}

/** The asset calls say "nothing found" as an empty success or as 702, calls on lists as 1013. */
export function isAbsence(code: string): boolean {
  return code === '702' || code === '1013'
}

/** The lists in an answer; undefined where one of them cannot be read. */
export function listsOf(answer: Answer): readonly StaticList[] | undefined {
  const lists: StaticList[] = []
  for (const record of answer.result ?? []) {
    const list = listShape.safeParse(record)
    if (!list.success) return undefined
    lists.push(list.data)
  }
  return lists
}

export const unreadable: Refusal = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** Whether the list is the segment's own: the id stands at the start of the description; people may write more after it. */
export function belongsTo(list: StaticList, remoteSegmentId: string): boolean {
  return ownerOf(list) === remoteSegmentId
}

/** The segment id at the start of a list's description; empty where there is none. */
export function ownerOf(list: StaticList): string {
  return list.description?.trim().split(/[ \n]/, 1)[0] ?? ''
}
