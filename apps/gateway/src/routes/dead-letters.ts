import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { viewDeadLetters } from '../views/dead-letters-view.ts'
import { answers, countSchema, sandboxHeaders, timestampSchema } from './schemas.ts'

const limitDefault = 100
const limitMax = 1_000

/** `GET /v1/dead-letters`: what failed for good, and why. */
export function deadLettersRoute(
  gateway: FastifyInstance,
  { config, sandboxes }: { readonly config: Config; readonly sandboxes: Sandboxes },
): void {
  gateway.route<{ Querystring: { dataflow?: string; solution?: string; limit?: number } }>({
    method: 'GET',
    url: '/v1/dead-letters',
    config: { access: 'view-profiles' },
    schema: {
      tags: ['Status'],
      summary: 'Lists what could not be delivered for good',
      headers: sandboxHeaders,
      querystring: Type.Object(
        {
          dataflow: Type.Optional(Type.String()),
          solution: Type.Optional(Type.String()),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: deadLettersSchema }),
    },
    handler: async (request) => {
      const { dataflow, solution, limit = limitDefault } = request.query
      const sandbox = sandboxOf(request, sandboxes)
      const wanted = { dataflow, solution, limit }
      return { deadLetters: await viewDeadLetters(sandbox, config.partitionCount, wanted) }
    },
  })
}

const deadLettersSchema = Type.Object({
  deadLetters: Type.Array(
    Type.Object(
      {
        dataflow: Type.String(),
        solution: Type.String(),
        partition: countSchema,
        profileKey: Type.String(),
        segment: Type.String(),
        code: Type.String(),
        detail: Type.String(),
        at: timestampSchema,
        attempts: countSchema,
      },
      { title: 'DeadLetter' },
    ),
  ),
})
