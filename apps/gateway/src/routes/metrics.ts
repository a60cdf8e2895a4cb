import type { RedisConnection } from '@segue/redis'
import type { Metrics } from '@segue/telemetry'
import type { FastifyInstance } from 'fastify'
import type { InFlight } from '../body/in-flight.ts'
import type { Config } from '../config.ts'
import type { Sandboxes } from '../sandbox.ts'
import { createSandboxGauges } from '../views/sandbox-gauges.ts'
import { withDeadline } from '../with-deadline.ts'
import { answers, content } from './schemas.ts'

export interface MetricsOptions {
  readonly config: Config
  readonly redis: Pick<RedisConnection, 'ping'>
  readonly sandboxes: Sandboxes
  readonly inFlight: InFlight
  readonly metrics: Metrics
}

const gatherDeadlineMs = 1_500
/** What was read is shown for so long: however many scrape, Redis is asked once a second. */
const gatheredForMs = 1_000

/**
 * `GET /metrics`. What Redis knows is looked up when it is read, so that nothing polls; while Redis is away it is left out,
 * and `segue_redis_up` says so.
 */
export function metricsRoute(gateway: FastifyInstance, options: MetricsOptions): void {
  const { redis, sandboxes, inFlight, metrics, config } = options
  const up = metrics.gauge('segue_redis_up')
  const requests = metrics.gauge('segue_requests_in_flight')
  const bytes = metrics.gauge('segue_bytes_in_flight')
  const gauges = createSandboxGauges(metrics, config.partitionCount, config.solutions)

  const gather = async (): Promise<void> => {
    await redis.ping()
    await Promise.all(Array.from(sandboxes.values(), gauges.gather))
  }
  const gatherInTime = async (): Promise<void> => {
    gauges.reset()
    const gathered = await withDeadline(gather(), gatherDeadlineMs).then(
      () => true,
      () => false,
    )
    if (!gathered) gauges.reset()
    up.set(gathered ? 1 : 0)
  }
  let gathering: Promise<void> | undefined
  const gatherOnce = (): Promise<void> => {
    gathering ??= gatherInTime().finally(() => {
      setTimeout(() => {
        gathering = undefined
      }, gatheredForMs).unref()
    })
    return gathering
  }

  gateway.route({
    method: 'GET',
    url: '/metrics',
    config: { access: { anywhere: 'view-metrics' } },
    schema: {
      tags: ['Status'],
      summary: "Metrics in Prometheus' text format",
      response: answers({ 200: content('text/plain', 'Metrics.') }),
    },
    handler: async (_request, reply) => {
      requests.set(inFlight.requests())
      bytes.set(inFlight.bytes())
      await gatherOnce()
      const { contentType, body } = await metrics.exposition()
      return reply.type(contentType).send(body)
    },
  })
}
