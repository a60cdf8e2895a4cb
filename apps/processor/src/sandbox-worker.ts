import { hostname } from 'node:os'
import {
  bullmqQueue,
  redisRateLimiter,
  startWorker,
  type JobQueue,
  type WorkerRole,
} from '@segue/activation'
import { actorTransitions, tableTransitions } from '@segue/profile'
import {
  queuePrefix,
  redisBucketTraces,
  redisConfiguration,
  redisPorts,
  solutionKeys,
  type RedisConnection,
} from '@segue/redis'
import { unlimited, type Solution } from '@segue/solution-kit'
import type { Logger, Metrics, Tracing } from '@segue/telemetry'
import type { ProcessorConfig } from './config.ts'
import { expectedPartitions, type WatchedWorker } from './http/readiness.ts'
import { measuredPorts } from './measure/measured-ports.ts'
import { createQueueMeter } from './measure/measured-queue.ts'
import { measuredSolution } from './measure/measured-solution.ts'
import { startMonitor } from './monitor.ts'
import type { ConfiguredSolution } from './solutions-file.ts'

const workerRoles: readonly WorkerRole[] = ['stream', 'activation', 'delivery']

export interface SandboxWorker {
  readonly watched: WatchedWorker
  /** Sets the gauges of what this worker has now. */
  readonly gather: () => void
  readonly stop: () => Promise<void>
}

export interface SandboxWorkerOptions {
  readonly sandbox: string
  readonly config: ProcessorConfig
  readonly solutions: readonly ConfiguredSolution[]
  /** Connection for ports. */
  readonly redis: RedisConnection
  /** Connection for queues: BullMQ waits as long as it takes. */
  readonly queueRedis: RedisConnection
  readonly log: Logger
  readonly metrics: Metrics
  /** Undefined: nothing is traced. */
  readonly tracing: Tracing | undefined
  /** Tells trouble with Redis, once a process. @returns whether the error is that */
  readonly isTrouble: (error: unknown) => boolean
}

/** Runs the configured roles for one sandbox, on Redis and BullMQ. */
export async function startSandboxWorker(options: SandboxWorkerOptions): Promise<SandboxWorker> {
  const { sandbox, config, redis, queueRedis, log, metrics, tracing, isTrouble } = options
  const { partitionCount } = config
  const traces = tracing && { ...tracing, buckets: redisBucketTraces(redis, sandbox) }
  const { workerName, replicasToWaitFor } = config
  const given = redisPorts(redis, { sandbox, partitionCount, workerName, replicasToWaitFor })
  const ports = {
    ...measuredPorts(given, metrics, sandbox),
    ...(traces === undefined ? {} : { traces }),
  }
  const meter = createQueueMeter(metrics, sandbox)
  const leases = metrics.counter('segue_lease_changes_total')
  await ports.syncClock()
  // Trouble with Redis is told once; everything that waits for it meets it again with every try.
  const tell = (error: unknown, what: string, fields: { readonly partition?: number } = {}): void =>
    log[isTrouble(error) ? 'debug' : 'error']({ sandbox, ...fields, err: error }, what)
  const openQueue = <Payload>(name: string): JobQueue<Payload> =>
    meter.measured(
      name,
      bullmqQueue<Payload>({
        name,
        prefix: queuePrefix(sandbox, name),
        connection: queueRedis,
        clock: ports.clock,
        failed: (error) => tell(error, 'queue failed'),
        ...(traces === undefined ? {} : { traces }),
      }),
    )
  const configuration = redisConfiguration(redis, { auditKeptMs: 'as-others-say' })
  const startedMs = ports.clock.nowMs()
  const worker = await startWorker(ports, {
    roles: workerRoles.filter((role) => config.roles.includes(role)),
    partitionCount,
    residentMax: config.residentMax,
    backfillProfilesPerSecond: config.backfillProfilesPerSecond,
    backlogRowsMax: config.backlogRowsMax,
    startTransitions:
      config.machines === 'table' ? () => tableTransitions : () => actorTransitions(),
    solutions: options.solutions.map((configured) =>
      measuredSolution(openSolution(options, configured), metrics, sandbox),
    ),
    openQueue,
    presence: () => ({ host: hostname(), startedMs }),
    // In the audit it outlives the request; of the profile it holds the hash alone.
    erased: async ({ id, hash, requestedBy, deleted }, proof) => {
      const after = { hash, requestedBy, deleted, proof }
      const entry = { actor: 'segue', action: 'erased', kind: 'privacyRequest', id }
      await configuration.record([{ ...entry, sandboxName: sandbox, after }])
    },
    log: {
      taken: (partition) => {
        leases.inc({ sandbox, change: 'taken' })
        log.info({ sandbox, partition }, 'partition taken')
      },
      ended: (partition, how) => {
        leases.inc({ sandbox, change: how === 'fenced' ? 'fenced' : 'released' })
        log.info({ sandbox, partition, how }, 'partition ended')
      },
      failed: (partition, error) =>
        tell(error, 'partition failed', partition === undefined ? {} : { partition }),
      mended: (partition, loss) =>
        log.error(
          { sandbox, partition, ...loss },
          `Redis lost a part of what it held: the offset went back by ${loss.entriesBack} entries, ${loss.updatesAppended} updates were appended again`,
        ),
      ledgerMended: ({ solution, lost, left }) =>
        log.error(
          { sandbox, solution, lost, left },
          `Redis lost what ${solution} was told of ${lost} memberships; ${lost - left} were told again`,
        ),
      trouble: (trouble) =>
        log.warn(
          { sandbox, ...trouble },
          trouble.pausedMs > 0 ? 'solution paused' : 'solution in trouble',
        ),
      traces: (request, { found }) =>
        log.warn({ sandbox, request, found }, 'traces of an erased profile are left; trying again'),
      unreadable: (error) => tell(error, 'dataflows could not be read'),
    },
  })
  const monitor = config.roles.includes('monitoring')
    ? await startMonitor({
        sandbox,
        config,
        redis,
        ports,
        openQueue,
        queues: worker.queues,
        log,
        tell,
      })
    : undefined
  const { partitions } = worker
  const { clock } = ports
  const watched = { sandbox, worker: config.workerName, partitionCount, partitions, clock }
  const gauges = {
    owned: metrics.gauge('segue_partitions_owned'),
    expected: metrics.gauge('segue_partitions_expected'),
    resident: metrics.gauge('segue_profiles_resident'),
    skew: metrics.gauge('segue_clock_skew_seconds'),
  }
  return {
    watched,
    gather: () => {
      meter.gather()
      gauges.skew.set({ sandbox }, given.clock.skewMs() / 1_000)
      if (partitions === undefined) return
      gauges.owned.set({ sandbox }, partitions.owned().length)
      gauges.expected.set({ sandbox }, expectedPartitions(watched))
      gauges.resident.set({ sandbox }, partitions.residentCount())
    },
    stop: async () => {
      await monitor?.stop()
      await worker.stop()
    },
  }
}

function openSolution(
  { sandbox, redis, log }: SandboxWorkerOptions,
  { name, rateLimit, create }: ConfiguredSolution,
): Solution {
  const rateLimiter =
    rateLimit === undefined
      ? unlimited
      : redisRateLimiter(
          redis,
          solutionKeys(sandbox, name).limiter,
          rateLimit.calls,
          rateLimit.windowMs,
        )
  return create(rateLimiter, ({ level, event, fields }) =>
    log[level]({ sandbox, solution: name, ...fields }, event),
  )
}
