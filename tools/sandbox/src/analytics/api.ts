import type { FastifyInstance, FastifyRequest } from 'fastify'
import { injectFaults } from '../faults/inject.ts'
import { GatewayRefused, gatewayRefused, passGateway } from '../gateway/gateway.ts'
import { bodyOf, createServer, queryOf } from '../http/server.ts'
import { parseObject } from '../json/json.ts'
import type { ServerContext } from '../solution-server.ts'
import { createCallWindow } from './call-window.ts'
import type { Classifications } from './classifications.ts'
import { AnalyticsRefused, apiRefused, faultAnswer, refusalAnswer } from './errors.ts'
import type { Pipelines } from './pipelines.ts'
import { rankedReport } from './report.ts'
import { noSegment, type SegmentComponents } from './segments.ts'
import type { AnalyticsSettings } from './settings.ts'
import type { Visits } from './visits.ts'

export interface ApiOptions {
  readonly isLiveToken: (token: string) => boolean
  readonly classifications: Classifications
  readonly components: SegmentComponents
  readonly visits: Visits
  readonly pipelines: Pipelines
}

/** What stands for no limit: a body is held in memory. */
const unlimitedBytes = 1_073_741_824

/** Stands in for `https://analytics.adobe.io/api/{companyId}` (reference §2.3). */
export function createApi(
  settings: AnalyticsSettings,
  context: ServerContext,
  options: ApiOptions,
): FastifyInstance {
  const app = createServer(settings.importBytes === 0 ? unlimitedBytes : settings.importBytes)
  const mayCall = createCallWindow(settings.callsPerWindow, settings.windowMs, context.clock)
  app.addHook('preHandler', async (request) => {
    passGateway(request, settings.clientId, options.isLiveToken)
    const [, , company] = (request.raw.url ?? '').split('/', 3)
    if (company !== settings.companyId) throw gatewayRefused('403023')
    if (!mayCall()) throw gatewayRefused('429050')
  })
  injectFaults(app, { ...context, solution: 'analytics', render: faultAnswer('api') })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refused =
      error instanceof AnalyticsRefused || error instanceof GatewayRefused
        ? error
        : apiRefused(error.statusCode ?? 500, 'server_error', 'the server met an error')
    const { status, headers, body } = refusalAnswer(refused)
    request.answer = refused.code
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw gatewayRefused('404040')
  })
  classificationRoutes(app, settings, options.classifications)
  segmentRoutes(app, options.components)
  app.post(`${company}/reports`, { config: { operation: 'reports.run' } }, (request, reply) => {
    const { visits, classifications } = options
    void reply.send(rankedReport(jsonOf(request), settings, visits, classifications))
  })
  membershipRoute(app, settings, options)
  return app
}

const company = '/api/:companyId'

function classificationRoutes(
  app: FastifyInstance,
  settings: AnalyticsSettings,
  classifications: Classifications,
): void {
  app.post<{ Params: { dataset: string } }>(
    `${company}/classifications/job/import/json/:dataset`,
    { config: { operation: 'classifications.importJson' } },
    (request, reply) => {
      const { dataset } = request.params
      if (dataset !== settings.datasetId) {
        throw apiRefused(404, 'resource_not_found', `Dataset ${dataset} does not exist`)
      }
      const { jobId } = classifications.importJson(jsonOf(request))
      void reply.send({ import_job_id: jobId, api_job_id: jobId })
    },
  )
  app.get<{ Params: { job: string } }>(
    `${company}/classifications/job/:job`,
    { config: { operation: 'classifications.job' } },
    (request, reply) => {
      const job = classifications.job(request.params.job)
      if (job === undefined) {
        throw apiRefused(404, 'resource_not_found', `Job ${request.params.job} does not exist`)
      }
      void reply.send({ ...job, imsOrgId: settings.orgId, setName: settings.segmentVariable })
    },
  )
}

function segmentRoutes(app: FastifyInstance, components: SegmentComponents): void {
  const url = `${company}/segments`
  const one = `${url}/:id`
  app.get(url, { config: { operation: 'segments.list' } }, (request, reply) => {
    const given = queryOf(request)
    const limit = Math.max(1, Number(given.get('limit') ?? 10) || 10)
    const page = Math.max(0, Number(given.get('page') ?? 0) || 0)
    const name = given.get('name') ?? ''
    const found = components.all().filter((segment) => segment.name.includes(name))
    const content = found.slice(page * limit, (page + 1) * limit)
    const totalPages = Math.ceil(found.length / limit)
    void reply.send({
      content,
      totalElements: found.length,
      totalPages,
      numberOfElements: content.length,
      number: page,
      size: limit,
      firstPage: page === 0,
      lastPage: page + 1 >= totalPages,
    })
  })
  app.post(url, { config: { operation: 'segments.create' } }, (request, reply) => {
    void reply.send(components.create(jsonOf(request)))
  })
  app.get<{ Params: { id: string } }>(
    one,
    { config: { operation: 'segments.get' } },
    (request, reply) => {
      const segment = components.get(request.params.id)
      if (segment === undefined) throw noSegment(request.params.id)
      void reply.send(segment)
    },
  )
  app.put<{ Params: { id: string } }>(
    one,
    { config: { operation: 'segments.update' } },
    (request, reply) => {
      void reply.send(components.update(request.params.id, jsonOf(request)))
    },
  )
  app.delete<{ Params: { id: string } }>(
    one,
    { config: { operation: 'segments.delete' } },
    (request, reply) => {
      if (!components.remove(request.params.id)) throw noSegment(request.params.id)
      void reply.send({ result: 'success' })
    },
  )
}

/**
 * The sandbox's own path: in Analytics' reports no visitor is named. Segments by id with their hits and present
 * visitors, and what each visitor group's pipeline went through.
 */
function membershipRoute(
  app: FastifyInstance,
  settings: AnalyticsSettings,
  { visits, pipelines, classifications }: ApiOptions,
): void {
  app.get(
    `${company}/sandbox/memberships`,
    { config: { operation: 'sandbox.memberships' } },
    (request, reply) => {
      const wanted = queryOf(request).get('segment')
      const ids = wanted === null ? [...visits.segments()] : [wanted]
      void reply.send({
        segments: ids.map((id) => {
          const members = visits.members(id)
          return {
            id,
            name: classifications.cell(id, settings.nameColumn) ?? '',
            ...visits.counts(id),
            visitors: members.length,
            members,
          }
        }),
        groups: pipelines.reports(),
      })
    },
  )
}

function jsonOf(request: FastifyRequest): Record<string, unknown> {
  const body = parseObject(bodyOf(request).toString())
  if (body === undefined) throw apiRefused(400, 'invalid_data', 'the body must be a JSON object')
  return body
}
