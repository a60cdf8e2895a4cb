import type { CallMarketo } from './marketo-client.ts'
import { listsOf, ownerOf, unreadable } from './static-list-calls.ts'
import type { FoundList } from './static-list-calls.ts'

/** Where lists are made. */
export interface ListPlace {
  readonly folderId: number
  readonly folderType: 'Folder' | 'Program'
  readonly namePrefix: string
}

/** The folder's lists by the segment that each is of. */
type Folder =
  | { readonly kind: 'lists'; readonly bySegment: ReadonlyMap<string, FoundList> }
  | Extract<FoundList, { readonly kind: 'refused' }>

/** Marketo's bound of assets in an answer. */
const listsPerPage = 200
/** 10,000 lists. A list beyond is still found by its name. */
const maxPages = 50
const rememberMs = 5 * 60_000

/**
 * Makes the function that finds a segment's list by the segment's id, whatever people called it since: reads the folder's lists, and remembers
 * for five minutes which segment each is of, so that many segments cost one reading.
 */
export function listIndex(options: {
  readonly call: CallMarketo
  readonly place: ListPlace
  readonly nowMs: () => number
}): (remoteSegmentId: string) => Promise<FoundList> {
  const { call, place, nowMs } = options
  let read: { readonly atMs: number; readonly folder: Promise<Folder> } | undefined

  return async (id) => {
    if (read === undefined || nowMs() - read.atMs >= rememberMs) {
      read = { atMs: nowMs(), folder: readFolder() }
    }
    const mine = read
    const folder = await mine.folder
    if (folder.kind === 'lists') return folder.bySegment.get(id) ?? { kind: 'none' }
    if (read === mine) read = undefined
    return folder
  }

  async function readFolder(): Promise<Folder> {
    const bySegment = new Map<string, FoundList>()
    const folder = JSON.stringify({ id: place.folderId, type: place.folderType })
    for (let page = 0; page < maxPages; page += 1) {
      const offset = `${page * listsPerPage}`
      const query = new URLSearchParams({ folder, maxReturn: `${listsPerPage}`, offset }).toString()
      const outcome = await call({ method: 'GET', path: 'rest/asset/v1/staticLists.json', query })
      if (outcome.kind === 'error' && outcome.code === '702') break
      if (outcome.kind !== 'answer') return { kind: 'refused', refusal: outcome.refusal }
      const lists = listsOf(outcome.answer)
      if (lists === undefined) return { kind: 'refused', refusal: unreadable }
      for (const list of lists) bySegment.set(ownerOf(list), { kind: 'list', list })
      if (lists.length < listsPerPage) break
    }
    return { kind: 'lists', bySegment }
  }
}
