import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/data/core/ups/segment/definitions`. */
export function segmentDefinitionRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
