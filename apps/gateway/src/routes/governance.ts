import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { evaluationRoutes } from './governance/evaluations.ts'
import { labelRoutes, marketingActionRoutes } from './governance/names.ts'
import { policyRoutes } from './governance/policies.ts'

/** `/data/foundation/dulepolicy`: labels, marketing actions and policies (`reference/platform.md` §6). */
export function governanceRoutes(gateway: FastifyInstance, services: Services): void {
  labelRoutes(gateway, services)
  marketingActionRoutes(gateway, services)
  policyRoutes(gateway, services)
  evaluationRoutes(gateway, services)
}
