import { z } from 'zod'

/** A trait or a segment of Audience Manager, as far as it is read here. */
export interface CatalogueItem {
  readonly sid: number
  readonly integrationCode?: string | null | undefined
  readonly dataSourceId?: number | null | undefined
  /** Epoch milliseconds. */
  readonly createTime?: number | null | undefined
}

export const catalogueItem: z.ZodType<CatalogueItem> = z.object({
  sid: z.int().positive(),
  integrationCode: z.string().nullish(),
  dataSourceId: z.int().nullish(),
  createTime: z.number().nullish(),
})

/** A list of them: bare, or wrapped in an object where the API pages. */
export const catalogueItems: z.ZodType<readonly CatalogueItem[]> = z.union([
  z.array(catalogueItem),
  z.object({ list: z.array(catalogueItem) }).transform(({ list }) => list),
])
