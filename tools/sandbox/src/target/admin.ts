import type { FastifyInstance } from 'fastify'
import { injectFaults } from '../faults/inject.ts'
import { GatewayRefused, gatewayRefused, passGateway } from '../gateway/gateway.ts'
import { createServer, queryOf } from '../http/server.ts'
import type { ServerContext } from '../solution-server.ts'
import type { Account } from './account.ts'
import { batchOperationRoute } from './admin-batch.ts'
import { adminFaultAnswer, AdminRefused, invalidInput, refusalAnswer } from './admin-errors.ts'
import { audienceRoutes } from './audience-routes.ts'
import { sendWire } from './batch-routes.ts'
import { attributesOf } from './profiles.ts'

export interface AdminOptions extends Pick<ServerContext, 'faults' | 'journal'> {
  readonly isLiveToken: (token: string) => boolean
}

const bodyBytes = 10_485_760

/** Stands in for `https://mc.adobe.io`: the gateway's checks, then the Admin API (reference §0.4, §5.3). */
export function createAdmin(account: Account, options: AdminOptions): FastifyInstance {
  const { settings, clock, profiles, profileToken } = account
  const app = createServer(bodyBytes)
  app.addHook('preHandler', async (request) => {
    passGateway(request, settings.clientId, options.isLiveToken)
  })
  injectFaults(app, {
    solution: 'target',
    faults: options.faults,
    journal: options.journal,
    render: (code) => adminFaultAnswer(code, clock.nowMs()),
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof GatewayRefused) {
      request.answer = error.code
      void sendWire(reply, error.answer)
      return
    }
    const refused =
      error instanceof AdminRefused
        ? error
        : new AdminRefused(error.statusCode ?? 500, 'InternalError', 'the server met an error')
    request.answer = String(refused.status)
    void sendWire(reply, refusalAnswer(refused, clock.nowMs()))
  })
  // Another tenant is another address, and the gateway knows only this one [I].
  app.setNotFoundHandler(() => {
    throw gatewayRefused('404040')
  })

  const base = `/${settings.tenant}/target`
  audienceRoutes(app, account)
  batchOperationRoute(app, account)
  app.get(
    `${base}/profileattributes/mbox`,
    { config: { operation: 'profileAttributes.list' } },
    (_request, reply) => {
      const names = new Set(['mbox3rdPartyId'])
      for (const profile of profiles.all()) {
        for (const name of attributesOf(profile).keys()) names.add(name)
      }
      void reply.send({ mboxProfileAttributes: [...names].toSorted() })
    },
  )
  app.post(
    `${base}/authentication/token`,
    { config: { operation: 'profileToken.create' } },
    (request, reply) => {
      const scope = queryOf(request).get('authorizationScope')
      if (scope !== 'profile_api') throw invalidInput('authorizationScope must be profile_api')
      void reply.send({
        accessToken: profileToken.renew(),
        tokenType: 'Bearer',
        scope,
        expiresIn: settings.profileTokenTtlS,
      })
    },
  )
  return app
}
