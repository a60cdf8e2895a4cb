import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/backfills`: how far backfills are. */
export function backfillRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
