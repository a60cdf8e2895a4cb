import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestRefused } from './errors.ts'
import type { Instance } from './instance.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The call was taken from rate, quota and concurrency. */
    counted: boolean
  }
}

/**
 * What stands before every call of the REST API, in this order: the URI's length (414), the token (601, 602), the
 * permission (603), the method (605), then concurrency, rate and quota (615, 606, 607). Bodies over 1 MB were refused
 * before, when they were read (413). The order of the last three is not documented [I].
 */
export function gateCalls(app: FastifyInstance, instance: Instance): void {
  const { settings, limits, tokens } = instance
  app.decorateRequest('counted', false)

  app.addHook('onRequest', async (request, reply) => {
    if (Buffer.byteLength(request.raw.url ?? '') <= settings.uriBytes) return
    request.answer = '414'
    return reply.code(414).header('content-type', 'text/html').send('Request-URI Too Long')
  })

  app.addHook('preHandler', async (request, reply) => {
    const path = request.raw.url ?? ''
    if (path.startsWith('/identity/')) return
    // Only the header counts: `access_token` in the query is no longer read (reference §6.1).
    const standing = tokens.check(bearerOf(request))
    if (standing !== 'live') throw new RequestRefused(standing === 'expired' ? '602' : '601')
    const needed = path.startsWith('/rest/asset/') ? 'assets' : 'leads'
    if (!settings.permissions.includes(needed)) throw new RequestRefused('603')
    if (request.routeOptions.config.operation === wrongMethod) throw new RequestRefused('605')
    const refusal = limits.take()
    if (refusal !== undefined) throw new RequestRefused(...refusal)
    request.counted = true
    reply.raw.once('close', limits.release)
    if (settings.latencyMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, settings.latencyMs))
    }
  })
}

/** The operation of a path that exists, called with a method that it has not. */
export const wrongMethod = 'wrongMethod'

function bearerOf(request: FastifyRequest): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}
