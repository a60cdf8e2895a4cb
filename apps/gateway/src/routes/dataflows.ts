import { solutionsPerDataflowLimit } from '@segue/runtime'
import type { Dataflow } from '@segue/runtime'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import { checkDataflow, dataflowsMax } from '../dataflow-rules.ts'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { answers, sandboxHeaders } from './schemas.ts'

const bodyBytesMax = 4_194_304
/** A partition's dictionary holds no more segments. */
const segmentsMax = 4_000
const delayMaxMs = 86_400_000

/** `GET /v1/dataflows` and `PUT /v1/dataflows/{id}`: which segments go to which solutions. */
export function dataflowRoutes(
  gateway: FastifyInstance,
  { config, sandboxes }: { readonly config: Config; readonly sandboxes: Sandboxes },
): void {
  gateway.route({
    method: 'GET',
    url: '/v1/dataflows',
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Dataflows'],
      summary: 'Lists the dataflows of a sandbox',
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

  gateway.route<{ Params: { id: string }; Body: Omit<Dataflow, 'id'> & { id?: string } }>({
    method: 'PUT',
    url: '/v1/dataflows/:id',
    config: { access: 'manage-destinations' },
    bodyLimit: bodyBytesMax,
    schema: {
      tags: ['Dataflows'],
      summary: 'Creates a dataflow, or replaces it',
      description:
        'Solutions are append-only: keep those that are there, in order, and add new ones at the end. A change counts for what is stepped after it.',
      headers: sandboxHeaders,
      params: idSchema,
      body: dataflowBody,
      response: answers({ 200: dataflowSchema, 201: dataflowSchema }),
    },
    handler: async (request, reply) => {
      const { dataflows } = sandboxOf(request, sandboxes).ports
      const { name, enabled, activationDelayMs, solutions, segments } = request.body
      const { id } = request.params
      if ((request.body.id ?? id) !== id) {
        throw new Problem('DATAFLOW_INVALID', 'the id in the body is not the one in the address')
      }
      const wanted = { id, name, enabled, activationDelayMs, solutions, segments }
      const all = await dataflows.list()
      const present = all.find((one) => one.id === id)
      if (present === undefined && all.length >= dataflowsMax) {
        throw new Problem('DATAFLOW_LIMIT', `a sandbox has at most ${dataflowsMax} dataflows`)
      }
      checkDataflow(wanted, present, config.solutions)
      await dataflows.put(wanted)
      return reply.code(present === undefined ? 201 : 200).send(wanted)
    },
  })
}

const idSchema = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
})

const fields = {
  name: Type.String({ minLength: 1, maxLength: 256 }),
  enabled: Type.Boolean(),
  activationDelayMs: Type.Integer({
    minimum: 0,
    maximum: delayMaxMs,
    description: 'How long a change waits for its opposite before it goes out, in milliseconds.',
  }),
  solutions: Type.Array(Type.String(), { maxItems: solutionsPerDataflowLimit, uniqueItems: true }),
  segments: Type.Object(
    {},
    {
      maxProperties: segmentsMax,
      additionalProperties: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 256 }),
        solutions: Type.Array(Type.String(), {
          maxItems: solutionsPerDataflowLimit,
          uniqueItems: true,
        }),
      }),
      description:
        'By segment, `namespace:id`: its name in the solutions, and for which it is activated.',
      examples: [
        { 'ups:7fa2fda0-a2fc-4f01-b0f2-000000000001': { name: 'Buyers', solutions: ['marketo'] } },
      ],
    },
  ),
}

const dataflowBody = Type.Object(
  { id: Type.Optional(idSchema.properties.id), ...fields },
  { title: 'DataflowFields' },
)
const dataflowSchema = Type.Object({ id: idSchema.properties.id, ...fields }, { title: 'Dataflow' })
