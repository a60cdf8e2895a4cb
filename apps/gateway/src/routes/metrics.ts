import type { RedisConnection } from '@segue/redis'
import type { Metrics } from '@segue/telemetry'
import type { FastifyInstance } from 'fastify'
import type { InFlight } from '../body/in-flight.ts'
import type { Config } from '../config.ts'
import type { Sandbox, Sandboxes } from '../sandbox.ts'
import { viewQueues } from '../views/status-view.ts'
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

/**
 * `GET /metrics`. What Redis knows is looked up when it is read, so that nothing polls; while Redis is away those are left
 * out, and `segue_redis_up` says so.
 */
export function metricsRoute(gateway: FastifyInstance, options: MetricsOptions): void {
  const { redis, sandboxes, inFlight, metrics, config } = options
  const up = metrics.gauge('segue_redis_up')
  const lag = metrics.gauge('segue_partition_lag_records')
  const lagBytes = metrics.gauge('segue_partition_lag_bytes')
  const rows = metrics.gauge('segue_outbox_rows')
  const older = metrics.gauge('segue_older_than_erasure')
  const jobs = metrics.gauge('segue_queue_jobs')
  const requests = metrics.gauge('segue_requests_in_flight')
  const bytes = metrics.gauge('segue_bytes_in_flight')

  const gatherSandbox = async (sandbox: Sandbox): Promise<void> => {
    const labels = { sandbox: sandbox.name }
    const partitions = Array.from({ length: config.partitionCount }, (_, partition) => partition)
    const [counters, queues] = await Promise.all([
      Promise.all(partitions.map((partition) => sandbox.ports.store.counters(partition))),
      viewQueues(sandbox),
    ])
    for (const [partition, counted] of counters.entries()) {
      const of = { ...labels, partition: String(partition) }
      const number = (name: string): number => counted.get(name) ?? 0
      lag.set(of, number('appendedRecords') - number('steppedRecords'))
      lagBytes.set(of, number('appendedBytes') - number('steppedBytes'))
      rows.set(of, number('outboxRows'))
      older.set(of, number('OLDER_THAN_ERASURE'))
    }
    for (const [queue, states] of Object.entries(queues)) {
      for (const [state, count] of Object.entries(states))
        jobs.set({ ...labels, queue, state }, count)
    }
  }

  const gather = async (): Promise<void> => {
    await redis.ping()
    await Promise.all(Array.from(sandboxes.values(), gatherSandbox))
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
      for (const gauge of [lag, lagBytes, rows, older, jobs]) gauge.reset()
      const gathered = await withDeadline(gather(), gatherDeadlineMs).then(
        () => true,
        () => false,
      )
      up.set(gathered ? 1 : 0)
      const { contentType, body } = await metrics.exposition()
      return reply.type(contentType).send(body)
    },
  })
}
