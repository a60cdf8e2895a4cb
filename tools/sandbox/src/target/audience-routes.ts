import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { queryOf } from '../http/server.ts'
import type { Account } from './account.ts'
import { AdminRefused, invalidInput, notFound } from './admin-errors.ts'
import { audienceMediaType, requireAudienceVersion } from './api-version.ts'
import { readAudienceFields } from './audience-fields.ts'
import type { Audience } from './audiences.ts'

/** Without a `limit` everything comes: the default of Adobe's own client. */
const defaultLimit = 2_147_483_647
const sortable = ['name', 'id', 'modifiedAt', 'origin', 'workspace']

/** Audiences under `/{tenant}/target` (reference §5.3). */
export function audienceRoutes(app: FastifyInstance, account: Account): void {
  const { audiences, clock, touch, settings } = account
  const url = `/${settings.tenant}/target/audiences`
  app.get(url, config('list'), (request, reply) => {
    requireAudienceVersion(request)
    return send(reply, 200, pageOf(audiences.all(), queryOf(request)))
  })
  app.get<OfOne>(`${url}/:id`, config('get'), (request, reply) => {
    requireAudienceVersion(request)
    return send(reply, 200, viewOf(find(request.params.id, account)))
  })
  app.post(url, config('create'), (request, reply) => {
    requireAudienceVersion(request)
    const fields = readAudienceFields(request, account, undefined, undefined)
    if (settings.maxAudiences > 0 && audiences.all().length >= settings.maxAudiences) {
      // The number is recommended; what is beyond it nobody says [I].
      throw invalidInput(`there are ${settings.maxAudiences} audiences already`)
    }
    const created = audiences.create(fields, clock.nowMs())
    touch()
    return send(reply, 201, viewOf(created))
  })
  const change = (isWhole: boolean) => (request: FastifyRequest<OfOne>, reply: FastifyReply) => {
    requireAudienceVersion(request)
    const before = find(request.params.id, account)
    const fields = readAudienceFields(request, account, isWhole ? undefined : before, before.id)
    const changed = audiences.replace(before.id, fields, clock.nowMs())
    touch()
    return send(reply, 200, viewOf(changed))
  }
  app.put<OfOne>(`${url}/:id`, config('replace'), change(true))
  app.patch<OfOne>(`${url}/:id`, config('update'), change(false))
  app.delete<OfOne>(`${url}/:id`, config('delete'), (request, reply) => {
    requireAudienceVersion(request)
    const audience = find(request.params.id, account)
    if (audiences.isUsed(audience.id)) {
      // Which of the documented statuses it is, is not [I].
      throw new AdminRefused(400, 'Audience.InUse', 'the audience is used by an activity')
    }
    audiences.remove(audience.id)
    touch()
    return send(reply, 200, { ...viewOf(audience), status: 'deleted' })
  })
}

interface OfOne {
  Params: { id: string }
}

function config(name: string): { config: { operation: string } } {
  return { config: { operation: `audiences.${name}` } }
}

function find(id: string, { audiences }: Account): Audience {
  const audience = /^\d{1,15}$/.test(id) ? audiences.byId(Number(id)) : undefined
  if (audience === undefined) throw notFound('the audience')
  return audience
}

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('content-type', `${audienceMediaType};charset=UTF-8`)
    .send(JSON.stringify(body))
}

/** As in a list: the rule is only in the audience itself. */
function summaryOf({ id, name, description, workspace, type, modifiedMs }: Audience): Summary {
  return {
    id,
    name,
    description,
    origin: 'target',
    status: 'saved',
    type,
    // To the second, as the samples have it.
    modifiedAt: new Date(modifiedMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    workspace,
  }
}

type Summary = Readonly<Record<string, string | number>>

function viewOf(audience: Audience): object {
  const { targetRule, audienceRule } = audience
  return {
    ...summaryOf(audience),
    ...(targetRule === undefined ? { audienceRule } : { targetRule }),
  }
}

/** `offset`, `limit`, and `sortBy` a field, with `-` in front for the other way round [I]. */
function pageOf(all: readonly Audience[], given: URLSearchParams): object {
  const offset = wholeOf(given, 'offset', 0)
  const limit = wholeOf(given, 'limit', defaultLimit)
  const sortBy = given.get('sortBy') ?? ''
  const field = sortBy.replace(/^-/, '')
  if (field !== '' && !sortable.includes(field)) {
    throw invalidInput(`sortBy must be one of ${sortable.join(', ')}`)
  }
  const sign = sortBy.startsWith('-') ? -1 : 1
  const rows = all.map(summaryOf)
  const sorted =
    field === '' ? rows : rows.toSorted((a, b) => sign * compare(a[field] ?? '', b[field] ?? ''))
  return { total: all.length, offset, limit, audiences: sorted.slice(offset, offset + limit) }
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function wholeOf(given: URLSearchParams, name: string, byDefault: number): number {
  const text = given.get(name)
  if (text === null) return byDefault
  if (!/^\d{1,10}$/.test(text)) throw invalidInput(`${name} must be a whole number`)
  return Number(text)
}
