import type { FastifyInstance } from 'fastify'
import { badUri, gatewayRefused, passGateway } from '../../gateway/gateway.ts'
import type { StandardInstance } from './instance.ts'

/**
 * What stands before every call (reference §0.4, §4.1), in this order [I]: the token, the API key, the organization in the
 * URL, the product profile, the contract's calls.
 */
export function gateCalls(
  app: FastifyInstance,
  { settings, calls }: StandardInstance,
  isLiveToken: (token: string) => boolean,
): void {
  const prefix = `/${settings.organization}/campaign/`
  app.addHook('preHandler', async (request) => {
    passGateway(request, settings.clientId, isLiveToken)
    if (request.raw.url?.startsWith(prefix) !== true) throw badUri(502)
    if (!settings.productProfile) throw gatewayRefused('403023')
    if (!calls.take()) throw gatewayRefused('429050')
  })
}
