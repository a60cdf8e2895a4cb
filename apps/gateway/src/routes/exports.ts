import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/exports`: what arrived of a profile and segment in each solution. */
export function exportRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
