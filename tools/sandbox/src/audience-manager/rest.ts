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
import { segmentRoutes } from './rest-segments.ts'
import { dataSourceRoutes, folderRoutes } from './rest-sources-and-folders.ts'
import { traitRoutes } from './rest-traits.ts'

export interface RestOptions {
  readonly isLiveToken: (token: string) => boolean
  readonly receipts: () => readonly InboundReceipt[]
  readonly faults: Faults
  readonly journal: Journal
}

/** Stands in for `https://aam.adobe.io` (reference §1.4): the gateway's checks, then the catalogue. */
export function createRest(partner: Partner, options: RestOptions): FastifyInstance {
  const app = createServer(1_048_576)
  app.addHook('preHandler', async (request) => {
    passGateway(request, partner.settings.clientId, options.isLiveToken)
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

  app.get('/v1/users/self', { config: { operation: 'users.self' } }, (_request, reply) => {
    void reply.send({
      uid: 7,
      pid: partner.settings.pid,
      username: 'segue-technical-account',
      email: 'segue@techacct.adobe.com',
      firstName: 'Segue',
      lastName: 'Technical Account',
      status: 'ACTIVE',
      isAdmin: false,
    })
  })
  dataSourceRoutes(app, partner)
  folderRoutes(app, partner)
  traitRoutes(app, partner)
  segmentRoutes(app, partner)

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
