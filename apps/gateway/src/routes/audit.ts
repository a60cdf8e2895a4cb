import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/audit`: every change, by whom, when, from what to what. */
export function auditRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
