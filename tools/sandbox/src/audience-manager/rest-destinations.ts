import type { FastifyInstance, FastifyRequest } from 'fastify'
import { queryOf } from '../http/server.ts'
import { type Destination, destinationTypes, type Mapping } from './destinations.ts'
import { blockedBy, checkedControls, refuseExport } from './export-controls.ts'
import type { Partner } from './partner.ts'
import { badRequest, type BodyFields, bodyFields, conflict, notFound } from './rest-fields.ts'
import type { RestGuard } from './rest-guard.ts'
import { listAnswer, wholeOf } from './rest-paging.ts'

interface OfDestination {
  Params: { id: string }
}
interface OfMapping {
  Params: { id: string; mappingId: string }
}

const destinationsMax = 1_000
const mappingsMax = 20_000

/** `/v1/destinations`, with their mappings and export labels (reference §1.4, §1.7): of all fields those that matter for access. */
export function destinationRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { destinations, catalogue, settings, clock } = partner
  const destinationOf = (request: FastifyRequest<OfDestination>, verb: string): Destination => {
    const destination = destinations.byId(Number(request.params.id))
    if (destination === undefined) throw notFound('destination')
    guard.check(request, 'DESTINATION', verb, destination.destinationId)
    return destination
  }
  /** `exportBlockedBy` is the sandbox's own: a control that was set after the segment was mapped blocks what is sent. */
  const shown = (mapping: Mapping): object => {
    const { dataExportLabels = [] } = destinations.byId(mapping.destinationId) ?? {}
    const segment = catalogue.segments.get(mapping.sid)
    return {
      ...mapping,
      exportBlockedBy: segment === undefined ? [] : blockedBy(partner, segment, dataExportLabels),
    }
  }

  app.get('/v1/destinations', { config: { operation: 'destinations.list' } }, (request, reply) => {
    const given = queryOf(request)
    const sid = given.get('containsSegment')
    const has = new Set(
      destinations
        .mappingsOfSegment(wholeOf(sid, 0, 'containsSegment'))
        .map(({ destinationId }) => destinationId),
    )
    const found = destinations
      .all()
      .filter(({ destinationId }) => sid === null || has.has(destinationId))
      .filter(({ destinationId }) => guard.may(request, 'DESTINATION', 'READ', destinationId))
    void reply.send(listAnswer(found, given))
  })
  app.post(
    '/v1/destinations',
    { config: { operation: 'destinations.create' } },
    (request, reply) => {
      guard.check(request, 'DESTINATION', 'CREATE', 0)
      if (destinations.all().length >= destinationsMax) {
        throw conflict('the limit of destinations is reached')
      }
      const now = clock.nowMs()
      const destination: Destination = {
        destinationId: destinations.newId(),
        pid: settings.pid,
        status: 'active',
        createTime: now,
        ...written(bodyFields(request), undefined),
        updateTime: now,
      }
      destinations.put(destination)
      partner.touch()
      void reply.code(201).send(destination)
    },
  )
  app.get<OfDestination>(
    '/v1/destinations/:id',
    { config: { operation: 'destinations.get' } },
    (request, reply) => {
      const destination = destinationOf(request, 'READ')
      const isFull = queryOf(request).get('includeMappings') === 'true'
      const mappings = isFull ? destinations.mappingsOf(destination.destinationId).map(shown) : null
      void reply.send({ ...destination, mappings })
    },
  )
  app.put<OfDestination>(
    '/v1/destinations/:id',
    { config: { operation: 'destinations.update' } },
    (request, reply) => {
      const old = destinationOf(request, 'WRITE')
      const changed = {
        ...old,
        ...written(bodyFields(request), old),
        updateTime: clock.nowMs(),
      }
      destinations.put(changed)
      partner.touch()
      void reply.send(changed)
    },
  )
  app.delete<OfDestination>(
    '/v1/destinations/:id',
    { config: { operation: 'destinations.delete' } },
    (request, reply) => {
      destinations.remove(destinationOf(request, 'DELETE').destinationId)
      partner.touch()
      void reply.code(204).send()
    },
  )

  const url = '/v1/destinations/:id/mappings'
  app.get<OfDestination>(url, { config: { operation: 'mappings.list' } }, (request, reply) => {
    const { destinationId } = destinationOf(request, 'READ')
    void reply.send(listAnswer(destinations.mappingsOf(destinationId).map(shown), queryOf(request)))
  })
  app.post<OfDestination>(url, { config: { operation: 'mappings.create' } }, (request, reply) => {
    const { destinationId, dataExportLabels } = destinationOf(request, 'WRITE')
    if (destinations.mappingCount() >= mappingsMax)
      throw conflict('the limit of mappings is reached')
    const fields = bodyFields(request)
    const traitType = fields.word('traitType', ['SEGMENT'] as const)
    const segment = catalogue.segments.get(fields.whole('sid'))
    if (segment === undefined) throw badRequest('sid names no segment')
    guard.check(request, 'SEGMENT', 'MAP_TO_DESTINATION', segment.dataSourceId)
    if (
      destinations.mappingsOfSegment(segment.sid).some((one) => one.destinationId === destinationId)
    ) {
      throw conflict('the destination has this segment')
    }
    refuseExport(partner, segment, dataExportLabels)
    const now = clock.nowMs()
    const optional = (name: string): string | null => (fields.has(name) ? fields.text(name) : null)
    const mapping: Mapping = {
      mappingId: destinations.newMappingId(),
      destinationId,
      sid: segment.sid,
      traitType,
      startDate: fields.text('startDate'),
      url: optional('url'),
      traitAlias: optional('traitAlias'),
      valueAlias: optional('valueAlias'),
      elementStatus: 'active',
      createTime: now,
      updateTime: now,
    }
    destinations.putMapping(mapping)
    partner.touch()
    void reply.code(201).send(shown(mapping))
  })
  app.delete<OfMapping>(
    `${url}/:mappingId`,
    { config: { operation: 'mappings.delete' } },
    (request, reply) => {
      const { destinationId } = destinationOf(request, 'WRITE')
      const mapping = destinations
        .mappingsOf(destinationId)
        .find(({ mappingId }) => mappingId === Number(request.params.mappingId))
      if (mapping === undefined) throw notFound('mapping')
      destinations.removeMapping(mapping.mappingId)
      partner.touch()
      void reply.code(204).send()
    },
  )
}

/** The fields that a client may write; those that a PUT leaves out keep their value. */
function written(
  fields: BodyFields,
  old: Destination | undefined,
): Pick<Destination, 'name' | 'description' | 'destinationType' | 'dataExportLabels'> {
  const name = fields.text('name', old?.name)
  if (name.trim() === '' || name.length > 255) {
    throw badRequest('name must have 1 to 255 characters')
  }
  return {
    name,
    description: fields.text('description', old?.description ?? ''),
    destinationType: fields.word('destinationType', destinationTypes, old?.destinationType),
    dataExportLabels: fields.has('dataExportLabels')
      ? checkedControls(fields.texts('dataExportLabels'))
      : (old?.dataExportLabels ?? []),
  }
}
