import type { FastifyInstance } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { Config } from '../config.ts'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { viewReconciles, type ReconcileView } from '../views/reconciles-view.ts'
import { viewCounterparts, viewSolutions } from '../views/solutions-view.ts'
import { counterpartSchema } from './counterpart-schema.ts'
import { answers, countSchema, mapOf, sandboxHeaders } from './schemas.ts'

/** `GET /v1/dataflows/{id}/solutions`: how the solutions of a dataflow are doing, and what stands for its segments there. */
export function solutionsRoute(
  gateway: FastifyInstance,
  { config, sandboxes }: { readonly config: Config; readonly sandboxes: Sandboxes },
): void {
  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/dataflows/:id/solutions',
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Dataflows'],
      summary: 'Shows how the solutions of a dataflow are doing',
      description:
        'Names the setting that is wrong, where one is; memberships are kept meanwhile. For each segment: the list, trait or audience that stands for it.',
      headers: sandboxHeaders,
      params: Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) }),
      response: answers({ 200: mapOf(dataflowSolutionSchema) }),
    },
    handler: async (request) => {
      const sandbox = sandboxOf(request, sandboxes)
      const all = await sandbox.ports.dataflows.list()
      const { id } = request.params
      const dataflow = all.find((one) => one.id === id)
      if (dataflow === undefined) {
        throw new Problem('DATAFLOW_UNKNOWN', 'the sandbox has no dataflow of this id')
      }
      const [solutions, counterparts, reconciles] = await Promise.all([
        viewSolutions(sandbox, dataflow.solutions),
        viewCounterparts(sandbox, dataflow),
        viewReconciles(sandbox.ports, config.partitionCount),
      ])
      return Object.fromEntries(
        Object.entries(solutions).map(([name, view]) => [
          name,
          { ...view, ...reconcileOf(reconciles, id, name), segments: counterparts[name] ?? {} },
        ]),
      )
    },
  })
}

function reconcileOf(
  reconciles: readonly ReconcileView[],
  id: string,
  name: string,
): { readonly reconcile?: ReconcileView } {
  const reconcile = reconciles.find((one) => one.dataflow === id && one.solution === name)
  return reconcile === undefined ? {} : { reconcile }
}

const textSchema = Type.String()

const solutionFields = {
  state: Type.Union(
    [Type.Literal('working'), Type.Literal('paused'), Type.Literal('misconfigured')],
    {
      description:
        'misconfigured: the setting that `pause` names is wrong. Nothing is lost; it is tried again at `nextTry`.',
    },
  ),
  pause: Type.Optional(
    Type.Object({
      code: textSchema,
      detail: textSchema,
      setting: Type.Optional(textSchema),
      since: textSchema,
      nextTry: textSchema,
    }),
  ),
  accepted: Type.Object(
    { calls: countSchema, rows: countSchema, oldest: Type.Optional(textSchema) },
    { description: 'What the solution accepted and is asked about until it has applied it.' },
  ),
  namespaces: Type.Array(textSchema),
  readiness: Type.Array(Type.Object({ what: textSchema, withinSecs: countSchema }), {
    description: 'What the solution’s vendor says of how long things take there.',
  }),
}

/** A reconcile that is due. */
export const reconcileSchema: TSchema = Type.Object({
  dataflow: textSchema,
  solution: textSchema,
  since: textSchema,
  rows: Type.Integer({ description: 'Rows that were left out.' }),
  partitions: countSchema,
})

/** A solution, as the status shows it. */
export const solutionSchema: TSchema = Type.Object(solutionFields, { title: 'Solution' })

const dataflowSolutionSchema = Type.Object(
  {
    ...solutionFields,
    reconcile: Type.Optional(reconcileSchema),
    segments: mapOf(counterpartSchema),
  },
  { title: 'DataflowSolution' },
)
