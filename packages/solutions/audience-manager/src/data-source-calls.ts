import { z } from 'zod'
import { notInDoubt, refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { CallRest } from './rest-client.ts'

/** Whether a data source is there; `refused` where that could not be found out. */
export type FoundDataSource =
  | { readonly kind: 'there'; readonly name?: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Numbers of the data sources of one name, each once. */
export type NamedDataSources =
  | { readonly kind: 'ids'; readonly ids: readonly number[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Asks whether the account has a data source of this number (`reference/solutions.md` §1.4). */
export async function findDataSource(
  call: CallRest,
  dataSourceId: number,
): Promise<FoundDataSource> {
  const outcome = await call({ method: 'GET', path: `datasources/${dataSourceId}` })
  if (outcome.kind === 'answer') {
    const name = named.safeParse(outcome.body).data?.name ?? undefined
    return name === undefined ? { kind: 'there' } : { kind: 'there', name }
  }
  if (outcome.status === 404) return { kind: 'none' }
  return { kind: 'refused', refusal: notInDoubt(outcome.refusal) }
}

/**
 * Finds data sources by their exact name. The list is read page by page, and not searched: what a search compares is not documented. A bare list is
 * the whole one; pages are read until all are seen, or one brings nothing new.
 */
export async function dataSourcesNamed(call: CallRest, name: string): Promise<NamedDataSources> {
  const seen = new Set<number>()
  const named: number[] = []
  for (let page = 0; page < maxPages; page += 1) {
    const query = { page: `${page}`, pageSize: `${pageSize}` }
    const outcome = await call({ method: 'GET', path: 'datasources/', query })
    if (outcome.kind === 'refused') {
      return { kind: 'refused', refusal: notInDoubt(outcome.refusal) }
    }
    const read = listed.safeParse(outcome.body)
    if (!read.success) return { kind: 'refused', refusal: unreadable }
    const { list, total } = read.data
    const fresh = list.filter((one) => !seen.has(one.dataSourceId))
    for (const one of fresh) {
      if (!seen.has(one.dataSourceId) && one.name === name) named.push(one.dataSourceId)
      seen.add(one.dataSourceId)
    }
    if (fresh.length === 0 || seen.size >= (total ?? Infinity)) return { kind: 'ids', ids: named }
  }
  return { kind: 'refused', refusal: tooMany }
}

const pageSize = 100
/** With which 10,000 data sources are looked through. */
const maxPages = 100

const named = z.object({ name: z.string().nullish() })
const dataSource = z.object({ dataSourceId: z.int().positive(), name: z.string().nullish() })
const listed = z.union([
  z.array(dataSource).transform((list) => ({ list, total: list.length })),
  z.object({ list: z.array(dataSource), total: z.int().min(0).nullish() }),
])

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, false))
const tooMany = refusal(
  'DATA_SOURCES_TOO_MANY',
  { kind: 'misconfigured', setting: 'dataSources.traitOwner' },
  'there are over 10,000 data sources: give the number of the one that owns the traits',
)
