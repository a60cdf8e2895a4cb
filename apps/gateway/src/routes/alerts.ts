import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/alerts`: alerts and subscriptions to them. */
export function alertRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
