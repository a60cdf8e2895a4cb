import type { FastifyInstance } from 'fastify'
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
import { listAnswer } from './rest-paging.ts'
import { traitsOfSegmentRule } from './trait-rule.ts'

interface OfSegment {
  Params: { sid: string }
}

/** `/v1/segments` (reference §1.4). */
export function segmentRoutes(app: FastifyInstance, partner: Partner): void {
  const { catalogue, settings, clock } = partner
  const segmentOf = (sid: string): Segment => {
    const segment = catalogue.segments.get(Number(sid))
    if (segment === undefined) throw notFound('segment')
    return segment
  }

  app.get('/v1/segments', { config: { operation: 'segments.list' } }, (request, reply) => {
    const given = queryOf(request)
    const code = given.get('integrationCode')
    const segments = [...catalogue.segments.values()]
    const found =
      code === null ? segments : segments.filter((segment) => segment.integrationCode === code)
    void reply.send(listAnswer(found, given))
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
    catalogue.putSegment(segment)
    partner.touch()
    void reply.code(201).send(segment)
  })

  app.get<OfSegment>(
    '/v1/segments/:sid',
    { config: { operation: 'segments.get' } },
    (request, reply) => {
      void reply.send(segmentOf(request.params.sid))
    },
  )

  app.put<OfSegment>(
    '/v1/segments/:sid',
    { config: { operation: 'segments.update' } },
    (request, reply) => {
      const old = segmentOf(request.params.sid)
      const segment = {
        ...old,
        ...written(partner, bodyFields(request), old),
        updateTime: clock.nowMs(),
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
      const { sid } = segmentOf(request.params.sid)
      // To be unmapped first; that this is a conflict is not documented [I].
      if (catalogue.mapped.has(sid)) throw conflict('the segment is mapped to a destination')
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
