import type { FastifyInstance } from 'fastify'
import { writableKey, type RedisConnection } from '@segue/redis'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { withDeadline } from '../with-deadline.ts'
import { answers, open } from './schemas.ts'

export interface HealthOptions {
  readonly redis: Pick<RedisConnection, 'set'>
  readonly isStopping: () => boolean
}

const writeDeadlineMs = 1_000
const writtenKeptMs = 10_000

/** `GET /healthz`: the process lives. `GET /readyz`: it can do its work, which a write shows: a Redis that is full, or read-only, answers a PING. */
export function healthRoutes(gateway: FastifyInstance, { redis, isStopping }: HealthOptions): void {
  gateway.route({
    method: 'GET',
    url: '/healthz',
    config: { access: 'anybody' },
    schema: {
      tags: ['Health'],
      summary: 'The process lives',
      ...open,
      response: answers({ 200: okSchema }),
    },
    handler: () => ({ status: 'ok' }),
  })
  gateway.route({
    method: 'GET',
    url: '/readyz',
    config: { access: 'anybody' },
    schema: {
      tags: ['Health'],
      summary: 'The gateway can take updates: Redis takes writes',
      ...open,
      response: answers({ 200: okSchema }),
    },
    handler: async () => {
      if (isStopping()) throw new Problem('STOPPING', 'the gateway is shutting down')
      await withDeadline(redis.set(writableKey, '1', 'PX', writtenKeptMs), writeDeadlineMs)
      return { status: 'ok' }
    },
  })
}

const okSchema = Type.Object({ status: Type.Literal('ok') }, { description: 'It is so.' })
