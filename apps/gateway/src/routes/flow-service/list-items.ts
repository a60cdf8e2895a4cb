import { Type, type TSchema } from 'typebox'
import { Problem } from '../../problem.ts'

/** How a list of the flow service is asked for (`reference/platform.md` §4.2). */
export interface ListQuery {
  readonly limit?: number
  readonly orderby?: string
  readonly property?: string | readonly string[]
  readonly continuationToken?: string
  readonly count?: boolean
}

/** Most items of one answer. */
export const limitMax = 100

export const listQuerySchema: TSchema = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limitMax, description: `Default: ${limitMax}.` }),
  ),
  orderby: Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'A field, with `-` before it for the largest first. Default: `-createdAt`.',
      examples: ['-updatedAt'],
    }),
  ),
  property: Type.Optional(
    Type.Union(
      [
        Type.String({ maxLength: 500 }),
        Type.Array(Type.String({ maxLength: 500 }), { maxItems: 20 }),
      ],
      {
        description:
          'A filter: `path==value` or `path!=value`, or with `>=`, `<=`, `>`, `<` a number, several times for several that must all hold. A path has dots, and `[]` for any item of a list.',
        examples: ['name==Main', 'targetConnectionIds[]==…'],
      },
    ),
  ),
  continuationToken: Type.Optional(
    Type.String({ maxLength: 2_000, description: 'What the answer before said.' }),
  ),
  count: Type.Optional(Type.Boolean({ description: 'Whether to say how many there are in all.' })),
})

/** A part of a list, as it is answered. */
export interface ListAnswer<One> {
  readonly items: readonly One[]
  /** Says how to ask for what follows; absent at the end. */
  readonly continuationToken?: string
  readonly count?: number
}

/** @param item of the list */
export function listAnswerSchema(item: TSchema): TSchema {
  return Type.Object({
    items: Type.Array(item),
    continuationToken: Type.Optional(Type.String()),
    count: Type.Optional(Type.Integer({ minimum: 0 })),
  })
}

type Item = Readonly<Record<string, unknown>>

/**
 * The part of the items that is asked for. A continuation goes on after the last item of the answer before, whatever was added or
 * removed meanwhile.
 *
 * @param items each with an `id`
 * @throws Problem REQUEST_INVALID
 */
export function listItems<One extends Item>(
  items: readonly One[],
  query: ListQuery,
): ListAnswer<One> {
  const { limit = limitMax, orderby = '-createdAt', continuationToken, count = false } = query
  const descending = orderby.startsWith('-')
  const field = orderby.replace(/^[-+]/, '')
  if (!/^[A-Za-z]+$/.test(field)) throw refuseQuery('/orderby', 'must name a field')
  const filters = [query.property ?? []].flat().map(parseFilter)
  const matching = items.filter((item) => filters.every((matches) => matches(item)))
  const direction = descending ? -1 : 1
  const placeOf = (item: Item): Place => [textOrNumber(item[field]), String(item['id'])]
  const ordered = matching
    .map((item) => ({ item, place: placeOf(item) }))
    .toSorted((one, other) => direction * compare(one.place, other.place))
  const after = continuationToken === undefined ? undefined : parseToken(continuationToken)
  const rest =
    after === undefined
      ? ordered
      : ordered.filter(({ place }) => direction * compare(place, after) > 0)
  const part = rest.slice(0, limit)
  const last = part.at(-1)
  return {
    items: part.map(({ item }) => item),
    ...(last !== undefined && rest.length > part.length
      ? { continuationToken: tokenOf(last.place) }
      : {}),
    ...(count ? { count: matching.length } : {}),
  }
}

/** Where an item stands: by the field, and among those that are alike there by its id. */
type Place = readonly [string | number, string]

function compare([one, oneId]: Place, [other, otherId]: Place): number {
  if (one !== other) {
    if (typeof one === typeof other) return one < other ? -1 : 1
    return typeof one === 'number' ? -1 : 1
  }
  return oneId === otherId ? 0 : oneId < otherId ? -1 : 1
}

function textOrNumber(value: unknown): string | number {
  return typeof value === 'number' || typeof value === 'string' ? value : ''
}

function tokenOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function parseToken(token: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(place) && place.length === 2) {
      return [textOrNumber(place[0]), String(place[1])]
    }
  } catch {
    // It is told below.
  }
  throw refuseQuery('/continuationToken', 'is none that an answer held')
}

/**
 * The items that a filter lets through.
 * @throws Problem REQUEST_INVALID
 */
export function parseFilter(filter: string): (item: Item) => boolean {
  const [, path, operator = '', wanted = ''] =
    /^([\w.[\]]+?)(==|!=|>=|<=|>|<)(.*)$/su.exec(filter) ?? []
  if (path === undefined) {
    throw refuseQuery('/property', 'must be path==value, or with !=, >=, <=, > or < in its place')
  }
  const steps = path.replaceAll('[]', '.[]').split('.')
  if (operator === '!=') {
    return (item) => !valuesAt(item, steps).some((value) => String(value) === wanted)
  }
  const isMet = comparisons.get(operator)
  if (isMet === undefined) {
    return (item) => valuesAt(item, steps).some((value) => String(value) === wanted)
  }
  const bound = Number(wanted)
  if (wanted.trim() === '' || Number.isNaN(bound)) {
    throw refuseQuery('/property', `must compare with a number after ${operator}`)
  }
  return (item) =>
    valuesAt(item, steps).some((value) => typeof value === 'number' && isMet(value, bound))
}

const comparisons: ReadonlyMap<string, (value: number, bound: number) => boolean> = new Map([
  ['>=', (value, bound) => value >= bound],
  ['<=', (value, bound) => value <= bound],
  ['>', (value, bound) => value > bound],
  ['<', (value, bound) => value < bound],
])

/** The scalars that a path leads to. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[]): readonly unknown[] {
  if (step === undefined) return typeof value === 'object' ? [] : [value]
  if (step === '[]') return Array.isArray(value) ? value.flatMap((one) => valuesAt(one, rest)) : []
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return []
  return valuesAt(Reflect.get(value, step), rest)
}

/** A parameter of the query that is not as it must be. */
export function refuseQuery(pointer: string, detail: string): Problem {
  return new Problem('REQUEST_INVALID', `querystring${pointer} ${detail}`, {
    fields: { errors: [{ pointer, detail }] },
  })
}
