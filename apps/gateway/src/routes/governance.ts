import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/data/foundation/dulepolicy`: labels, marketing actions and policies. */
export function governanceRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
