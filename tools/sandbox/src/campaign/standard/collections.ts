import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { queryOf, rawTarget } from '../../http/server.ts'
import type { Row } from '../table.ts'
import { badValue } from './errors.ts'
import type { StandardInstance } from './instance.ts'

/** A list of records under a URL, with its count beside it. */
export interface Collection {
  readonly url: string
  /** As fault scripts name it, `services.list`; the count is `services.count`. */
  readonly operation: string
  /** The records, ascending by id, and whether their whole table is a large one. */
  readonly rows: (request: FastifyRequest) => Listing
  /** One entry of `content`. */
  readonly view: (row: Row, request: FastifyRequest) => unknown
}

interface Listing {
  readonly rows: Iterable<Row>
  /** Rows of the whole table, whatever was asked for. */
  readonly tableRows: number
}

const defaultLines = 25
/** A bound of the sandbox; none is documented [I]. */
const mostLines = 10_000

/**
 * Answers pages (reference §4.1): 25 records unless `_lineCount` says otherwise, `next.href` where there are more, which a
 * large table only has with `_forcePagination=true`, and `count.href`.
 */
export function serveCollection(
  app: FastifyInstance,
  instance: StandardInstance,
  { url, operation, rows, view }: Collection,
): void {
  app.get(url, { config: { operation } }, (request, reply) => {
    const query = queryOf(request)
    const count = lineCountOf(query)
    const after = lineStartOf(instance, query)
    const listing = rows(request)
    const page: Row[] = []
    let more = false
    for (const row of listing.rows) {
      if (row.id <= after) continue
      more = page.length === count
      if (more) break
      page.push(row)
    }
    const isLarge =
      instance.settings.bigTableRows > 0 && listing.tableRows > instance.settings.bigTableRows
    const canTurn = !isLarge || query.get('_forcePagination') === 'true'
    const last = page.at(-1)
    send(reply, {
      content: page.map((row) => view(row, request)),
      count: { href: hrefWith(request, '/_count', lineKey(instance, 0)) },
      ...(more && canTurn && last !== undefined
        ? { next: { href: hrefWith(request, '', lineKey(instance, last.id)) } }
        : {}),
      serverSidePagination: true,
    })
  })
  app.get(
    `${url}/_count`,
    { config: { operation: operation.replace(/\.\w+$/, '.count') } },
    (request, reply) => {
      send(reply, { count: [...rows(request).rows].length })
    },
  )
}

/** A JSON answer. */
export function send(reply: FastifyReply, body: object, status = 200): void {
  void reply.code(status).header('content-type', 'application/json').send(JSON.stringify(body))
}

/** The URL of an API's resources as the caller sees it, `http://…/acme/campaign/profileAndServices`. */
export function apiUrl({ settings }: StandardInstance, request: FastifyRequest): string {
  const api = isExtended(request) ? 'profileAndServicesExt' : 'profileAndServices'
  return `${origin(request)}/${settings.organization}/campaign/${api}`
}

/** Whether the call came through the extended API. */
export function isExtended(request: FastifyRequest): boolean {
  return rawTarget(request).path.includes('/profileAndServicesExt/')
}

function origin({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`
}

/** The request's own URL, further along. */
function hrefWith(request: FastifyRequest, suffix: string, line: string): string {
  const query = queryOf(request)
  query.set('_lineStart', line)
  const path = rawTarget(request).path.replace(/\/+$/, '')
  return `${origin(request)}${path}${suffix}?${query.toString()}`
}

function lineKey(instance: StandardInstance, id: number): string {
  return instance.pkeys().of('line', id)
}

/** `_lineStart` is calculated, and only good as it was given. */
function lineStartOf(instance: StandardInstance, query: URLSearchParams): number {
  const given = query.get('_lineStart')
  if (given === null) return 0
  const line = instance.pkeys().read('line', given)
  if (line === undefined) throw badValue('_lineStart', 'list', 'use the URL of the next node')
  return line.id
}

function lineCountOf(query: URLSearchParams): number {
  const given = query.get('_lineCount')
  if (given === null) return defaultLines
  const count = /^\d{1,6}$/.test(given) ? Number(given) : 0
  if (count < 1) throw badValue('_lineCount', 'list', 'it must be a number of at least 1')
  return Math.min(count, mostLines)
}
