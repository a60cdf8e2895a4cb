import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/organisation`: entitlements and settings. */
export function organisationRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
