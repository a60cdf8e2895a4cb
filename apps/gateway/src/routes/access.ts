import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/roles` and `/v1/tokens`. */
export function accessRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
