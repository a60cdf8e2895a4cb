import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify'
import { RequestRefused, reason } from './errors.ts'
import type { Instance } from './instance.ts'
import { assetId } from './lead-routes.ts'
import { fieldNames, lastIdOf, leadView, pageOf } from './lead-view.ts'
import type { StaticList } from './lists.ts'
import {
  boundedOf,
  formOf,
  integerOf,
  isQueryInBody,
  journalRows,
  leadIdsOf,
  lookUpParameters,
  maxRecords,
} from './parameters.ts'
import { leadTime, type RecordResult, sendResult } from './replies.ts'

interface OfList extends RouteGenericInterface {
  Params: { list: string }
}

/** The members of static lists (reference §6.2). */
export function listRoutes(app: FastifyInstance, instance: Instance): void {
  const url = '/rest/v1/lists/:list/leads.json'
  const listOf = (part: string): StaticList => {
    const list = instance.lists.byId(assetId(part))
    if (list === undefined) throw new RequestRefused('1013')
    return list
  }

  app.post<OfList>(
    url,
    { config: { operation: 'lists.add', rows: journalRows } },
    (request, reply) => {
      if (isQueryInBody(request)) {
        members(instance, listOf(request.params.list), request, reply)
        return
      }
      const list = listOf(request.params.list)
      const ids = leadIdsOf(request)
      instance.touch()
      sendResult(
        reply,
        ids.map((id) => addOne(instance, list, id)),
      )
    },
  )

  app.delete<OfList>(
    url,
    { config: { operation: 'lists.remove', rows: journalRows } },
    (request, reply) => {
      const list = listOf(request.params.list)
      const ids = leadIdsOf(request)
      instance.touch()
      sendResult(
        reply,
        ids.map((id) => removeOne(instance, list, id)),
      )
    },
  )

  app.get<OfList>(
    '/rest/v1/lists/:list/leads/ismember.json',
    { config: { operation: 'lists.isMember', rows: journalRows } },
    (request, reply) => {
      const list = listOf(request.params.list)
      const result = leadIdsOf(request).map((id): RecordResult => {
        if (instance.leads.byId(id) === undefined) return notFound(id)
        return { id, status: list.members.has(id) ? 'memberof' : 'notmemberof' }
      })
      sendResult(reply, result)
    },
  )

  // The singular is the older path of the same call; clients still use it.
  for (const path of [url, '/rest/v1/list/:list/leads.json']) {
    app.get<OfList>(path, { config: { operation: 'lists.members' } }, (request, reply) => {
      members(instance, listOf(request.params.list), request, reply)
    })
  }
  app.post<OfList>(
    '/rest/v1/list/:list/leads.json',
    { config: { operation: 'lists.members' } },
    (request, reply) => {
      if (!isQueryInBody(request)) throw new RequestRefused('605')
      members(instance, listOf(request.params.list), request, reply)
    },
  )

  app.get('/rest/v1/lists.json', { config: { operation: 'lists.get' } }, (request, reply) => {
    browse(instance, lookUpParameters(request), reply)
  })
  app.post('/rest/v1/lists.json', { config: { operation: 'lists.get' } }, (request, reply) => {
    if (!isQueryInBody(request)) throw new RequestRefused('605')
    browse(instance, formOf(request), reply)
  })

  app.get<OfList>(
    '/rest/v1/lists/:list',
    { config: { operation: 'lists.getById' } },
    (request, reply) => sendResult(reply, [listView(listOf(request.params.list))]),
  )
}

function addOne(instance: Instance, list: StaticList, id: number): RecordResult {
  if (instance.leads.byId(id) === undefined) return notFound(id)
  if (instance.lists.add(list, id) || repeatLooksNew(instance, list, id)) {
    return { id, status: 'added' }
  }
  // The nearest documented reason: the lead is in this status already.
  return { id, status: 'skipped', reasons: [reason('1037')] }
}

function removeOne(instance: Instance, list: StaticList, id: number): RecordResult {
  if (instance.leads.byId(id) === undefined) return notFound(id)
  if (instance.lists.drop(list, id) || repeatLooksNew(instance, list, id)) {
    return { id, status: 'removed' }
  }
  return { id, status: 'skipped', reasons: [reason('1015')] }
}

/** What a repeat answers is not documented, so both happen; which one is fixed by list and lead [I]. */
function repeatLooksNew(instance: Instance, list: StaticList, leadId: number): boolean {
  const { repeatAnswer } = instance.settings
  return repeatAnswer === 'mixed' ? (list.id + leadId) % 2 === 0 : repeatAnswer === 'added'
}

function notFound(id: number): RecordResult {
  return { id, status: 'skipped', reasons: [reason('1004')] }
}

function members(
  instance: Instance,
  list: StaticList,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const given = lookUpParameters(request)
  const batchSize = boundedOf(given.get('batchSize'), maxRecords, maxRecords, 'batchSize')
  const afterId = lastIdOf(given.get('nextPageToken'))
  const names = fieldNames(instance, given.get('fields'))
  const ids = instance.lists.page(list, afterId, batchSize + 1)
  const { page, more } = pageOf(ids, batchSize, (id) => id)
  sendResult(
    reply,
    page.flatMap((id) => {
      const lead = instance.leads.byId(id)
      return lead === undefined ? [] : [leadView(instance, lead, names)]
    }),
    more,
  )
}

/** Lists by id and by name, as the lead database shows them. */
function browse(instance: Instance, given: URLSearchParams, reply: FastifyReply): void {
  const batchSize = boundedOf(given.get('batchSize'), maxRecords, maxRecords, 'batchSize')
  const afterId = lastIdOf(given.get('nextPageToken'))
  const ids = valuesOf(given, 'id').map((id) => integerOf(id))
  const names = valuesOf(given, 'name')
  const lists = instance.lists
    .all()
    .filter((list) => list.id > afterId)
    .filter((list) => ids.length === 0 || ids.includes(list.id))
    .filter((list) => names.length === 0 || names.includes(list.name))
  const { page, more } = pageOf(lists, batchSize, (list) => list.id)
  sendResult(reply, page.map(listView), more)
}

/** Repeated parameters and comma-separated ones are both taken. */
function valuesOf(given: URLSearchParams, name: string): string[] {
  return given.getAll(name).flatMap((value) => value.split(',').filter((part) => part !== ''))
}

function listView(list: StaticList): Record<string, unknown> {
  return {
    id: list.id,
    name: list.name,
    ...(list.description === undefined ? {} : { description: list.description }),
    workspaceName: 'Default',
    createdAt: leadTime(list.createdAtMs),
    updatedAt: leadTime(list.updatedAtMs),
  }
}
