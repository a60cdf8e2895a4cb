import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import { injectFaults } from '../faults/inject.ts'
import { GatewayRefused, gatewayRefused, passGateway } from '../gateway/gateway.ts'
import { createServer, queryOf } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import type { InboundReceipt } from './inbound-receipt.ts'
import type { Partner } from './partner.ts'
import { refusalAnswer, RestRefused, restFaultAnswer } from './rest-errors.ts'
import { listAnswer, wholeOf } from './rest-paging.ts'
import { destinationRoutes } from './rest-destinations.ts'
import { createRestGuard } from './rest-guard.ts'
import { groupRoutes } from './rest-groups.ts'
import { segmentRoutes } from './rest-segments.ts'
import { dataSourceRoutes, folderRoutes } from './rest-sources-and-folders.ts'
import { traitRoutes } from './rest-traits.ts'
import { userRoutes } from './rest-users.ts'

export interface RestOptions {
  readonly isLiveToken: (token: string) => boolean
  readonly clientOf: (token: string) => string | undefined
  readonly receipts: () => readonly InboundReceipt[]
  readonly faults: Faults
  readonly journal: Journal
}

/** Stands in for `https://aam.adobe.io` (reference §1.4): the gateway's checks, then the catalogue. */
export function createRest(partner: Partner, options: RestOptions): FastifyInstance {
  const app = createServer(1_048_576)
  const guard = createRestGuard(partner.accounts, options.clientOf)
  app.addHook('preHandler', async (request) => {
    const { 'x-api-key': apiKey } = request.headers
    // People have their own client, and so a key of their own.
    const isClient = typeof apiKey === 'string' && partner.accounts.byClient(apiKey) !== undefined
    passGateway(request, isClient ? apiKey : partner.settings.clientId, options.isLiveToken)
    guard.caller(request)
  })
  injectFaults(app, {
    solution: 'audience-manager',
    faults: options.faults,
    journal: options.journal,
    render: restFaultAnswer,
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refused =
      error instanceof RestRefused
        ? error
        : new RestRefused(error.statusCode ?? 500, 'server_error', 'the server met an error')
    const byGateway = error instanceof GatewayRefused ? error : undefined
    const { status, headers, body } = byGateway?.answer ?? refusalAnswer(refused)
    request.answer = byGateway?.code ?? String(status)
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw gatewayRefused('404040')
  })

  userRoutes(app, partner, guard)
  groupRoutes(app, partner, guard)
  dataSourceRoutes(app, partner, guard)
  folderRoutes(app, partner)
  traitRoutes(app, partner, guard)
  segmentRoutes(app, partner, guard)
  destinationRoutes(app, partner, guard)

  // Adobe shows this report only on a page; the sandbox's own path for it.
  app.get(
    '/v1/reports/onboarding-status',
    { config: { operation: 'reports.onboarding' } },
    (request, reply) => {
      const given = queryOf(request)
      const source = given.get('dataSourceId')
      const wanted = wholeOf(source, 0, 'dataSourceId')
      const receipts = options
        .receipts()
        .filter((receipt) => source === null || receipt.dataSourceId === wanted)
      void reply.send(listAnswer(receipts, given))
    },
  )
  return app
}
