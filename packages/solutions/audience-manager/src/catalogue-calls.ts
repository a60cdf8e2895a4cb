import { refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { catalogueItem, catalogueItems } from './catalogue-item.ts'
import type { CatalogueItem } from './catalogue-item.ts'
import type { CallRest } from './rest-client.ts'

/** The two kinds of things that a segment has at Audience Manager. */
export type CatalogueKind = 'traits' | 'segments'

/** What a look-up of one of them came to. */
export type FoundItem =
  | { readonly kind: 'item'; readonly item: CatalogueItem }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Finds a segment's trait or segment by integration code and data source (`reference/solutions.md` §1.4). */
export async function findByCode(
  call: CallRest,
  what: CatalogueKind,
  integrationCode: string,
  dataSourceId: number,
): Promise<FoundItem> {
  const query = { integrationCode, dataSourceId: `${dataSourceId}` }
  const outcome = await call({ method: 'GET', path: `${what}/`, query })
  if (outcome.kind === 'refused') return outcome
  const listed = catalogueItems.safeParse(outcome.body)
  if (!listed.success) return { kind: 'refused', refusal: unreadable }
  const item = listed.data.find(
    (one) =>
      one.integrationCode === integrationCode &&
      (one.dataSourceId ?? dataSourceId) === dataSourceId,
  )
  return item === undefined ? { kind: 'none' } : { kind: 'item', item }
}

/** Reads a trait by its sid. */
export async function findTrait(call: CallRest, sid: string): Promise<FoundItem> {
  const outcome = await call({ method: 'GET', path: `traits/${sid}` })
  if (outcome.kind === 'refused') return outcome.status === 404 ? { kind: 'none' } : outcome
  const item = catalogueItem.safeParse(outcome.body)
  if (!item.success) return { kind: 'refused', refusal: unreadable }
  return { kind: 'item', item: item.data }
}

export const unreadable: Refusal = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
