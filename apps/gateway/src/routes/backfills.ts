import { orderBackfill, type BackfillRequest } from '@segue/destinations'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import { configureAs } from '../services.ts'
import type { Services } from '../services.ts'
import { viewBackfills } from '../views/backfills-view.ts'
import { contextOf, idParams } from './flow-service/flow-service-routes.ts'
import { answers, countSchema, mapOf, sandboxHeaders, timestampSchema } from './schemas.ts'

const url = '/v1/backfills'
const bodyBytesMax = 131_072
/** As many as a flow may have. */
const segmentsMax = 250

/** `/v1/backfills`: how far backfills are, and one more on demand. */
export function backfillRoutes(gateway: FastifyInstance, services: Services): void {
  const { config, sandboxes } = services

  gateway.route({
    method: 'GET',
    url,
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Backfills'],
      summary: 'Lists the backfills of a sandbox, newest first',
      description:
        'One is ordered when segments are activated and when a flow is enabled. What is true is compared with what each solution was told, and the difference is sent, behind live changes. The newest 100 of a flow are kept.',
      headers: sandboxHeaders,
      response: answers({ 200: Type.Object({ backfills: Type.Array(backfillSchema) }) }),
    },
    handler: async (request) => {
      const { ports } = sandboxOf(request, sandboxes)
      return { backfills: await viewBackfills(ports, config.partitionCount) }
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: `${url}/:id`,
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Backfills'],
      summary: 'Shows a backfill',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 200: backfillSchema }),
    },
    handler: async (request) => {
      const { ports } = sandboxOf(request, sandboxes)
      const [found] = await viewBackfills(ports, config.partitionCount, request.params.id)
      if (found === undefined) {
        throw new Problem('BACKFILL_UNKNOWN', 'the sandbox has no backfill of this id')
      }
      return found
    },
  })

  gateway.route<{ Body: BackfillRequest }>({
    method: 'POST',
    url,
    bodyLimit: bodyBytesMax,
    config: { access: { rule: 'activate' } },
    schema: {
      tags: ['Backfills'],
      summary: 'Has a flow’s solutions sent what they do not know: a repair',
      description:
        'Compares what is true with what the solutions were told, and sends the difference. By the setting `backfill` that is every member; without it only whom a solution was told of before. Of a flow that is disabled it waits.',
      headers: sandboxHeaders,
      body: requestSchema,
      response: answers({
        202: Type.Object({
          backfills: Type.Array(Type.Object({ id: Type.String(), href: Type.String() }), {
            description: 'One for all segments that are for the same solutions.',
          }),
        }),
      }),
    },
    handler: async (request, reply) => {
      const context = contextOf(request, services)
      const orders = await configureAs(services, request, (configuration) =>
        orderBackfill(configuration, request.body, context),
      )
      const backfills = orders.map(({ id }) => ({ id, href: `${url}/${id}` }))
      return reply.code(202).send({ backfills })
    },
  })
}

const namesSchema = Type.Array(Type.String({ minLength: 1, maxLength: 400 }), {
  minItems: 1,
  maxItems: segmentsMax,
  uniqueItems: true,
})

const requestSchema = Type.Object(
  {
    flowId: Type.String({ minLength: 1, maxLength: 64 }),
    segments: Type.Optional({
      ...namesSchema,
      description: '`namespace:id`; without them all that the flow activates.',
    }),
    solutions: Type.Optional({ ...namesSchema, description: 'Without them all of the flow.' }),
  },
  { title: 'BackfillRequest', additionalProperties: false },
)

const numbers = {
  state: Type.Enum(['waiting', 'running', 'done'], {
    description:
      '`waiting`: nothing was compared yet, or the flow is off; `done`: all is compared, and nothing of it waits to be sent.',
  }),
  profiles: Type.Object(
    { scanned: countSchema, total: countSchema },
    {
      description:
        'Looked at, and how many there were at the start, both once for each solution. One that was met twice counts twice.',
    },
  ),
  rows: Type.Integer({
    minimum: 0,
    description: 'Memberships that a solution did not know so: handed on to be sent.',
  }),
  moved: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Rows of changes since `movedSince`.' }),
  ),
  pending: Type.Integer({ minimum: 0, description: 'Rows that are not settled yet.' }),
  startedAt: Type.Optional(timestampSchema),
  comparedAt: Type.Optional(timestampSchema),
}

const backfillSchema = Type.Object(
  {
    id: Type.String(),
    flowId: Type.String(),
    flowName: Type.String(),
    segments: Type.Array(Type.String()),
    reach: Type.Enum(['members', 'told'], {
      description:
        '`members`: whoever is a member, and whoever is none any more; `told`: only whom the solution was told of before.',
    }),
    requestedAt: timestampSchema,
    movedSince: Type.Optional(timestampSchema),
    ...numbers,
    solutions: mapOf(Type.Object(numbers)),
  },
  { title: 'Backfill' },
)
