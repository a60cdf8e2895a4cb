import { RequestRefused } from './errors.ts'
import { defaultFields } from './fields.ts'
import type { Instance } from './instance.ts'
import type { Lead } from './leads.ts'
import { leadTime } from './replies.ts'

/** The names in `fields`; the default six where there is none. @throws RequestRefused 1006 for one that is not there */
export function fieldNames(instance: Instance, fields: string | null): readonly string[] {
  if (fields === null || fields.trim() === '') return defaultFields
  const names = fields.split(',').map((name) => name.trim())
  const stray = names.find((name) => !instance.fields.has(name))
  if (stray !== undefined) throw new RequestRefused('1006', stray)
  return names
}

/** A lead as the lead database answers it: `id` always, every other field asked for, null where it is empty. */
export function leadView(
  instance: Instance,
  lead: Lead,
  names: readonly string[],
): Record<string, unknown> {
  const view: Record<string, unknown> = { id: lead.id }
  for (const name of names) {
    if (name === 'id') continue
    else if (name === 'createdAt') view[name] = leadTime(lead.createdAtMs)
    else if (name === 'updatedAt') view[name] = leadTime(lead.updatedAtMs)
    else if (name === 'ecids') view[name] = lead.values[instance.settings.ecidField] ?? null
    else view[name] = lead.values[name] ?? null
  }
  return view
}

/**
 * One page of an ascending sequence, and the token of the next where there is one.
 * @param items the items after the last one seen, one more than the page where there are more
 */
export function pageOf<T>(
  items: readonly T[],
  batchSize: number,
  idOf: (item: T) => number,
): { page: readonly T[]; more: Record<string, unknown> } {
  const page = items.slice(0, batchSize)
  const last = page.at(-1)
  if (items.length <= batchSize || last === undefined) return { page, more: {} }
  return { page, more: { nextPageToken: pageToken(idOf(last)), moreResult: true } }
}

/** An opaque token that stands for the last id a reader has seen; the same page can be asked for again. */
function pageToken(lastId: number): string {
  return `${Buffer.from(`after ${lastId}`).toString('hex').toUpperCase()}===`
}

/** The last id seen; 0 where there is no token. @throws RequestRefused 1001 for a token that was never given out */
export function lastIdOf(token: string | null): number {
  if (token === null || token === '') return 0
  const decoded = Buffer.from(token.replace(/=+$/, ''), 'hex').toString()
  const id = /^after (\d+)$/.exec(decoded)?.[1]
  if (id === undefined) throw new RequestRefused('1001', token.slice(0, 50), 'nextPageToken')
  return Number(id)
}
