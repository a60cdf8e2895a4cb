import { z } from 'zod'
import { misconfigured, refusal } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { unreadable } from './admin-client.ts'
import type { CallAdmin } from './admin-client.ts'

/** An audience as Target lists it (`reference/solutions.md` §5.3). */
export interface Audience {
  readonly id: number
  readonly name?: string | null | undefined
  readonly description?: string | null | undefined
  readonly status?: string | null | undefined
  readonly workspace?: string | null | undefined
}

export const audienceShape: z.ZodType<Audience> = z.object({
  id: z.coerce.number().int().positive(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  status: z.string().nullish(),
  workspace: z.coerce.string().nullish(),
})

const listShape = z.object({
  total: z.coerce.number().int().optional(),
  audiences: z.array(audienceShape),
})

export type Listed =
  | { readonly kind: 'audiences'; readonly audiences: readonly Audience[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const pageSize = 500
/** Five times the 20,000 audiences that Target recommends at most, where pages are as large as asked for. */
const maxPages = 200

/**
 * Reads all audiences of the organisation, page by page: there is no search by description. A page may be shorter than was asked for; the list ends with
 * an empty page, or where `total` says.
 */
export async function listAudiences(call: CallAdmin): Promise<Listed> {
  const byId = new Map<number, Audience>()
  let offset = 0
  for (let page = 0; page < maxPages; page += 1) {
    const query = { limit: `${pageSize}`, offset: `${offset}`, sortBy: 'id' }
    const outcome = await call({ method: 'GET', path: 'audiences', query })
    if (outcome.kind !== 'answer') return { kind: 'refused', refusal: outcome.refusal }
    const listed = listShape.safeParse(outcome.body)
    if (!listed.success) return unreadable
    const { audiences, total } = listed.data
    const before = byId.size
    for (const one of audiences) if (one.status !== 'deleted') byId.set(one.id, one)
    offset += audiences.length
    const last = audiences.length === 0 || offset >= (total ?? Number.POSITIVE_INFINITY)
    // A server that ignores the offset would answer its first page for ever.
    const nothingNew = byId.size === before && audiences.every(({ id }) => byId.has(id))
    if (last || nothingNew) return { kind: 'audiences', audiences: [...byId.values()] }
  }
  return { kind: 'refused', refusal: tooMany }
}

const tooMany = refusal(
  'AUDIENCES_TOO_MANY',
  misconfigured('tenant'),
  'Target lists more audiences than can be looked through: delete unused ones',
)
