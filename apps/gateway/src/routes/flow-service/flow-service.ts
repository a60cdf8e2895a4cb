import type { FastifyInstance } from 'fastify'
import type { Services } from '../../services.ts'
import { connectionRoutes } from './connections.ts'
import { flowRoutes } from './flows.ts'
import { specRoutes } from './specs.ts'

/** `/data/foundation/flowservice`: the catalog, connections and flows. */
export function flowServiceRoutes(gateway: FastifyInstance, services: Services): void {
  specRoutes(gateway, services)
  connectionRoutes(gateway, services)
  flowRoutes(gateway, services)
}
