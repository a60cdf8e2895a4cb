import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { viewStatus } from '../views/status-view.ts'
import { reconcileSchema, solutionSchema } from './solutions.ts'
import { answers, countSchema, mapOf, sandboxHeaders } from './schemas.ts'

/** `GET /v1/status`: how far a sandbox is, and the books. */
export function statusRoute(
  gateway: FastifyInstance,
  { config, sandboxes }: { readonly config: Config; readonly sandboxes: Sandboxes },
): void {
  gateway.route({
    method: 'GET',
    url: '/v1/status',
    config: { access: 'data-monitoring' },
    schema: {
      tags: ['Status'],
      summary: 'Shows how far the processing of a sandbox is',
      headers: sandboxHeaders,
      response: answers({ 200: statusSchema }),
    },
    handler: async (request) => ({
      ...(await viewStatus(sandboxOf(request, sandboxes), config.partitionCount, config.solutions)),
      sandboxes: [...sandboxes.keys()],
    }),
  })
}

const statusSchema = Type.Object(
  {
    sandbox: Type.String(),
    sandboxes: Type.Array(Type.String(), { description: 'All that this gateway serves.' }),
    idle: Type.Boolean({
      description:
        'Nothing is under way: the log is stepped, no changed membership waits, no job waits or runs.',
    }),
    partitions: Type.Array(
      Type.Object({
        partition: countSchema,
        owner: Type.Union([Type.String(), Type.Null()], { description: 'Worker; null: nobody.' }),
        offset: Type.String({ description: 'Last entry of the log that is committed.' }),
        lag: Type.Integer({ description: 'Records in the log that are not stepped yet.' }),
        resident: countSchema,
        setAside: Type.Integer({
          description: 'Entries that could not be read; `GET /v1/set-aside` lists them.',
        }),
      }),
    ),
    workers: Type.Array(
      Type.Object({
        name: Type.String(),
        host: Type.Union([Type.String(), Type.Null()]),
        startedAt: Type.Union([Type.String(), Type.Null()]),
        skewMs: Type.Union([Type.Integer(), Type.Null()], {
          description: 'How far the clock of its machine is ahead of Redis’.',
        }),
        partitions: countSchema,
        state: Type.Union([Type.Literal('live'), Type.Literal('leaving')]),
      }),
      { description: 'Workers with the role `stream` that live.' },
    ),
    outbox: Type.Object({ buckets: countSchema, rows: Type.Integer() }),
    reconciles: Type.Array(reconcileSchema, {
      description:
        'Solutions over their backlog’s bound, of which rows were left out (`BACKLOG_FULL`): a reconcile is due, and begins once they take rows again.',
    }),
    queues: mapOf(
      Type.Object({
        waiting: countSchema,
        active: countSchema,
        delayed: countSchema,
        failed: countSchema,
      }),
    ),
    memberships: Type.Object({ realized: countSchema, exited: countSchema }),
    books: mapOf(
      mapOf(
        Type.Object({
          received: countSchema,
          activated: countSchema,
          coalesced: countSchema,
          pending: Type.Integer(),
          excluded: mapOf(countSchema),
          failed: mapOf(countSchema),
          resent: countSchema,
        }),
      ),
    ),
    solutions: mapOf(solutionSchema),
  },
  { title: 'Status' },
)
