import type { FastifyInstance, FastifyRequest } from 'fastify'
import { injectFaults } from '../faults/inject.ts'
import { GatewayRefused, gatewayRefused } from '../gateway/gateway.ts'
import { bodyOf, createServer, mediaTypeOf } from '../http/server.ts'
import type { ServerContext } from '../solution-server.ts'
import { FileTooLarge, readBulkFile } from './bulk-file.ts'
import { createCallWindow } from './call-window.ts'
import { dataInsertionRoutes } from './data-insertion.ts'
import { AnalyticsRefused, collectRefused, faultAnswer, refusalAnswer } from './errors.ts'
import type { Pipelines } from './pipelines.ts'
import type { AnalyticsSettings } from './settings.ts'
import type { UploadedFile, Uploads } from './uploads.ts'

export interface CollectOptions {
  readonly isLiveToken: (token: string) => boolean
  readonly uploads: Uploads
  readonly pipelines: Pipelines
}

/** What a form puts around a file. */
const formBytes = 65_536
/** What stands for no limit: a body is held in memory. */
const unlimitedBytes = 1_073_741_824
const eventsUrl = '/aa/collect/v1/events'

/** Stands in for `https://analytics-collection.adobe.io` (reference §2.2 A), and for `<host>.sc.omtrdc.net` (B). */
export function createCollect(
  settings: AnalyticsSettings,
  context: ServerContext,
  { isLiveToken, uploads, pipelines }: CollectOptions,
): FastifyInstance {
  const { fileBytes } = settings
  const app = createServer(fileBytes === 0 ? unlimitedBytes : fileBytes + formBytes)
  const mayIngest = createCallWindow(settings.ingestCallsPerSecond, 1000, context.clock)
  countOverlaps(app, pipelines)

  app.addHook('preHandler', async (request) => {
    if (!request.routeOptions.config.operation?.startsWith('events.')) return
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined || !isLiveToken(token)) throw collectRefused(401, 'Invalid token (1)')
    if (request.headers['x-api-key'] !== settings.clientId) {
      throw collectRefused(401, 'The API key is not valid')
    }
    if (request.method === 'POST' && !mayIngest()) throw gatewayRefused('429050')
  })
  injectFaults(app, { ...context, solution: 'analytics', render: faultAnswer('collect') })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refused =
      error instanceof AnalyticsRefused || error instanceof GatewayRefused
        ? error
        : error instanceof FileTooLarge || error.statusCode === 413
          ? collectRefused(413, 'The file is larger than the permitted size')
          : collectRefused(error.statusCode ?? 500, 'Internal error')
    const { status, headers, body } = refusalAnswer(refused)
    request.answer = refused.code
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw collectRefused(404, 'Not found')
  })

  app.post(eventsUrl, { config: { operation: 'events.upload' } }, async (request, reply) => {
    const group = groupOf(request)
    const file = await fileOf(request, fileBytes)
    const key = request.headers['x-adobe-idempotency-key']
    const answer = await uploads.take(group, file, typeof key === 'string' ? key : undefined)
    if (answer.status_code === 'REJECTED') {
      request.answer = 'REJECTED'
      reply.code(settings.rejectedStatus)
    }
    return answer
  })
  app.post(
    `${eventsUrl}/validate`,
    { config: { operation: 'events.validate' } },
    async (request) => {
      groupOf(request)
      const file = await fileOf(request, fileBytes)
      const { formatError } = await readBulkFile(file.content, settings)
      if (formatError !== undefined) throw collectRefused(400, formatError)
      return { success: 'File is valid' }
    },
  )
  app.get<{ Params: { key: string } }>(
    `${eventsUrl}/key/:key`,
    { config: { operation: 'events.byKey' } },
    (request, reply) => {
      const answer = uploads.byKey(request.params.key)
      if (answer === undefined) throw collectRefused(404, 'File not found')
      const { file_id, size, received_date, rows, idempotency_key } = answer
      void reply.send({ file_id, size, received_date, rows, idempotency_key })
    },
  )
  dataInsertionRoutes(app, settings, context.clock, pipelines)
  return app
}

/** Files of one group are to be uploaded one at a time: counts those that were not, from the first byte to the answer. */
function countOverlaps(app: FastifyInstance, pipelines: Pipelines): void {
  const underWay = new Map<string, number>()
  app.addHook('onRequest', async (request, reply) => {
    const group = request.headers['x-adobe-vgid']
    if (request.routeOptions.config.operation !== 'events.upload') return
    if (typeof group !== 'string' || group === '') return
    const others = underWay.get(group) ?? 0
    if (others > 0) pipelines.reportOf(group).overlappingUploads += 1
    underWay.set(group, others + 1)
    reply.raw.once('close', () => {
      const left = (underWay.get(group) ?? 1) - 1
      if (left === 0) underWay.delete(group)
      else underWay.set(group, left)
    })
  })
}

function groupOf(request: FastifyRequest): string {
  const group = request.headers['x-adobe-vgid']
  if (typeof group === 'string' && group !== '') return group
  throw collectRefused(400, "Request is missing required header 'x-adobe-vgid'")
}

/** The form's part `file`. */
async function fileOf(request: FastifyRequest, fileBytes: number): Promise<UploadedFile> {
  if (mediaTypeOf(request) !== 'multipart/form-data') {
    throw collectRefused(400, 'The request must be multipart/form-data')
  }
  const body = new Uint8Array(bodyOf(request))
  const contentType = request.headers['content-type'] ?? ''
  const form = await new Response(body, { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => undefined)
  const file = form?.get('file')
  if (!(file instanceof File)) {
    throw collectRefused(400, "Request is missing the part 'file' of the form")
  }
  if (fileBytes > 0 && file.size > fileBytes) throw new FileTooLarge()
  return { name: file.name, content: Buffer.from(await file.arrayBuffer()) }
}
