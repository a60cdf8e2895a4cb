import type { FastifyInstance } from 'fastify'
import { meRoutes } from './access/me.ts'
import { roleRoutes } from './access/roles.ts'
import type { AccessServices } from './access/services.ts'
import { tokenRoutes } from './access/tokens.ts'

/** Roles, tokens, and what one may do. */
export function accessRoutes(gateway: FastifyInstance, services: AccessServices): void {
  meRoutes(gateway, services)
  roleRoutes(gateway, services)
  tokenRoutes(gateway, services)
}
