import { segmentDocumentId } from '@segue/destinations'
import { parseIdentity, partitionOf } from '@segue/model'
import { membershipStates, profileStates } from '@segue/profile'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import type { Services } from '../services.ts'
import { exclusionCodes, exportStates } from '../views/export-state.ts'
import { viewExports } from '../views/export-view.ts'
import { viewSegmentExports } from '../views/segment-exports-view.ts'
import { counterpartSchema } from './counterpart-schema.ts'
import { receiptSchema } from './profile.ts'
import { answers, countSchema, sandboxHeaders, timestampSchema } from './schemas.ts'

const limitDefault = 20
const limitMax = 100

interface ExportsQuery {
  readonly segment?: string
  readonly flowId?: string
  readonly limit?: number
  readonly start?: string
}

/** `/v1/exports`: what arrived of a profile and segment in each solution, and where a person finds it there. */
export function exportRoutes(gateway: FastifyInstance, services: Services): void {
  const { config, sandboxes } = services

  gateway.route<{ Params: { namespace: string; id: string }; Querystring: ExportsQuery }>({
    method: 'GET',
    url: '/v1/exports/:namespace/:id',
    config: { access: 'view-profiles' },
    schema: {
      tags: ['Exports'],
      summary: 'Shows what arrived of a profile in each solution',
      description:
        'For each segment, flow and solution: what the solution should know, what it was told and when, with which receipt, whether it is applied or by when its vendor says that it is, or why it does not go. By profile key.',
      headers: sandboxHeaders,
      params: Type.Object({
        namespace: Type.String({ description: 'In any case; aliases of ECID are read.' }),
        id: Type.String({ description: 'Percent-encoded.' }),
      }),
      querystring: Type.Object(
        {
          segment: Type.Optional(
            Type.String({
              description:
                '`namespace:id`. Left out: every segment of the profile that a flow activates, and those that a solution was told of.',
            }),
          ),
          flowId: Type.Optional(Type.String()),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }),
          ),
          start: Type.Optional(
            Type.String({ description: 'The `next` of the page before: segments behind it.' }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: exportsSchema }),
    },
    handler: async (request) => {
      const sandbox = sandboxOf(request, sandboxes)
      const { namespace, id } = request.params
      const { segment, flowId, start, limit = limitDefault } = request.query
      const parsed = parseIdentity(namespace, id)
      if (!parsed.ok) {
        throw new Problem('IDENTITY_INVALID', `${parsed.code}: the address names no valid identity`)
      }
      const partition = partitionOf(parsed.identity, config.partitionCount)
      const wanted = { segment, flowId, after: start, limit }
      const view = await viewExports(sandbox, parsed.identity, partition, wanted)
      if (view === undefined) throw new Problem('PROFILE_UNKNOWN', 'no profile has this key')
      if (flowId !== undefined) await requireFlow(sandbox, flowId)
      if (segment !== undefined) await requireSegment(services, sandbox, segment, partition)
      return view
    },
  })

  gateway.route<{ Params: { segment: string } }>({
    method: 'GET',
    url: '/v1/exports/segments/:segment',
    config: { access: 'view-segments' },
    schema: {
      tags: ['Exports'],
      summary: 'Shows where a segment is found in each solution',
      description:
        'By flow and solution that activate the segment: what stands for it there, and how long the vendor says that things take. How many members were told is not counted by segment: see the runs of the flow.',
      headers: sandboxHeaders,
      params: Type.Object({
        segment: Type.String({ description: '`namespace:id`, percent-encoded.' }),
      }),
      response: answers({ 200: segmentExportsSchema }),
    },
    handler: async (request: FastifyRequest<{ Params: { segment: string } }>) => {
      const sandbox = sandboxOf(request, sandboxes)
      const { segment } = request.params
      const exports = await viewSegmentExports(sandbox, segment)
      if (exports.length === 0) await requireSegment(services, sandbox, segment, 'any')
      return { sandbox: sandbox.name, segment, exports }
    },
  })

  /** @throws Problem SEGMENT_UNKNOWN where it was neither registered, nor activated, nor seen in the stream */
  async function requireSegment(
    { configuration }: Services,
    sandbox: Sandbox,
    segment: string,
    partition: number | 'any',
  ): Promise<void> {
    const known = (await configuration.read()).get(
      'segment',
      segmentDocumentId(sandbox.name, segment),
    )
    if (known !== undefined) return
    const flows = await sandbox.ports.dataflows.list()
    if (flows.some(({ segments }) => segments[segment] !== undefined)) return
    const partitions =
      partition === 'any' ? Array.from({ length: config.partitionCount }, (_, n) => n) : [partition]
    const seen = await Promise.all(partitions.map((one) => sandbox.ports.store.open(one)))
    if (seen.some(({ segments }) => segments.includes(segment))) return
    throw new Problem('SEGMENT_UNKNOWN', 'the sandbox knows no segment of this name')
  }
}

/** @throws Problem FLOW_UNKNOWN */
async function requireFlow({ ports }: Sandbox, flowId: string): Promise<void> {
  const flows = await ports.dataflows.list()
  if (flows.some(({ id }) => id === flowId)) return
  throw new Problem('FLOW_UNKNOWN', 'the sandbox has no flow of this id')
}

const expectedSchema = Type.Object({ what: Type.String(), by: timestampSchema })
const readinessSchema = Type.Array(Type.Object({ what: Type.String(), withinSecs: countSchema }), {
  description: 'What the solution’s vendor says of how long things take there.',
})

const exportSchema = Type.Object(
  {
    flow: Type.String(),
    solution: Type.String(),
    desired: Type.Enum(['realized', 'exited'], {
      description: 'What the solution should know, by the profile’s present state.',
    }),
    told: Type.Enum(['none', 'realized', 'exited'], { description: 'What it was told last.' }),
    state: Type.Enum([...exportStates]),
    excluded: Type.Optional(
      Type.Object({ code: Type.Enum([...exclusionCodes]), detail: Type.String() }),
    ),
    applied: Type.Optional(
      Type.Boolean({
        description: 'False while the solution has accepted it but was not seen to apply it.',
      }),
    ),
    identityCount: Type.Optional(countSchema),
    revision: Type.Optional(Type.String()),
    sentAt: Type.Optional(timestampSchema),
    receipt: Type.Optional(receiptSchema),
    expected: Type.Optional(
      Type.Array(expectedSchema, {
        description: 'What the vendor says is ready by when, counted from `sentAt`.',
      }),
    ),
    deadLetter: Type.Optional(
      Type.Object({
        code: Type.String(),
        detail: Type.String(),
        at: timestampSchema,
        attempts: countSchema,
      }),
    ),
    counterpart: counterpartSchema,
  },
  { title: 'Export' },
)

const exportsSchema = Type.Object(
  {
    sandbox: Type.String(),
    profileKey: Type.String({ description: '`namespace:id`' }),
    condition: Type.Enum([...profileStates]),
    segments: Type.Array(
      Type.Object({
        segment: Type.String({ description: '`namespace:id`' }),
        membership: Type.Optional(
          Type.Object({
            status: Type.Enum([...membershipStates]),
            lastQualificationTime: timestampSchema,
            validUntil: Type.Optional(timestampSchema),
            revision: Type.String(),
          }),
        ),
        exports: Type.Array(exportSchema),
      }),
    ),
    next: Type.Optional(Type.String({ description: 'There is more: give it as `start`.' })),
  },
  { title: 'Exports' },
)

const segmentExportsSchema = Type.Object(
  {
    sandbox: Type.String(),
    segment: Type.String({ description: '`namespace:id`' }),
    exports: Type.Array(
      Type.Object({
        flow: Type.String(),
        enabled: Type.Boolean(),
        solution: Type.String(),
        counterpart: counterpartSchema,
        readiness: readinessSchema,
      }),
    ),
  },
  { title: 'SegmentExports' },
)
