import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/data/foundation/flowservice/runs`: hourly dataflow runs. */
export function runRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
