import { badRequest } from './rest-fields.ts'

const defaultPageSize = 10
const maxPageSize = 1000

/**
 * The list parameters that all collections share (reference §1.4): `search` in every value, `sortBy`, `descending`, and
 * paging. With `page` or `pageSize` the array comes wrapped in an object.
 */
export function listAnswer(items: readonly object[], given: URLSearchParams): unknown {
  let found = items
  const search = given.get('search')
  if (search !== null && search !== '') {
    const wanted = search.toLowerCase()
    found = found.filter((item) =>
      Object.values(item).some((value) => String(value).toLowerCase().includes(wanted)),
    )
  }
  const sortBy = given.get('sortBy')
  if (sortBy !== null) {
    const sign = given.get('descending') === 'true' ? -1 : 1
    found = found.toSorted((a, b) => sign * compare(valueOf(a, sortBy), valueOf(b, sortBy)))
  }
  if (!given.has('page') && !given.has('pageSize')) return found
  const page = wholeOf(given.get('page'), 0, 'page')
  const pageSize = Math.min(
    wholeOf(given.get('pageSize'), defaultPageSize, 'pageSize'),
    maxPageSize,
  )
  const list = found.slice(page * pageSize, (page + 1) * pageSize)
  return { total: found.length, page, pageSize, list }
}

/** A whole-number query parameter. @throws RestRefused 400 */
export function wholeOf(text: string | null, byDefault: number, name: string): number {
  if (text === null) return byDefault
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number`)
  return Number(text)
}

function valueOf(item: object, name: string): unknown {
  return Object.entries(item).find(([key]) => key === name)?.[1]
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}
