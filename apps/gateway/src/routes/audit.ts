import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import {
  auditEventView,
  auditLines,
  auditPage,
  type AuditFilter,
  type AuditRange,
} from '../audit/read-audit.ts'
import type { Services } from '../services.ts'
import { answers, content, timestampSchema } from './schemas.ts'

const limitDefault = 100
const limitMax = 1_000
/** An export is as long as the audit is; its reader decides on the pace. */
const exportDeadlineMs = 3_600_000
const dayMs = 86_400_000

interface AuditParameters {
  readonly from?: string
  readonly to?: string
  readonly actor?: string
  readonly kind?: string
  readonly id?: string
  readonly action?: string
  readonly sandbox?: string
}

/**
 * `/v1/audit`: every change, by whom, when, from what to what. It is the organisation's, over all sandboxes (Experience
 * Platform's *User Activity Log*, `reference/platform.md` §5). Nothing changes or deletes an event; age does.
 */
export function auditRoutes(gateway: FastifyInstance, services: Services): void {
  const { clock, configuration, config } = services
  const access = { everywhere: 'view-user-activity-log' } as const
  const rangeOf = ({ from, to }: AuditParameters): AuditRange => ({
    // What is older is dropped with the next event; till then it is not shown.
    fromMs: Math.max(
      from === undefined ? 0 : Date.parse(from),
      clock.nowMs() - config.auditDays * dayMs,
    ),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  })

  gateway.route<{ Querystring: AuditParameters & { after?: string; limit?: number } }>({
    method: 'GET',
    url: '/v1/audit',
    config: { access },
    schema: {
      tags: ['Audit'],
      summary: 'Lists changes, oldest first',
      description:
        'Over all sandboxes. A page may hold fewer events than `limit`, or none, and still be followed by another: go on with `after` as long as there is a `next`.',
      querystring: Type.Object(
        {
          ...parameters,
          after: Type.Optional(
            Type.String({ pattern: eventIdPattern, description: '`next` of the page before.' }),
          ),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: pageSchema }),
    },
    handler: async ({ query }) => {
      const { after, limit = limitDefault } = query
      const page = await auditPage(configuration, rangeOf(query), filterOf(query), limit, after)
      return { events: page.events.map(auditEventView), ...(page.next && { next: page.next }) }
    },
  })

  gateway.route<{ Querystring: AuditParameters }>({
    method: 'GET',
    url: '/v1/audit/export',
    config: { access },
    handlerTimeout: exportDeadlineMs,
    schema: {
      tags: ['Audit'],
      summary: 'Exports changes, one a line, oldest first',
      querystring: Type.Object(parameters, { additionalProperties: false }),
      response: answers({ 200: content('application/x-ndjson', 'One event a line.') }),
    },
    handler: (request, reply) => {
      const { query } = request
      const lines = auditLines(configuration, rangeOf(query), filterOf(query))
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="segue-audit.ndjson"')
        .send(Readable.from(lines))
    },
  })
}

function filterOf({ actor, kind, id, action, sandbox }: AuditParameters): AuditFilter {
  return { actor, kind, id, action, sandboxName: sandbox }
}

const eventIdPattern = '^[0-9]{1,16}-[0-9]{1,20}$'

const parameters = {
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Included.' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Excluded.' })),
  actor: Type.Optional(Type.String({ description: 'Name of the token or of who signed in.' })),
  kind: Type.Optional(
    Type.String({ examples: ['flow', 'token', 'queue', 'privacyRequest', 'setAside'] }),
  ),
  id: Type.Optional(Type.String()),
  action: Type.Optional(Type.String({ examples: ['created', 'updated', 'deleted'] })),
  sandbox: Type.Optional(Type.String({ description: 'Name of the sandbox it concerned.' })),
}

const eventSchema = Type.Object(
  {
    eventId: Type.String(),
    at: timestampSchema,
    actor: Type.String(),
    requestId: Type.Optional(Type.String({ description: 'Stands in the log of the gateway too.' })),
    action: Type.String(),
    kind: Type.String(),
    id: Type.String(),
    sandboxName: Type.Optional(Type.String()),
    before: Type.Optional(Type.Unknown({ description: 'Absent where it was made just then.' })),
    after: Type.Optional(Type.Unknown({ description: 'Absent where it is gone.' })),
  },
  { title: 'AuditEvent' },
)

const pageSchema = Type.Object({
  events: Type.Array(eventSchema),
  next: Type.Optional(Type.String({ description: 'To be sent as `after`; absent at the end.' })),
})
