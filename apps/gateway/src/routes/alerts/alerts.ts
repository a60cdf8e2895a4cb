import { Refusal } from '@segue/destinations'
import type { AlertStore, KeptAlert } from '@segue/destinations'
import { redisAlerts } from '@segue/redis'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { mayAlso, permissionMissing } from '../../access/access.ts'
import { Problem } from '../../problem.ts'
import { sandboxOf } from '../../sandbox.ts'
import { actorOf } from '../../services.ts'
import type { Services } from '../../services.ts'
import { viewAlert, viewTold } from '../../views/alerts-view.ts'
import { answers, sandboxHeaders, timestampSchema } from '../schemas.ts'
import { alertFields, alertSchema, toldSchema } from './alert-schemas.ts'

const limitDefault = 100
const limitMax = 1_000
const noteLengthMax = 1_000

/** The alerts of the sandbox that a request is about. */
export function alertsOf(
  { redis, sandboxes }: Pick<Services, 'redis' | 'sandboxes'>,
  request: FastifyRequest,
): AlertStore {
  return redisAlerts(redis, sandboxOf(request, sandboxes).name)
}

/** Alerts: those that are raised, those that are over, and acknowledging. */
export function raisedAlertRoutes(gateway: FastifyInstance, services: Services): void {
  gateway.route<{ Querystring: AlertsQuery }>({
    method: 'GET',
    url: '/v1/alerts',
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Lists alerts, the newest first',
      description:
        'Those that are over need `view-alerts-history` too; they are kept for 90 days, and at most 10,000. `lookedAt` is when somebody last looked: where it is old, no processor runs the role `monitoring`, and nobody is told of anything.',
      headers: sandboxHeaders,
      querystring: alertsQuery,
      response: answers({
        200: Type.Object({
          alerts: Type.Array(alertSchema),
          lookedAt: Type.Optional(timestampSchema),
        }),
      }),
    },
    handler: async (request) => {
      const { state = 'raised', limit = limitDefault, before } = request.query
      const alerts = alertsOf(services, request)
      const wantsOver = state !== 'raised'
      if (wantsOver) checkHistory(request)
      const open = state === 'resolved' ? [] : await alerts.open()
      const beforeMs = before === undefined ? {} : { beforeMs: timeOf(before) }
      const over = wantsOver ? await alerts.over({ limit, ...beforeMs }) : []
      const lookedAtMs = await alerts.lookedAtMs()
      return {
        alerts: [...open, ...over].slice(0, limit).map(viewAlert),
        ...(lookedAtMs === undefined ? {} : { lookedAt: new Date(lookedAtMs).toISOString() }),
      }
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/alerts/:id',
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Shows an alert, and who was told of it',
      description: 'One that is over needs `view-alerts-history` too.',
      headers: sandboxHeaders,
      params: alertIdSchema,
      response: answers({
        200: Type.Object({
          ...alertFields,
          told: Type.Array(toldSchema),
        }),
      }),
    },
    handler: async (request) => {
      const alerts = alertsOf(services, request)
      const found = await alerts.find(request.params.id)
      if (found?.alert.resolvedAtMs !== undefined) checkHistory(request)
      const told = (await alerts.told(request.params.id)).map(viewTold)
      return { ...viewAlert(found ?? unknownAlert()), told }
    },
  })

  gateway.route<{ Params: { id: string }; Body: { note?: string } }>({
    method: 'POST',
    url: '/v1/alerts/:id/acknowledge',
    config: { access: 'resolve-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Says that somebody has seen an alert and sees to it',
      description: 'It stays raised until its cause is gone, and that is told as ever.',
      headers: sandboxHeaders,
      params: alertIdSchema,
      body: Type.Object(
        { note: Type.Optional(Type.String({ maxLength: noteLengthMax })) },
        { additionalProperties: false },
      ),
      response: answers({ 200: alertSchema }),
    },
    handler: async (request) => {
      const { id } = request.params
      const { note = '' } = request.body
      const alerts = alertsOf(services, request)
      const { name, requestId } = actorOf(request)
      const came = await alerts.acknowledge(id, { by: name, atMs: services.clock.nowMs(), note })
      if (came === 'unknown') unknownAlert()
      if (came === 'over') throw new Refusal('ALERT_OVER', 'the alert is over')
      if (came === 'already') {
        throw new Refusal('ALERT_ACKNOWLEDGED', 'somebody has acknowledged the alert already')
      }
      await services.configuration.record([
        {
          actor: name,
          ...(requestId === undefined ? {} : { requestId }),
          action: 'acknowledged',
          kind: 'alert',
          id,
          sandboxName: sandboxOf(request, services.sandboxes).name,
          after: { note },
        },
      ])
      return viewAlert((await alerts.find(id)) ?? unknownAlert())
    },
  })
}

interface AlertsQuery {
  readonly state?: 'raised' | 'resolved' | 'all'
  readonly limit?: number
  readonly before?: string
}

function unknownAlert(): KeptAlert {
  throw new Refusal('ALERT_UNKNOWN', 'the sandbox has no alert of this id')
}

/** @throws Problem PERMISSION_MISSING */
function checkHistory(request: FastifyRequest): void {
  if (!mayAlso(request, 'view-alerts-history')) throw permissionMissing(['view-alerts-history'])
}

function timeOf(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) {
    throw new Problem('REQUEST_INVALID', 'querystring/before is not a time', {
      fields: { errors: [{ pointer: '/before', detail: 'is not a time' }] },
    })
  }
  return ms
}

const alertsQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Union([Type.Literal('raised'), Type.Literal('resolved'), Type.Literal('all')], {
        default: 'raised',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
    before: Type.Optional(
      Type.String({
        description:
          'Of those that are over: only what was over before this time. The last `resolvedAt` of a page gives the next.',
      }),
    ),
  },
  { additionalProperties: false },
)

const alertIdSchema = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,80}$' }) })
