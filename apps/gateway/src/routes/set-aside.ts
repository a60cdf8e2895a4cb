import { readOrNot, Unreadable, unpackBatch, unpackSetAside } from '@segue/runtime'
import type { SetAsidePacked } from '@segue/runtime'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import { actorOf, type Services } from '../services.ts'
import { answers, countSchema, sandboxHeaders, timestampSchema } from './schemas.ts'

const limitDefault = 100
const limitMax = 1_000
const tags = ['Status']

/** `/v1/set-aside`: what could not be read, so that its partition could go on; to be stepped again, or discarded. */
export function setAsideRoutes(gateway: FastifyInstance, services: Services): void {
  const { config, sandboxes, configuration } = services

  gateway.route<{ Querystring: { limit?: number } }>({
    method: 'GET',
    url: '/v1/set-aside',
    config: { access: 'data-monitoring' },
    schema: {
      tags,
      summary: 'Lists log entries and records that could not be read',
      headers: sandboxHeaders,
      querystring: Type.Object(
        {
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: setAsideSchema }),
    },
    handler: async (request) => {
      const { setAsides } = sandboxOf(request, sandboxes).ports
      const { limit = limitDefault } = request.query
      const shown: object[] = []
      for (let at = 0; at < config.partitionCount && shown.length < limit; at += 1) {
        const held = await setAsides.list(at)
        shown.push(...held.map((one) => view(at, one)))
      }
      return { setAside: shown.slice(0, limit) }
    },
  })

  gateway.route<{ Body: { partition: number; place: string; action: 'replay' | 'discard' } }>({
    method: 'POST',
    url: '/v1/set-aside',
    config: { access: 'manage-profiles' },
    schema: {
      tags,
      summary: 'Has something stepped that was set aside, or discards it',
      description:
        'It is stepped as if it came now; updates are idempotent and may come late. `SET_ASIDE_UNKNOWN` where somebody was quicker, `SET_ASIDE_UNREADABLE` where it cannot be read by this release either.',
      headers: sandboxHeaders,
      body: Type.Object(
        {
          partition: Type.Integer({ minimum: 0, maximum: config.partitionCount - 1 }),
          place: Type.String({ maxLength: 100 }),
          action: Type.Union([Type.Literal('replay'), Type.Literal('discard')]),
        },
        { additionalProperties: false },
      ),
      response: answers({ 204: Type.Null() }),
    },
    handler: async (request, reply) => {
      const { partition, place, action } = request.body
      const sandbox = sandboxOf(request, sandboxes)
      const { setAsides } = sandbox.ports
      const held = (await setAsides.list(partition)).find((one) => one.place === place)
      if (held === undefined) throw unknown()
      const again = action === 'replay' ? readAgain(held) : undefined
      // The event comes first: an answer that is lost must not leave something thrown away of which nobody knows by whom.
      const { name: actor } = actorOf(request)
      const event = { actor, requestId: request.id, kind: 'setAside', id: `${partition}|${place}` }
      const done = action === 'replay' ? 'replayed' : 'discarded'
      await configuration.record([{ ...event, action: done, sandboxName: sandbox.name }])
      const ended =
        again === undefined
          ? await setAsides.discard(partition, place)
          : await setAsides.replay(partition, place, again)
      if (!ended) throw unknown()
      return reply.code(204).send(null)
    },
  })
}

/** @throws Problem SET_ASIDE_UNREADABLE */
function readAgain({ packed }: SetAsidePacked): {
  readonly payload: Uint8Array
  readonly records: number
} {
  const { payload } = unpackSetAside(packed)
  const batch = readOrNot(() => unpackBatch(payload))
  if (batch instanceof Unreadable) throw new Problem('SET_ASIDE_UNREADABLE', batch.message)
  return { payload, records: batch.records.length }
}

function unknown(): Problem {
  return new Problem('SET_ASIDE_UNKNOWN', 'nothing is set aside at this place')
}

function view(
  partition: number,
  { place, packed }: { readonly place: string; readonly packed: Uint8Array },
): object {
  const held = readOrNot(() => unpackSetAside(packed))
  const { code, detail, bytes } =
    held instanceof Unreadable
      ? { code: held.code, detail: held.message, bytes: packed.byteLength }
      : { ...held, bytes: held.payload.byteLength }
  const at = new Date(Number(place.split('-', 1)[0])).toISOString()
  return { partition, place, code, detail, bytes, at }
}

const setAsideSchema = Type.Object({
  setAside: Type.Array(
    Type.Object(
      {
        partition: countSchema,
        place: Type.String({ description: 'Id of its log entry, and the code.' }),
        code: Type.String(),
        detail: Type.String(),
        bytes: countSchema,
        at: timestampSchema,
      },
      { title: 'SetAside' },
    ),
  ),
})
