import { z } from 'zod'

/** A trait or a segment of Audience Manager, as far as it is read here. */
export interface CatalogueItem {
  readonly sid: number
  readonly name?: string | undefined
  readonly integrationCode?: string | null | undefined
  readonly dataSourceId?: number | null | undefined
  /** Epoch milliseconds. */
  readonly createTime?: number | null | undefined
  /** Whatever else it has: sent back when it is renamed. */
  readonly [field: string]: unknown
}

export const catalogueItem: z.ZodType<CatalogueItem> = z.looseObject({
  sid: z.int().positive(),
  name: z.string().optional(),
  integrationCode: z.string().nullish(),
  dataSourceId: z.int().nullish(),
  createTime: z.number().nullish(),
})

/** A list of them: bare, or wrapped in an object where the API pages. */
export const catalogueItems: z.ZodType<readonly CatalogueItem[]> = z.union([
  z.array(catalogueItem),
  z.object({ list: z.array(catalogueItem) }).transform(({ list }) => list),
])
