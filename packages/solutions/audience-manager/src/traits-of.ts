import { failed, refusal } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { unreadable } from './catalogue-calls.ts'
import { catalogueItems, pageTotal } from './catalogue-item.ts'
import type { CatalogueItem } from './catalogue-item.ts'
import type { CallRest } from './rest-client.ts'

/** All traits of a data source. */
export type Traits =
  | { readonly kind: 'traits'; readonly traits: readonly CatalogueItem[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const pageSize = 100
/** Audience Manager's bound is 100,000 traits (`reference/solutions.md` §1.4). */
const maxPages = 1_000

/**
 * Reads the traits of a data source, page by page. A bare list is the whole one; pages are read until all are seen, or one brings nothing new.
 */
export async function traitsOf(call: CallRest, dataSourceId: number): Promise<Traits> {
  const bySid = new Map<number, CatalogueItem>()
  for (let page = 0; page < maxPages; page += 1) {
    const query = {
      dataSourceId: `${dataSourceId}`,
      page: `${page}`,
      pageSize: `${pageSize}`,
    }
    const outcome = await call({ method: 'GET', path: 'traits/', query })
    if (outcome.kind === 'refused') return outcome
    const listed = catalogueItems.safeParse(outcome.body)
    if (!listed.success) return { kind: 'refused', refusal: unreadable }
    const before = bySid.size
    for (const trait of listed.data) bySid.set(trait.sid, trait)
    const total = pageTotal(outcome.body)
    if (bySid.size === before || total === undefined || bySid.size >= total) {
      const traits = [...bySid.values()]
      const own = traits.filter((trait) => (trait.dataSourceId ?? dataSourceId) === dataSourceId)
      return { kind: 'traits', traits: own }
    }
  }
  return { kind: 'refused', refusal: tooMany }
}

const tooMany = refusal('TRAITS_TOO_MANY', failed, 'the data source has over 100,000 traits')
