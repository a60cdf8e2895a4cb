import { parseRunId } from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Services } from '../services.ts'
import { listRuns, viewsOf } from '../views/runs-list.ts'
import type { RunsPlace } from '../views/runs-list.ts'
import {
  flowServicePath,
  idParams,
  madeFields,
  shown,
  specRefSchema,
} from './flow-service/flow-service-routes.ts'
import { listAnswerSchema, listQuerySchema } from './flow-service/list-items.ts'
import type { ListQuery } from './flow-service/list-items.ts'
import { answers, countSchema, sandboxHeaders } from './schemas.ts'

const url = `${flowServicePath}/runs`
/** Whoever watches over the sandbox, or over its destinations. */
const mayMonitor = {
  anyOf: ['data-monitoring', 'view-destinations', 'manage-destinations'],
} as const

/** `/data/foundation/flowservice/runs`: hourly dataflow runs. */
export function runRoutes(gateway: FastifyInstance, services: Services): void {
  gateway.route<{ Querystring: ListQuery }>({
    method: 'GET',
    url,
    config: { access: mayMonitor },
    schema: {
      tags: ['Flow service'],
      summary: 'Lists hourly runs of the sandbox’s flows, newest first',
      description: [
        'A run is an hour of a flow. A record belongs to the run of the hour in which it was received, whenever it is settled; so in every run and at every solution',
        '`inputRecordCount` = `outputRecordCount` + `skippedRecordCount` + `failedRecordCount` + `pendingRecordCount` + `coalescedRecordCount`.',
        'Runs are kept for 90 days, also those of a flow that is deleted: ask with `property=flowId==…`. Times are compared by `createdAt>=`, `<=`, `>` and `<`, in epoch milliseconds.',
        'With filters that few runs match an answer may hold fewer than `limit`; it goes on while there is a `continuationToken`.',
      ].join(' '),
      headers: sandboxHeaders,
      querystring: listQuerySchema,
      response: answers({ 200: listAnswerSchema(runSchema) }),
    },
    handler: async (request) => {
      const place = await placeOf(request, services)
      const { items, ...rest } = await listRuns(place, request.query)
      const { configuration } = place
      return { items: items.map((run) => shown({ ...run }, configuration, services)), ...rest }
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: `${url}/:id`,
    config: { access: mayMonitor },
    schema: {
      tags: ['Flow service'],
      summary: 'Shows a run',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 200: Type.Object({ items: Type.Array(runSchema) }) }),
    },
    handler: async (request) => {
      const { id } = request.params
      const place = await placeOf(request, services)
      const found = parseRunId(id, place.flowIds)
      const [run] = found === undefined ? [] : await viewsOf(place, [{ ...found, id }])
      if (run === undefined) {
        throw new Problem('RUN_UNKNOWN', 'the sandbox has no run of this id, or not any more')
      }
      return { items: [shown({ ...run }, place.configuration, services)] }
    },
  })
}

/** The request's sandbox: its flows, and what the engine goes by, which has a deleted flow while something of it is under way. */
async function placeOf(request: FastifyRequest, services: Services): Promise<RunsPlace> {
  const { name, ports } = sandboxOf(request, services.sandboxes)
  const [configuration, dataflows] = await Promise.all([
    services.configuration.read(),
    ports.dataflows.list(),
  ])
  const flows = configuration.all('flow').filter(({ value }) => value.sandboxName === name)
  return {
    runs: ports.runs,
    partitionCount: services.config.partitionCount,
    configuration,
    sandboxName: name,
    flowIds: [...new Set([...flows, ...dataflows].map(({ id }) => id))],
    nowMs: services.clock.nowMs(),
  }
}

const durationSchema = Type.Object({
  startedAtUTC: Type.Integer({ description: 'Epoch milliseconds, a whole hour.' }),
  completedAtUTC: Type.Optional(
    Type.Integer({
      description:
        'The end of the hour, or when the last record was settled where that is later; absent while the run is processing.',
    }),
  ),
})

const countFields = {
  inputRecordCount: Type.Integer({ minimum: 0, description: 'Received.' }),
  createdRecordCount: Type.Integer({
    minimum: 0,
    description: 'Activated; not split up further, so the next two are 0.',
  }),
  updatedRecordCount: countSchema,
  deletedRecordCount: countSchema,
  outputRecordCount: Type.Integer({ minimum: 0, description: 'Activated.' }),
  skippedRecordCount: Type.Integer({ minimum: 0, description: 'Excluded.' }),
  failedRecordCount: Type.Integer({
    minimum: 0,
    description: 'Failed for good: each record once, whatever it was tried.',
  }),
  warningRecordCount: countSchema,
  pendingRecordCount: Type.Integer({
    minimum: 0,
    description: 'Received and not settled yet. Segue’s own.',
  }),
  coalescedRecordCount: Type.Integer({
    minimum: 0,
    description: 'Superseded by a newer record, or known to the solution already. Segue’s own.',
  }),
  resentRecordCount: Type.Integer({
    minimum: 0,
    description: 'Told again with nothing changed; no part of the sum. Segue’s own.',
  }),
}

const infosSchema: TSchema = Type.Array(
  Type.Object({
    code: Type.String({ description: 'See `GET /v1/codes`.' }),
    message: Type.String(),
    remedy: Type.String(),
    count: countSchema,
    type: Type.Union([Type.Literal('Warning'), Type.Literal('Error')]),
  }),
)
const summaryFields = { ...countFields, skippedInfo: infosSchema, failedInfo: infosSchema }
const statusSchema: TSchema = Type.Union(
  ['processing', 'success', 'partial_success', 'failed'].map((word) => Type.Literal(word)),
  {
    description:
      '`processing` while the hour lasts or records are pending; `partial_success` where some failed for good, `failed` where none was activated for that.',
  },
)

/** A run as it is shown (`reference/platform.md` §9.2). */
const runSchema: TSchema = Type.Object(
  {
    id: madeFields['id']!,
    flowId: Type.String(),
    flowSpec: specRefSchema,
    providerRefId: Type.String(),
    etag: Type.String(),
    createdAt: madeFields['createdAt']!,
    updatedAt: madeFields['updatedAt']!,
    sandboxId: Type.String(),
    sandboxName: Type.String(),
    imsOrgId: Type.String(),
    metrics: Type.Object({
      durationSummary: durationSchema,
      sizeSummary: Type.Object(
        { inputBytes: countSchema, outputBytes: countSchema },
        { description: 'Not measured: 0.' },
      ),
      recordSummary: Type.Object({
        ...summaryFields,
        sourceSummaries: Type.Array(
          Type.Object({
            id: Type.Optional(Type.String({ description: 'Of the source connection.' })),
            inputRecordCount: countSchema,
            skippedRecordCount: countSchema,
            entitySummaries: Type.Array(Type.Object({}), { maxItems: 0 }),
          }),
        ),
        targetSummaries: Type.Array(
          Type.Object({
            id: Type.Optional(Type.String({ description: 'Of the target connection.' })),
            ...countFields,
            entitySummaries: Type.Array(
              Type.Object({
                id: Type.String({ description: '`solution:` and its name.' }),
                ...summaryFields,
              }),
            ),
          }),
        ),
      }),
      fileSummary: Type.Object(
        { inputFileCount: countSchema, outputFileCount: countSchema },
        { description: 'A stream has no files: 0.' },
      ),
      statusSummary: Type.Object({
        status: statusSchema,
        errors: Type.Array(Type.Object({}), { maxItems: 0 }),
        activityRefs: Type.Array(Type.String()),
      }),
    }),
    activities: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        updatedAtUTC: Type.Integer(),
        durationSummary: durationSchema,
        recordSummary: Type.Object(summaryFields),
        statusSummary: Type.Object({ status: statusSchema }),
      }),
    ),
  },
  { title: 'Run' },
)
