import { randomUUID } from 'node:crypto'
import { abandonCutover, gapMsOf, prepareCutover, switchCutover } from '@segue/destinations'
import type { CutoverRequest, Document } from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { actorOf, configureAs } from '../services.ts'
import type { Services } from '../services.ts'
import { answers, countSchema, timestampSchema } from './schemas.ts'

/** `/v1/cutovers`: from the vendor's legacy segment sharing to flows of ours, as a record with its gap. */
export function cutoverRoutes(gateway: FastifyInstance, services: Services): void {
  const { configuration } = services

  gateway.route({
    method: 'GET',
    url: '/v1/cutovers',
    config: { access: 'view-destinations' },
    schema: {
      tags: ['Cutover'],
      summary: 'Lists cutovers from the legacy integration, newest first',
      response: answers({ 200: Type.Object({ cutovers: Type.Array(cutoverSchema) }) }),
    },
    handler: async () => ({
      cutovers: (await configuration.read()).all('cutover').toReversed().map(viewCutover),
    }),
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/cutovers/:id',
    config: { access: 'view-destinations' },
    schema: {
      tags: ['Cutover'],
      summary: 'Shows a cutover with its gap',
      params: idSchema,
      response: answers({ 200: cutoverSchema }),
    },
    handler: async (request) => {
      const found = (await configuration.read()).get('cutover', request.params.id)
      if (found === undefined) {
        throw new Problem('CUTOVER_UNKNOWN', 'there is no cutover of this id')
      }
      return viewCutover(found)
    },
  })

  gateway.route({
    method: 'POST',
    url: '/v1/cutovers',
    config: { access: mayCutOver },
    schema: {
      tags: ['Cutover'],
      summary: 'Prepares a cutover: flows are held until the switch',
      description:
        'First step: with the legacy integration declared as enabled (`/v1/organisation`), connect and create flows; they are held. Then prepare, then switch.',
      response: answers({ 201: cutoverSchema }),
    },
    handler: async (request, reply) => {
      const prepared = await configureAs(services, request, (all) =>
        prepareCutover(all, requestOf(request, services)),
      )
      return reply.code(201).send(viewCutover(prepared))
    },
  })

  gateway.route<{ Params: { id: string }; Body: { legacyDisabledAt?: string; ticket?: string } }>({
    method: 'POST',
    url: '/v1/cutovers/:id/switch',
    config: { access: mayCutOver },
    schema: {
      tags: ['Cutover'],
      summary:
        'Switches: the legacy integration counts as off, held flows are on, and owe their members',
      description:
        'Both in one change, so that by default there is no gap. Where the vendor switched the legacy integration off earlier, say when: the gap is measured, and what moved in it is backfilled.',
      params: idSchema,
      body: Type.Object(
        {
          legacyDisabledAt: Type.Optional(timestampSchema),
          ticket: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: cutoverSchema }),
    },
    handler: async (request) => {
      const { legacyDisabledAt, ticket } = request.body
      const switched = await configureAs(services, request, (all) =>
        switchCutover(all, request.params.id, requestOf(request, services), {
          ...(legacyDisabledAt === undefined
            ? {}
            : { legacyDisabledAtMs: timeOf(legacyDisabledAt) }),
          ...(ticket === undefined ? {} : { ticket }),
        }),
      )
      return viewCutover(switched)
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/cutovers/:id',
    config: { access: mayCutOver },
    schema: {
      tags: ['Cutover'],
      summary: 'Gives up a cutover that was not switched',
      params: idSchema,
      response: answers({ 204: { description: 'It is gone; flows stay held.', type: 'null' } }),
    },
    handler: async (request, reply) => {
      await configureAs(services, request, (all) => abandonCutover(all, request.params.id))
      return reply.code(204).send()
    },
  })
}

/** It enables flows, and changes a fact of the whole organisation. */
const mayCutOver = ['manage-destinations', 'activate-destinations', 'manage-sandboxes'] as const

const idSchema = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) })

const cutoverSchema = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum(['prepared', 'switched']),
    flowIds: Type.Array(Type.String()),
    steps: Type.Array(
      Type.Object({
        name: Type.Enum(['prepared', 'switched']),
        at: timestampSchema,
        by: Type.String(),
      }),
    ),
    legacyDisabledAt: Type.Optional(timestampSchema),
    enabledAt: Type.Optional(timestampSchema),
    gapMs: Type.Optional({ ...countSchema, description: 'How long neither sent, milliseconds.' }),
    ticket: Type.Optional(Type.String()),
    backfills: Type.Optional(
      Type.String({ description: 'Where the sending of present members is seen.' }),
    ),
  },
  { title: 'Cutover' },
)

function requestOf(request: FastifyRequest, { clock }: Services): CutoverRequest {
  return { nowMs: clock.nowMs(), actor: actorOf(request).name, newId: randomUUID }
}

/** @throws Problem CUTOVER_TIME_INVALID */
function timeOf(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) {
    throw new Problem('CUTOVER_TIME_INVALID', 'legacyDisabledAt is not a time', {
      fields: { errors: [{ pointer: '/legacyDisabledAt', detail: 'is not a date-time' }] },
    })
  }
  return ms
}

function viewCutover({ id, value }: Document<'cutover'>): object {
  const { legacyDisabledAtMs, enabledAtMs, ticket } = value
  const gapMs = gapMsOf(value)
  return {
    id,
    state: value.state,
    flowIds: value.flowIds,
    steps: value.steps.map(({ name, atMs, by }) => ({ name, at: isoOf(atMs), by })),
    ...(legacyDisabledAtMs === undefined ? {} : { legacyDisabledAt: isoOf(legacyDisabledAtMs) }),
    ...(enabledAtMs === undefined ? {} : { enabledAt: isoOf(enabledAtMs) }),
    ...(gapMs === undefined ? {} : { gapMs }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(value.state === 'switched' ? { backfills: '/v1/backfills' } : {}),
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
