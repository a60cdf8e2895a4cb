import {
  activationJob,
  activationQueueName,
  backfillQueueName,
  bullmqQueue,
  createActivation,
  createBackfill,
  createDelivery,
  createRetire,
  createUpkeep,
  planBackfills,
  planSolution,
  redisRateLimiter,
  resumeSolution,
  retireJob,
  solutionQueueName,
  sweepPartition,
  upkeepQueueName,
  type ActivationJob,
  type BackfillJob,
  type DeliveryJob,
  type JobQueue,
  type JobWorker,
  type SolutionRoute,
  type UpkeepJob,
} from '@segue/activation'
import { actorTransitions, tableTransitions } from '@segue/profile'
import {
  isRedisAway,
  queuePrefix,
  redisConfiguration,
  redisPorts,
  solutionKeys,
} from '@segue/redis'
import {
  startPartitions,
  type Dataflow,
  type KnownDataflows,
  type Partitions,
} from '@segue/runtime'
import { unlimited, type Solution } from '@segue/solution-kit'
import type { Logger } from '@segue/telemetry'
import type { Redis } from 'ioredis'
import type { ProcessorConfig } from './config.ts'
import { startErasures } from './erasures.ts'
import { startMonitor } from './monitor.ts'
import type { ConfiguredSolution } from './solutions-file.ts'

/** Activation jobs at once; each is a few round trips to Redis. */
const activationConcurrency = 8
/** Backfill jobs at once: one order for one solution each. */
const backfillConcurrency = 2
/** Delivery jobs of a solution at once: their rows gather in its pool. */
const deliveryConcurrency = 32

export interface SandboxWorker {
  readonly stop: () => Promise<void>
}

export interface SandboxWorkerOptions {
  readonly sandbox: string
  readonly config: ProcessorConfig
  readonly solutions: readonly ConfiguredSolution[]
  /** Connection for ports. */
  readonly redis: Redis
  /** Connection for queues: BullMQ waits as long as it takes. */
  readonly queueRedis: Redis
  readonly log: Logger
}

/** Runs the configured roles for one sandbox. */
export async function startSandboxWorker(options: SandboxWorkerOptions): Promise<SandboxWorker> {
  const { sandbox, config, redis, queueRedis, log } = options
  const ports = redisPorts(redis, {
    sandbox,
    partitionCount: config.partitionCount,
    workerName: config.workerName,
  })
  await ports.syncClock()
  // That Redis is away was told when it went; everything that waits for it says so again with every try.
  const tell = (error: unknown, what: string, fields: { readonly partition?: number } = {}): void =>
    log[isRedisAway(error) ? 'debug' : 'error']({ sandbox, ...fields, err: error }, what)
  const failed = (error: Error): void => tell(error, 'queue failed')
  const openQueue = <Payload>(name: string): JobQueue<Payload> =>
    bullmqQueue<Payload>({
      name,
      prefix: queuePrefix(sandbox, name),
      connection: queueRedis,
      failed,
    })

  const activationQueue = openQueue<ActivationJob>(activationQueueName)
  const upkeepQueue = openQueue<UpkeepJob>(upkeepQueueName)
  const backfillQueue = openQueue<BackfillJob>(backfillQueueName)
  const solutions = options.solutions.map((configured) =>
    openSolution(options, configured, openQueue(solutionQueueName(configured.name))),
  )

  const readDataflows = async (): Promise<KnownDataflows> => {
    const version = await ports.dataflows.version()
    return { version, dataflows: await ports.dataflows.list() }
  }
  let known = await readDataflows()
  let partitions: Partitions | undefined
  const refreshDataflows = async (): Promise<void> => {
    const read = await readDataflows()
    // Two reads may end in another order than they began.
    if (read.version < known.version) return
    known = read
    partitions?.dataflowsChanged()
  }
  const planSolutions = async (): Promise<void> => {
    if (!config.roles.includes('delivery')) return
    for (const { solution, queue } of solutions) {
      await planSolution(ports, solution, { delivery: queue, upkeep: upkeepQueue }, known.dataflows)
    }
    await upkeepQueue.ensure(known.dataflows.filter(({ retired }) => retired).map(retireJob))
  }
  const planOrders = (): Promise<void> =>
    planBackfills(ports, known, config.partitionCount, backfillQueue)
  const reload = async (): Promise<void> => {
    try {
      await refreshDataflows()
      await planSolutions()
      if (config.roles.includes('activation')) await planOrders()
    } catch (error) {
      tell(error, 'dataflows could not be read')
    }
  }
  const unwatch = await ports.dataflows.watch(() => void reload())
  const dataflow = (id: string): Dataflow | undefined =>
    known.dataflows.find((one) => one.id === id)

  const workers: JobWorker[] = []
  if (config.roles.includes('delivery')) {
    for (const { solution, queue } of solutions) {
      await resumeSolution(ports.records, solution.name, queue)
      const deliver = createDelivery(ports, {
        solution,
        queue,
        partitionCount: config.partitionCount,
        dataflow,
        refreshDataflows,
        trouble: (trouble) =>
          log.warn(
            { sandbox, ...trouble },
            trouble.pausedMs > 0 ? 'solution paused' : 'solution in trouble',
          ),
      })
      workers.push(
        await queue.work((job) => deliver(job.payload), { concurrency: deliveryConcurrency }),
      )
    }
  }
  if (config.roles.includes('delivery')) {
    const upkeep = createUpkeep(
      (name, id) => {
        const found = solutions.find(({ solution }) => solution.name === name)
        if (found === undefined || (dataflow(id)?.retired ?? true)) return undefined
        return { queue: found.queue, refreshAfterMs: found.solution.refreshAfterMs }
      },
      createRetire(ports, config.partitionCount),
    )
    workers.push(await upkeepQueue.work((job) => upkeep(job.payload), { concurrency: 1 }))
    await planSolutions()
  }
  if (config.roles.includes('activation')) {
    const routes = new Map<string, SolutionRoute>(
      solutions.map(({ solution, queue }) => [
        solution.name,
        { aggregation: solution.aggregation, express: solution.express !== undefined, queue },
      ]),
    )
    const activate = createActivation(
      ports,
      dataflow,
      (solution) => routes.get(solution),
      refreshDataflows,
    )
    workers.push(
      await activationQueue.work((job) => activate(job.payload), {
        concurrency: activationConcurrency,
      }),
    )
    const backfill = createBackfill(ports, {
      partitionCount: config.partitionCount,
      known: () => known,
      solution: (name) => solutions.find(({ solution }) => solution.name === name)?.solution,
      activationQueue,
      profilesPerSecond: config.backfillProfilesPerSecond,
    })
    workers.push(
      await backfillQueue.work((job) => backfill(job.payload), {
        concurrency: backfillConcurrency,
      }),
    )
    await planOrders()
  }
  const erasures = await startErasures(ports, {
    sandbox,
    dataflow,
    queues: new Map(solutions.map(({ solution, queue }) => [solution.name, queue])),
    openQueue,
    configuration: redisConfiguration(redis, { auditKeptMs: 'as-others-say' }),
    log,
    works: config.roles.includes('activation'),
  })
  if (config.roles.includes('stream')) {
    partitions = await startPartitions(ports, {
      partitionCount: config.partitionCount,
      residentMax: config.residentMax,
      startTransitions:
        config.machines === 'table' ? () => tableTransitions : () => actorTransitions(),
      dataflows: () => known,
      refreshDataflows,
      opened: (partition, buckets) => {
        const nowMs = ports.clock.nowMs()
        return activationQueue.add(buckets.map((bucket) => activationJob(partition, bucket, nowMs)))
      },
      erasing: erasures.sweep,
      sweep: async (partition, all) => {
        await sweepPartition(partition, ports, activationQueue, all)
        await erasures.sweep(partition)
      },
      log: {
        taken: (partition) => log.info({ sandbox, partition }, 'partition taken'),
        ended: (partition, how) => log.info({ sandbox, partition, how }, 'partition ended'),
        failed: (partition, error) =>
          tell(error, 'partition failed', partition === undefined ? {} : { partition }),
      },
    })
  }

  const monitor = config.roles.includes('monitoring')
    ? await startMonitor({
        sandbox,
        config,
        redis,
        ports,
        openQueue,
        queues: [
          { name: activationQueueName, counts: activationQueue.counts },
          ...solutions.map(({ solution, queue }) => ({
            name: solutionQueueName(solution.name),
            counts: queue.counts,
          })),
        ],
        log,
        tell,
      })
    : undefined

  return {
    stop: async () => {
      await monitor?.stop()
      await partitions?.stop()
      await Promise.all(workers.map((worker) => worker.close()))
      await erasures.close()
      await unwatch()
      await Promise.all([
        activationQueue.close(),
        upkeepQueue.close(),
        backfillQueue.close(),
        ...solutions.flatMap(({ solution, queue }) => [solution.close(), queue.close()]),
      ])
    },
  }
}

function openSolution(
  { sandbox, redis, log }: SandboxWorkerOptions,
  configured: ConfiguredSolution,
  queue: JobQueue<DeliveryJob>,
): { readonly solution: Solution; readonly queue: JobQueue<DeliveryJob> } {
  const { name, rateLimit } = configured
  const rateLimiter =
    rateLimit === undefined
      ? unlimited
      : redisRateLimiter(
          redis,
          solutionKeys(sandbox, name).limiter,
          rateLimit.calls,
          rateLimit.windowMs,
        )
  const solution = configured.create(rateLimiter, ({ level, event, fields }) =>
    log[level]({ sandbox, solution: name, ...fields }, event),
  )
  return { solution, queue }
}
