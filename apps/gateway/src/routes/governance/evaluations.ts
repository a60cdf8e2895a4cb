import type { Evaluation } from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../problem.ts'
import { sandboxOf } from '../../sandbox.ts'
import type { Services } from '../../services.ts'
import { toProblem } from '../../to-problem.ts'
import { answers, sandboxHeaders } from '../schemas.ts'
import { tags, view } from './governance-access.ts'
import { evaluationSchema, pathNameSchema } from './schemas.ts'
import { evaluate, type Entity, type Subject } from './evaluate.ts'
import { containers, governanceBase } from './views.ts'

const labelsMax = 200
const entitiesMax = 100
const evaluationsMax = 100

const entityListSchema = Type.Array(
  Type.Object(
    {
      entityType: Type.Literal('segment', { description: 'Segue has no other entities.' }),
      entityId: Type.String({
        minLength: 1,
        maxLength: 512,
        description: '`namespace:id` of a segment, or an id of the namespace `ups`.',
      }),
    },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: entitiesMax },
)
const includeDraftSchema = Type.Optional(
  Type.Boolean({ default: false, description: 'Drafts take part too.' }),
)

/** `…/constraints` and `/bulk-eval`: would a marketing action violate policies? A violation is answered with 200. */
export function evaluationRoutes(gateway: FastifyInstance, services: Services): void {
  const evaluateNow = async (
    request: FastifyRequest,
    evaluation: Evaluation,
    subject: Subject,
  ): Promise<object> =>
    evaluate(
      await services.configuration.read(),
      request,
      sandboxOf(request, services.sandboxes).name,
      evaluation,
      subject,
    )

  for (const container of containers) {
    const url = `${governanceBase}/marketingActions/${container}/:name/constraints`
    const params = Type.Object({ name: pathNameSchema })
    gateway.route<{
      Params: { name: string }
      Querystring: { duleLabels: string; includeDraft?: boolean }
    }>({
      method: 'GET',
      url,
      config: { access: view },
      schema: {
        tags,
        summary: `Evaluates a ${container} marketing action for labels`,
        headers: sandboxHeaders,
        params,
        querystring: Type.Object(
          {
            duleLabels: Type.String({
              minLength: 1,
              maxLength: 16_384,
              description: 'Labels, separated by commas; case-sensitive.',
              examples: ['C1,C3'],
            }),
            includeDraft: includeDraftSchema,
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: evaluationSchema }),
      },
      handler: async (request) => {
        const { duleLabels, includeDraft = false } = request.query
        const labels = duleLabels.split(',', labelsMax).map((label) => label.trim())
        const marketingAction = `${container}/${request.params.name}`
        return evaluateNow(request, { marketingAction, includeDraft }, { labels })
      },
    })
    gateway.route<{
      Params: { name: string }
      Querystring: { includeDraft?: boolean }
      Body: Entity[]
    }>({
      method: 'POST',
      url,
      config: { access: view },
      schema: {
        tags,
        summary: `Evaluates a ${container} marketing action for segments`,
        description: 'Each segment is looked at by itself.',
        headers: sandboxHeaders,
        params,
        querystring: Type.Object(
          { includeDraft: includeDraftSchema },
          { additionalProperties: false },
        ),
        body: entityListSchema,
        response: answers({ 200: evaluationSchema }),
      },
      handler: async (request) => {
        const { includeDraft = false } = request.query
        const marketingAction = `${container}/${request.params.name}`
        return evaluateNow(request, { marketingAction, includeDraft }, { entityList: request.body })
      },
    })
  }
  bulkRoute(gateway, services)
}

interface BulkItem {
  readonly evalRef: string
  readonly includeDraft?: boolean
  readonly labels?: readonly string[]
  readonly entityList?: readonly Entity[]
}

const evalRefPattern =
  /^(?:.*\/)?marketingActions\/(core|custom)\/([A-Za-z0-9_-]{1,64})\/constraints\/?$/u

function bulkRoute(gateway: FastifyInstance, services: Services): void {
  gateway.route<{ Body: BulkItem[] }>({
    method: 'POST',
    url: `${governanceBase}/bulk-eval`,
    config: { access: view },
    schema: {
      tags,
      summary: 'Evaluates several marketing actions at once',
      description: 'Answers in the order of the body; each by itself has a status.',
      headers: sandboxHeaders,
      body: Type.Array(
        Type.Object(
          {
            evalRef: Type.String({
              maxLength: 1_024,
              description:
                'Address of the evaluation: `…/marketingActions/core/analytics/constraints`.',
            }),
            includeDraft: includeDraftSchema,
            labels: Type.Optional(
              Type.Array(Type.String({ maxLength: 256 }), { maxItems: labelsMax }),
            ),
            entityList: Type.Optional(entityListSchema),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, maxItems: evaluationsMax },
      ),
      response: answers({
        200: Type.Array(
          Type.Union([
            Type.Object({ status: Type.Literal(200), body: evaluationSchema }),
            Type.Object({
              status: Type.Integer(),
              error: Type.Object({}, { additionalProperties: true }),
            }),
          ]),
        ),
      }),
    },
    handler: async (request) => {
      const asked = request.body.map(readItem)
      const configuration = await services.configuration.read()
      const sandboxName = sandboxOf(request, services.sandboxes).name
      return asked.map(({ evaluation, subject }) => {
        try {
          const body = evaluate(configuration, request, sandboxName, evaluation, subject)
          return { status: 200, body }
        } catch (error) {
          const problem = toProblem(error)
          if (problem.code === 'INTERNAL') throw error
          return { status: problem.status, error: problem.body() }
        }
      })
    },
  })
}

/** @throws Problem REQUEST_INVALID: the whole request is refused, as documented */
function readItem(
  { evalRef, includeDraft = false, labels, entityList }: BulkItem,
  place: number,
): { readonly evaluation: Evaluation; readonly subject: Subject } {
  const refused = (field: string, detail: string): Problem =>
    new Problem('REQUEST_INVALID', `body/${place}${field} ${detail}`, {
      fields: { errors: [{ pointer: `/${place}${field}`, detail }] },
    })
  const [, container, name] = evalRefPattern.exec(evalRef) ?? []
  if (container === undefined || name === undefined) {
    throw refused('/evalRef', 'is no address of a marketing action’s constraints')
  }
  const evaluation = { marketingAction: `${container}/${name}`, includeDraft }
  if (labels !== undefined && entityList !== undefined) {
    throw refused('', 'has labels and entityList: send two evaluations')
  }
  if (labels !== undefined) return { evaluation, subject: { labels } }
  if (entityList !== undefined) return { evaluation, subject: { entityList } }
  throw refused('', 'has neither labels nor entityList')
}
