import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { queryOf } from '../http/server.ts'
import { RequestRefused, reason } from './errors.ts'
import type { LeadField } from './fields.ts'
import type { Instance } from './instance.ts'
import type { Lead } from './leads.ts'
import { fieldNames, lastIdOf, leadView, pageOf } from './lead-view.ts'
import {
  boundedOf,
  integerOf,
  isQueryInBody,
  jsonOf,
  journalRows,
  leadIdsOf,
  lookUpParameters,
  maxRecords,
  required,
} from './parameters.ts'
import { type RecordResult, sendResult } from './replies.ts'
import { syncLeads } from './sync-leads.ts'

/** A look-up that matches more leads than this is refused (reference §6.3). */
const maxMatches = 1000

/** The routes of single leads and look-ups (reference §6.3). */
export function leadRoutes(app: FastifyInstance, instance: Instance): void {
  app.get('/rest/v1/leads.json', { config: { operation: 'leads.get' } }, (request, reply) => {
    lookUp(instance, request, reply)
  })

  app.post('/rest/v1/leads.json', { config: { operation: 'leads.sync' } }, (request, reply) => {
    // One URL, two calls: the parameter `_method=GET` makes a look-up of it.
    if (isQueryInBody(request)) lookUp(instance, request, reply)
    else sendResult(reply, syncLeads(instance, jsonOf(request)))
  })

  app.post(
    '/rest/v1/leads/delete.json',
    { config: { operation: 'leads.delete', rows: journalRows } },
    (request, reply) => sendResult(reply, deleteLeads(instance, leadIdsOf(request))),
  )

  app.get<{ Params: { lead: string } }>(
    '/rest/v1/lead/:lead',
    { config: { operation: 'leads.getById' } },
    (request, reply) => {
      const names = fieldNames(instance, queryOf(request).get('fields'))
      const lead = instance.leads.byId(assetId(request.params.lead))
      sendResult(reply, lead === undefined ? [] : [leadView(instance, lead, names)])
    },
  )

  app.get<{ Params: { lead: string } }>(
    '/rest/v1/leads/:lead/listMembership.json',
    { config: { operation: 'leads.listMembership' } },
    (request, reply) => {
      const lead = instance.leads.byId(integerOf(request.params.lead))
      if (lead === undefined) throw new RequestRefused('1004')
      const held = instance.lists.all().filter((list) => list.members.has(lead.id))
      sendResult(
        reply,
        held.map((list) => ({ id: list.id, listName: list.name })),
      )
    },
  )

  app.get(
    '/rest/v1/leads/describe2.json',
    { config: { operation: 'leads.describe2' } },
    (_request, reply) => sendResult(reply, [describe2(instance)]),
  )

  app.get(
    '/rest/v1/leads/describe.json',
    { config: { operation: 'leads.describe' } },
    (_request, reply) => sendResult(reply, [...instance.fields.values()].map(describe)),
  )
}

/** An id in a path: `318594.json` and `318594` are both seen in clients. */
export function assetId(part: string): number {
  return integerOf(part.replace(/\.json$/, ''))
}

function lookUp(instance: Instance, request: FastifyRequest, reply: FastifyReply): void {
  const given = lookUpParameters(request)
  const filterType = required(given.get('filterType'), 'filterType')
  const filterValues = required(given.get('filterValues'), 'filterValues')
  const batchSize = boundedOf(given.get('batchSize'), maxRecords, maxRecords, 'batchSize')
  const afterId = lastIdOf(given.get('nextPageToken'))
  const names = fieldNames(instance, given.get('fields'))

  const field = instance.fields.get(filterType)
  if (field === undefined) throw new RequestRefused('1006', filterType)
  if (!field.searchable) throw new RequestRefused('1011', filterType)
  const values = filterValues.split(',').filter((value) => value !== '')
  if (values.length > maxRecords) {
    throw new RequestRefused('1003', `at most ${maxRecords} filterValues a call`)
  }
  const matches = new Map<number, Lead>()
  for (const value of values) {
    for (const lead of instance.leads.find(filterType, value.trim())) matches.set(lead.id, lead)
  }
  if (matches.size > maxMatches)
    throw new RequestRefused('1003', 'Too many results match the filter')

  const rest = [...matches.values()]
    .filter((lead) => lead.id > afterId)
    .toSorted((a, b) => a.id - b.id)
  const { page, more } = pageOf(rest, batchSize, (lead) => lead.id)
  sendResult(
    reply,
    page.map((lead) => leadView(instance, lead, names)),
    more,
  )
}

function deleteLeads(instance: Instance, ids: readonly number[]): readonly RecordResult[] {
  instance.touch()
  return ids.map((id) => {
    const lead = instance.leads.byId(id)
    if (lead === undefined) return { id, status: 'skipped', reasons: [reason('1004')] }
    for (const list of instance.lists.all()) instance.lists.drop(list, id)
    instance.leads.remove(lead)
    return { id, status: 'deleted' }
  })
}

function describe2(instance: Instance): Record<string, unknown> {
  const fields = [...instance.fields.values()]
  return {
    name: 'API Lead',
    searchableFields: fields.filter((field) => field.searchable).map((field) => [field.name]),
    fields: fields.map(({ name, displayName, dataType, length, updateable }) => ({
      name,
      displayName,
      dataType,
      ...(length === undefined ? {} : { length }),
      updateable,
      crmManaged: false,
    })),
  }
}

function describe(field: LeadField, index: number): Record<string, unknown> {
  const { name, displayName, dataType, length, updateable } = field
  return {
    id: index + 1,
    displayName,
    dataType,
    ...(length === undefined ? {} : { length }),
    rest: { name, readOnly: !updateable },
  }
}
