import type { Document, SegmentDefinition } from '@segue/destinations'
import { Type, type TSchema } from 'typebox'

/** How segment definitions are asked for (`reference/platform.md` §8.1). */
export interface PageQuery {
  readonly start?: number
  readonly limit?: number
  readonly sort?: string
  readonly namespace?: string
  readonly name?: string
  readonly 'evaluationInfo.batch.enabled'?: boolean
  readonly 'evaluationInfo.continuous.enabled'?: boolean
  readonly 'evaluationInfo.synchronous.enabled'?: boolean
}

const limitDefault = 20
const limitMax = 100
const flag = Type.Optional(Type.Boolean())

export const pageQuerySchema: TSchema = Type.Object({
  start: Type.Optional(Type.Integer({ minimum: 0, description: 'Definitions to pass over.' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limitMax, description: `Default: ${limitDefault}.` }),
  ),
  sort: Type.Optional(
    Type.String({
      pattern: '^(name|creationTime|updateTime)(:(asc|desc))?$',
      description: 'Default: `updateTime:desc`.',
    }),
  ),
  namespace: Type.Optional(Type.String({ maxLength: 256 })),
  name: Type.Optional(
    Type.String({ maxLength: 255, description: 'What the name holds, in any case.' }),
  ),
  'evaluationInfo.batch.enabled': flag,
  'evaluationInfo.continuous.enabled': flag,
  'evaluationInfo.synchronous.enabled': flag,
})

/** A part of the definitions, with what is said of it. */
export interface Page {
  readonly part: readonly Document<'segment'>[]
  readonly page: Readonly<Record<string, number | string>>
  /** The address of what follows. */
  readonly link: { readonly next?: string }
}

/** @param url of the list */
export function pageOf(all: readonly Document<'segment'>[], query: PageQuery, url: string): Page {
  const { start = 0, limit = limitDefault, sort = 'updateTime:desc', name = '' } = query
  const [field = 'updateTime', order = 'asc'] = sort.split(':')
  const matching = all.filter(
    ({ value }) =>
      (query.namespace === undefined || value.namespace === query.namespace) &&
      value.name.toLowerCase().includes(name.toLowerCase()) &&
      evaluations.every((evaluation) => {
        const enabled = query[`evaluationInfo.${evaluation}.enabled`]
        return enabled === undefined || enabled === (value.evaluation === evaluation)
      }),
  )
  const direction = order === 'desc' ? -1 : 1
  const sorted = matching.toSorted(
    (one, other) => direction * compare(one, other, field) || (one.id < other.id ? -1 : 1),
  )
  const next = start + limit
  const following = new URLSearchParams({ start: String(next) })
  for (const [given, value] of Object.entries(query)) {
    if (given !== 'start') following.set(given, String(value))
  }
  const part = sorted.slice(start, next)
  return {
    part,
    page: {
      totalCount: matching.length,
      totalPages: Math.ceil(matching.length / limit),
      sortField: field,
      sort: order,
      pageSize: part.length,
      limit,
    },
    link: next < matching.length ? { next: `${url}?${following.toString()}` } : {},
  }
}

const evaluations: readonly SegmentDefinition['evaluation'][] = [
  'batch',
  'continuous',
  'synchronous',
]

function compare(one: Document<'segment'>, other: Document<'segment'>, field: string): number {
  if (field === 'creationTime') return one.createdAtMs - other.createdAtMs
  if (field === 'updateTime') return one.updatedAtMs - other.updatedAtMs
  return one.value.name.localeCompare(other.value.name)
}
