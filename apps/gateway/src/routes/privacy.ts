import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** `/v1/privacy-requests`: erasing profiles. */
export function privacyRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
