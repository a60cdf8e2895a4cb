import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { raisedAlertRoutes } from './alerts/alerts.ts'
import { alertRuleRoutes } from './alerts/rules.ts'
import { alertSubscriptionRoutes } from './alerts/subscriptions.ts'

/** `/v1/alerts`: alerts, their rules, and subscriptions to them. */
export function alertRoutes(gateway: FastifyInstance, services: Services): void {
  raisedAlertRoutes(gateway, services)
  alertRuleRoutes(gateway, services)
  alertSubscriptionRoutes(gateway, services)
}
