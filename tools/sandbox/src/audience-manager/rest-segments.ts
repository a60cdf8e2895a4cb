import type { FastifyInstance, FastifyRequest } from 'fastify'
import { queryOf } from '../http/server.ts'
import type { Segment } from './catalogue.ts'
import type { Partner } from './partner.ts'
import {
  badRequest,
  type BodyFields,
  bodyFields,
  checkedName,
  conflict,
  notFound,
} from './rest-fields.ts'
import { refuseExport } from './export-controls.ts'
import type { RestGuard } from './rest-guard.ts'
import { listAnswer } from './rest-paging.ts'
import { traitsOfSegmentRule } from './trait-rule.ts'

interface OfSegment {
  Params: { sid: string }
}

/** `/v1/segments` (reference §1.4). */
export function segmentRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { catalogue, destinations, settings, clock } = partner
  const segmentOf = (request: FastifyRequest<OfSegment>, verb: string): Segment => {
    const segment = catalogue.segments.get(Number(request.params.sid))
    if (segment === undefined) throw notFound('segment')
    guard.check(request, 'SEGMENT', verb, segment.dataSourceId)
    return segment
  }
  /** Traits that a rule names anew must be the caller's to use. */
  const checkTraits = (request: FastifyRequest, segmentRule: string, oldRule: string): void => {
    const known = new Set(traitsOfSegmentRule(oldRule))
    for (const sid of traitsOfSegmentRule(segmentRule) ?? []) {
      const source = catalogue.traits.get(sid)?.dataSourceId
      if (source !== undefined && !known.has(sid)) {
        guard.check(request, 'TRAIT', 'MAP_TO_SEGMENTS', source)
      }
    }
  }

  app.get('/v1/segments', { config: { operation: 'segments.list' } }, (request, reply) => {
    const given = queryOf(request)
    const code = given.get('integrationCode')
    const segments = [...catalogue.segments.values()]
    const found =
      code === null ? segments : segments.filter((segment) => segment.integrationCode === code)
    const seen = found.filter(({ dataSourceId }) =>
      guard.may(request, 'SEGMENT', 'READ', dataSourceId),
    )
    void reply.send(listAnswer(seen, given))
  })

  app.get(
    '/v1/segments/limits',
    { config: { operation: 'segments.limits' } },
    (_request, reply) => {
      void reply.send({ count: catalogue.segments.size, limit: settings.maxSegments })
    },
  )

  app.post('/v1/segments', { config: { operation: 'segments.create' } }, (request, reply) => {
    if (catalogue.segments.size >= settings.maxSegments) {
      throw conflict('the limit of segments is reached')
    }
    const fields = bodyFields(request)
    const now = clock.nowMs()
    const segment: Segment = {
      sid: catalogue.newSid(),
      pid: settings.pid,
      status: 'ACTIVE',
      createTime: now,
      ...written(partner, fields, undefined),
      updateTime: now,
    }
    guard.check(request, 'SEGMENT', 'CREATE', segment.dataSourceId)
    checkTraits(request, segment.segmentRule, '')
    catalogue.putSegment(segment)
    partner.touch()
    void reply.code(201).send(segment)
  })

  app.get<OfSegment>(
    '/v1/segments/:sid',
    { config: { operation: 'segments.get' } },
    (request, reply) => {
      void reply.send(segmentOf(request, 'READ'))
    },
  )

  app.put<OfSegment>(
    '/v1/segments/:sid',
    { config: { operation: 'segments.update' } },
    (request, reply) => {
      const old = segmentOf(request, 'WRITE')
      const segment = {
        ...old,
        ...written(partner, bodyFields(request), old),
        updateTime: clock.nowMs(),
      }
      guard.check(request, 'SEGMENT', 'WRITE', segment.dataSourceId)
      checkTraits(request, segment.segmentRule, old.segmentRule)
      // A rename is none of an export's business, even where a control was set since.
      if (
        segment.segmentRule !== old.segmentRule ||
        segment.mergeRuleDataSourceId !== old.mergeRuleDataSourceId
      ) {
        for (const { destinationId } of destinations.mappingsOfSegment(segment.sid)) {
          refuseExport(partner, segment, destinations.byId(destinationId)?.dataExportLabels ?? [])
        }
      }
      catalogue.putSegment(segment)
      partner.touch()
      void reply.send(segment)
    },
  )

  app.delete<OfSegment>(
    '/v1/segments/:sid',
    { config: { operation: 'segments.delete' } },
    (request, reply) => {
      const { sid } = segmentOf(request, 'DELETE')
      // To be unmapped first; that this is a conflict is not documented [I].
      if (catalogue.mapped.has(sid) || destinations.mappingsOfSegment(sid).length > 0)
        throw conflict('the segment is mapped to a destination')
      catalogue.removeSegment(sid)
      partner.touch()
      void reply.code(204).send()
    },
  )
}

function written(
  partner: Partner,
  fields: BodyFields,
  old: Segment | undefined,
): Pick<
  Segment,
  | 'name'
  | 'description'
  | 'dataSourceId'
  | 'mergeRuleDataSourceId'
  | 'folderId'
  | 'segmentRule'
  | 'integrationCode'
> {
  const { catalogue, settings } = partner
  const name = checkedName(fields.text('name', old?.name), settings)
  const dataSourceId = fields.whole('dataSourceId', old?.dataSourceId)
  if (catalogue.dataSources.byId(dataSourceId)?.pid !== settings.pid) {
    throw badRequest('dataSourceId names no data source of this partner')
  }
  const folderId = fields.whole('folderId', old?.folderId)
  if (catalogue.segmentFolders.byId(folderId) === undefined)
    throw badRequest('folderId names no folder')
  const segmentRule = fields.text('segmentRule', old?.segmentRule)
  const sids = traitsOfSegmentRule(segmentRule)
  if (sids === undefined) throw badRequest('segmentRule is no rule')
  const stray = sids.find((sid) => !catalogue.traits.has(sid))
  if (stray !== undefined) throw badRequest(`segmentRule names trait ${stray}, which is not there`)
  if (catalogue.segmentsNamed(name).some((segment) => segment.sid !== old?.sid)) {
    throw conflict('a segment of this name exists')
  }
  return {
    name,
    description: fields.text('description', old?.description ?? ''),
    dataSourceId,
    mergeRuleDataSourceId: fields.whole('mergeRuleDataSourceId', old?.mergeRuleDataSourceId ?? 0),
    folderId,
    segmentRule,
    integrationCode: fields.text('integrationCode', old?.integrationCode ?? ''),
  }
}
