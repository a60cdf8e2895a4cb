import {
  failed,
  readJson,
  refusal,
  remoteObjects,
  remoteSegmentId,
  retryRow,
} from '@segue/solution-kit'
import type { RemovalReceipt, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import type { CallApi } from './api-client.ts'
import { keyTaken, listUnknown } from './codes.ts'
import { listShape, listsShape } from './example-api.ts'
import { listName } from './list-name.ts'

const remoteIdInvalid = refusal('REMOTE_ID_INVALID', failed, 'the remote id is no list id')
const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** Whether it is an id as the API gives them; anything else never gets into a path. */
export function isListId(remoteId: string): boolean {
  return /^\d{1,18}$/.test(remoteId)
}

/** Finds the segment's list by its key, or makes it. Two processes that make it at once end with the same list. */
export async function ensureList(
  call: CallApi,
  namePrefix: string,
  segment: Segment,
  displayName: string,
): Promise<SegmentReceipt> {
  const key = remoteSegmentId(segment)
  const there = await find(call, key)
  if (there !== undefined) return there
  const name = listName(namePrefix, displayName, key)
  const made = await call({ method: 'POST', path: '/v1/lists', body: { key, name } })
  if (made.kind === 'answer') {
    const list = readJson(listShape, made.response.body)
    return list === undefined ? unreadable : ready(list.id, name)
  }
  const lost = made.apiCode === keyTaken
  return (lost ? await find(call, key) : undefined) ?? made.refusal
}

/** Gives the list a new name. */
export async function renameList(
  call: CallApi,
  namePrefix: string,
  segment: Segment,
  remoteId: string,
  displayName: string,
): Promise<SegmentReceipt> {
  if (!isListId(remoteId)) return remoteIdInvalid
  const name = listName(namePrefix, displayName, remoteSegmentId(segment))
  const renamed = await call({ method: 'PATCH', path: `/v1/lists/${remoteId}`, body: { name } })
  return renamed.kind === 'answer' ? ready(remoteId, name) : renamed.refusal
}

/** Deletes the list and with it its members. One that is not there counts as removed. */
export async function removeList(call: CallApi, remoteId: string): Promise<RemovalReceipt> {
  if (!isListId(remoteId)) return remoteIdInvalid
  const removed = await call({ method: 'DELETE', path: `/v1/lists/${remoteId}` })
  const gone = removed.kind === 'answer' || removed.apiCode === listUnknown
  return gone ? { status: 'removed' } : removed.refusal
}

/** Says as well what stands for the segment, in the solution's own words, so that a person finds it there. */
function ready(remoteId: string, name: string): SegmentReceipt {
  if (!isListId(remoteId)) return unreadable
  const objects = remoteObjects([{ kind: 'list', name, id: remoteId }])
  return { status: 'ready', remoteId, objects }
}

/** @returns undefined where there is no such list */
async function find(call: CallApi, key: string): Promise<SegmentReceipt | undefined> {
  const query = new URLSearchParams({ key }).toString()
  const outcome = await call({ method: 'GET', path: `/v1/lists?${query}` })
  if (outcome.kind === 'refused') return outcome.refusal
  const answer = readJson(listsShape, outcome.response.body)
  if (answer === undefined) return unreadable
  const list = answer.lists.find((one) => one.key === key)
  return list === undefined ? undefined : ready(list.id, list.name)
}
