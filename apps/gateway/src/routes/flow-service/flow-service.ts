import type { FastifyInstance } from 'fastify'
import type { Services } from '../../services.ts'

/** `/data/foundation/flowservice`: the catalog, connections and flows. */
export function flowServiceRoutes(_gateway: FastifyInstance, _services: Services): void {
  // Routes follow.
}
