import { queuePrefix, redisPorts } from '@segue/redis'
import type { RedisConnection, RedisPorts, StoreClock } from '@segue/redis'
import type { Metrics } from '@segue/telemetry'
import { Queue } from 'bullmq'
import type { FastifyRequest } from 'fastify'
import { createAppendGroups } from './append/append-groups.ts'
import type { AppendGroups } from './append/append-groups.ts'
import { createDrainTime, type DrainTime } from './append/drain-time.ts'
import type { Config } from './config.ts'
import { Problem } from './problem.ts'

/** One sandbox as this gateway serves it. Sandboxes share the connection and nothing else. */
export interface Sandbox {
  readonly name: string
  readonly ports: RedisPorts
  readonly groups: AppendGroups
  readonly drain: DrainTime
  /** By name: `activation`, `solution-<name>` for each solution, `backfill`, `upkeep` and `alerts`. */
  readonly queues: ReadonlyMap<string, Queue>
}

/** The queue of what comes back from time to time: what waits in it is no work under way. */
export const upkeepQueue = 'upkeep'
/** The queue of messages about alerts: what waits in it is no update under way. */
export const alertQueue = 'alerts'

export type Sandboxes = ReadonlyMap<string, Sandbox>

/** The header that names the sandbox of a request, as Experience Platform's own APIs have it. */
const sandboxHeader = 'x-sandbox-name'
const sandboxDefault = 'prod'

/** The sandbox that a request names; whether there is such a one is another matter. */
export function sandboxNameOf(request: Pick<FastifyRequest, 'headers'>): string {
  return String(request.headers[sandboxHeader] ?? sandboxDefault)
}

/** @throws Problem SANDBOX_UNKNOWN */
export function sandboxOf(request: FastifyRequest, sandboxes: Sandboxes): Sandbox {
  const sandbox = sandboxes.get(sandboxNameOf(request))
  if (sandbox === undefined) {
    throw new Problem('SANDBOX_UNKNOWN', 'this gateway does not serve the sandbox asked for')
  }
  return sandbox
}

/**
 * @param redis a connection of `openRedis`; closing it is left to whoever opened it
 * @param failed told of trouble that concerns no request
 */
export function openSandboxes(
  redis: RedisConnection,
  clock: StoreClock,
  config: Config,
  metrics: Metrics,
  failed: (error: Error) => void,
): Sandboxes {
  return new Map(
    config.sandboxes.map((name) => {
      const ports = redisPorts(redis, {
        sandbox: name,
        partitionCount: config.partitionCount,
        workerName: `gateway-${process.pid}`,
        replicasToWaitFor: config.replicasToWaitFor,
        clock,
      })
      const groupRecords = metrics.histogram('segue_append_group_records')
      const appendSeconds = metrics.histogram('segue_append_duration_seconds')
      const bounds = { logBytesMax: config.logBytesMax, outboxRowsMax: config.outboxRowsMax }
      const groups = createAppendGroups({
        partitionCount: config.partitionCount,
        append: (appends) => ports.log.append(appends, bounds),
        appended: ({ records, seconds }) => {
          groupRecords.observe({ sandbox: name }, records)
          appendSeconds.observe({ sandbox: name }, seconds)
        },
      })
      const drain = createDrainTime(ports.store, config.partitionCount, config.logBytesMax)
      return [name, { name, ports, groups, drain, queues: openQueues(redis, name, config, failed) }]
    }),
  )
}

function openQueues(
  redis: RedisConnection,
  sandbox: string,
  config: Config,
  failed: (error: Error) => void,
): Map<string, Queue> {
  const names = [
    'activation',
    ...config.solutions.map((solution) => `solution-${solution}`),
    'backfill',
    'erasure',
    upkeepQueue,
    alertQueue,
  ]
  return new Map(
    names.map((name) => {
      const queue = new Queue(name, {
        connection: redis,
        prefix: queuePrefix(sandbox, name),
        // Settings of a queue are its workers' business; looking at it must not write any.
        skipMetasUpdate: true,
      })
      queue.on('error', failed)
      return [name, queue]
    }),
  )
}

/** Lets go of the queues; the connection stays open. */
export async function closeSandboxes(sandboxes: Sandboxes): Promise<void> {
  await Promise.all(
    Array.from(sandboxes.values(), ({ queues }) =>
      Promise.all(Array.from(queues.values(), (queue) => queue.close())),
    ),
  )
}
