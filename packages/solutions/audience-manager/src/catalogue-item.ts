import { z } from 'zod'

/** A trait or a segment of Audience Manager, as far as it is read here. */
export interface CatalogueItem {
  readonly sid: number
  readonly name?: string | undefined
  readonly integrationCode?: string | null | undefined
  readonly dataSourceId?: number | null | undefined
  /** Epoch milliseconds. */
  readonly createTime?: number | null | undefined
  /** For people; labels of a trait stand here. */
  readonly comments?: string | null | undefined
  /** Whatever else it has: sent back when it is renamed. */
  readonly [field: string]: unknown
}

export const catalogueItem: z.ZodType<CatalogueItem> = z.looseObject({
  sid: z.int().positive(),
  name: z.string().optional(),
  integrationCode: z.string().nullish(),
  dataSourceId: z.int().nullish(),
  createTime: z.number().nullish(),
  comments: z.string().nullish(),
})

/** A list of them: bare, or wrapped in an object where the API pages. */
export const catalogueItems: z.ZodType<readonly CatalogueItem[]> = z.union([
  z.array(catalogueItem),
  z.object({ list: z.array(catalogueItem) }).transform(({ list }) => list),
])

const paged = z.object({ list: z.array(z.unknown()), total: z.int().min(0).nullish() })

/** How many there are in all, where the answer is a page: without end, where it does not say. Undefined: it is no page. */
export function pageTotal(body: unknown): number | undefined {
  const page = paged.safeParse(body)
  return page.success ? (page.data.total ?? Infinity) : undefined
}
