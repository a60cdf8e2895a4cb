import type { FastifyInstance, FastifyRequest } from 'fastify'
import { injectFaults, type WireAnswer } from '../faults/inject.ts'
import { createServer, rawTarget } from '../http/server.ts'
import type { ServerContext } from '../solution-server.ts'
import type { Account } from './account.ts'
import { acceptStuck, batchRoutes, claimedStatus, sendWire } from './batch-routes.ts'
import { DeliveryInvalid } from './delivery-call.ts'
import { deliveryRoutes, limitSessions } from './delivery-routes.ts'
import { EdgeRefused, pageReply, refusedReply, statusReply } from './edge-replies.ts'
import { profileRoutes } from './profile-routes.ts'
import { singleRoutes } from './single-routes.ts'

/** Where a body has no limit, memory still has one. */
const mostBodyBytes = 1_073_741_824

/** Stands in for `https://<clientCode>.tt.omtrdc.net`: the Profile API and the Delivery API (reference §5.2). */
export function createEdge(
  account: Account,
  { faults, journal }: Pick<ServerContext, 'faults' | 'journal'>,
): FastifyInstance {
  const app = createServer(account.settings.deliveryBodyBytes || mostBodyBytes)
  limitSessions(app, account)
  askForToken(app, account)
  injectFaults(app, {
    solution: 'target',
    faults,
    journal,
    render: (code, request) => faultAnswer(code, request, account),
  })

  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const { answer, wire } = refusalOf(error, request)
    request.answer = answer
    void sendWire(reply, wire)
  })
  app.setNotFoundHandler((_request, _reply) => {
    throw new EdgeRefused('404', pageReply(404))
  })

  batchRoutes(app, account)
  singleRoutes(app, account)
  deliveryRoutes(app, account)
  profileRoutes(app, account)
  return app
}

/**
 * "Require authentication" is of "all profile API requests", by the page on reading profiles; the page on the setting
 * speaks of batches alone. The stricter holds here [I]; the link to a batch's status carries no token.
 */
const authenticated: ReadonlySet<string> = new Set([
  'batch.update',
  'batch.updateV1',
  'single.update',
  'profiles.byVisitorId',
  'profiles.byThirdPartyId',
  'profiles.byTntId',
])

function askForToken(app: FastifyInstance, { settings, profileToken }: Account): void {
  if (!settings.profileAuthentication) return
  app.addHook('preHandler', async (request) => {
    if (!authenticated.has(request.routeOptions.config.operation ?? '')) return
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (profileToken.isLive(token)) return
    const message = 'The profile authentication token is missing, wrong or over'
    throw new EdgeRefused('401', isRest(request) ? statusReply(401, message) : pageReply(401))
  })
}

function refusalOf(error: Error & { statusCode?: number }, request: FastifyRequest): EdgeRefused {
  if (error instanceof EdgeRefused) return error
  if (error instanceof DeliveryInvalid) {
    return new EdgeRefused('400', statusReply(400, error.message))
  }
  // A body that is too large; anything else unexpected is the sandbox's own fault.
  const status = error.statusCode === 413 ? 413 : 500
  const message = status === 413 ? 'Payload too large' : 'Internal server error'
  return new EdgeRefused(
    String(status),
    isRest(request) ? statusReply(status, message) : pageReply(status),
  )
}

/** `stuck`, `incomplete` and `successFalse` where there are batches; HTTP errors everywhere. */
function faultAnswer(
  code: string,
  request: FastifyRequest,
  account: Account,
): WireAnswer | undefined {
  const operation = request.routeOptions.config.operation ?? ''
  const isApplied = request.fault?.kind === 'code' && request.fault.applied
  if (code === 'successFalse' && !isRest(request)) return refusedReply('Unexpected error')
  if (operation === 'batch.status' && (code === 'stuck' || code === 'incomplete')) {
    return claimedStatus(request, account, code)
  }
  if (code === 'stuck' && operation === 'batch.update' && !isApplied) {
    return acceptStuck(request, account)
  }
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  return isRest(request) ? statusReply(status, 'Asked for by a fault') : pageReply(status)
}

function isRest(request: FastifyRequest): boolean {
  return rawTarget(request).path.startsWith('/rest/')
}
