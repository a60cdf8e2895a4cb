import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { answers, mapOf, sandboxHeaders } from './schemas.ts'

/** `GET /v1/dataflows` and `GET /v1/dataflows/{id}`: what the engine goes by. It is made from the flows, which are changed instead. */
export function dataflowRoutes(
  gateway: FastifyInstance,
  { sandboxes }: { readonly sandboxes: Sandboxes },
): void {
  gateway.route({
    method: 'GET',
    url: '/v1/dataflows',
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Dataflows'],
      summary: 'Lists the dataflows of a sandbox',
      description: 'They are what the flows come to for the engine, under the same ids.',
      headers: sandboxHeaders,
      response: answers({ 200: Type.Object({ dataflows: Type.Array(dataflowSchema) }) }),
    },
    handler: async (request) => ({
      dataflows: await sandboxOf(request, sandboxes).ports.dataflows.list(),
    }),
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/dataflows/:id',
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Dataflows'],
      summary: 'Shows a dataflow',
      headers: sandboxHeaders,
      params: idSchema,
      response: answers({ 200: dataflowSchema }),
    },
    handler: async (request) => {
      const all = await sandboxOf(request, sandboxes).ports.dataflows.list()
      const found = all.find(({ id }) => id === request.params.id)
      if (found === undefined) {
        throw new Problem('DATAFLOW_UNKNOWN', 'the sandbox has no dataflow of this id')
      }
      return found
    },
  })
}

const idSchema = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
})

const dataflowSchema = Type.Object(
  {
    id: idSchema.properties.id,
    name: Type.String(),
    enabled: Type.Boolean(),
    activationDelayMs: Type.Integer({
      minimum: 0,
      description: 'How long a change waits for its opposite before it goes out, in milliseconds.',
    }),
    solutions: Type.Array(Type.String()),
    segments: mapOf(
      Type.Object({
        name: Type.String({ description: 'In the solutions.' }),
        solutions: Type.Array(Type.String()),
        labels: Type.Optional(Type.Array(Type.String())),
      }),
    ),
    primaryIdentityOnly: Type.Optional(Type.Boolean()),
    backfills: Type.Optional(
      Type.Array(Type.Object({}, { additionalProperties: true }), {
        description: 'Orders to send what solutions do not know yet; see `/v1/backfills`.',
      }),
    ),
    revision: Type.Optional(
      Type.Integer({ description: 'Version of the configuration that it was made from.' }),
    ),
    retired: Type.Optional(
      Type.Boolean({ description: 'Its flow was deleted; it goes when all is removed.' }),
    ),
  },
  { title: 'Dataflow' },
)
