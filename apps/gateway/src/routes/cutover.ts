import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/cutover`: from the legacy integration to this connection. */
export function cutoverRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
