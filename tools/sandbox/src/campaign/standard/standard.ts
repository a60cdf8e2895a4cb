import type { FastifyInstance } from 'fastify'
import type { Faults } from '../../faults/faults.ts'
import { injectFaults } from '../../faults/inject.ts'
import { GatewayRefused, gatewayRefused } from '../../gateway/gateway.ts'
import { createServer } from '../../http/server.ts'
import type { Journal } from '../../journal/journal.ts'
import { standardFaultAnswer, StandardRefused } from './errors.ts'
import { gateCalls } from './gateway.ts'
import type { StandardInstance } from './instance.ts'
import { profileRoutes } from './profile-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

export interface StandardOptions {
  readonly isLiveToken: (token: string) => boolean
  readonly faults: Faults
  readonly journal: Journal
}

/** Stands in for `https://mc.adobe.io` with one Campaign Standard instance behind it (reference §4.1). */
export function createStandard(
  instance: StandardInstance,
  { isLiveToken, faults, journal }: StandardOptions,
): FastifyInstance {
  const { settings } = instance
  const app = createServer(settings.bodyBytes)
  gateCalls(app, instance, isLiveToken)
  injectFaults(app, { solution: 'campaign', faults, journal, render: standardFaultAnswer })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refused =
      error instanceof StandardRefused || error instanceof GatewayRefused ? error : undefined
    const { status, headers, body } = refused?.answer ?? {
      status: error.statusCode ?? 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `RST-360011 ${error.message}`,
    }
    request.answer = refused?.code ?? String(status)
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw gatewayRefused('404040')
  })
  for (const api of ['profileAndServices', 'profileAndServicesExt']) {
    const base = `/${settings.organization}/campaign/${api}`
    profileRoutes(app, instance, base)
    serviceRoutes(app, instance, base)
    subscriptionRoutes(app, instance, base)
  }
  return app
}
