import type { Transitions } from '@segue/profile'
import {
  startPartitions,
  type PartitionEvents,
  type Partitions,
  type PartitionsOptions,
  type Ports,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import { activationJob, sweepPartition } from '../activate/sweep.ts'
import { createActivation, type SolutionRoute } from '../activate/activation.ts'
import { createBackfill } from '../backfill/backfill.ts'
import { planBackfills } from '../backfill/plan-backfills.ts'
import { createDelivery } from '../deliver/delivery.ts'
import { planSolution, resumeSolution } from '../deliver/plan-solution.ts'
import type { LedgerLoss } from '../deliver/mend-ledger.ts'
import type { SolutionTrouble } from '../deliver/solution-calls.ts'
import { createUpkeep } from '../deliver/upkeep.ts'
import type { ErasureOptions } from '../erase/erasure.ts'
import type { JobCounts, JobQueue, JobWorker } from '../queue/job-queue.ts'
import type {
  ActivationJob,
  BackfillJob,
  DeliveryJob,
  ErasureJob,
  UpkeepJob,
} from '../queue/jobs.ts'
import {
  activationQueueName,
  backfillQueueName,
  erasureQueueName,
  solutionQueueName,
  upkeepQueueName,
} from '../queue/names.ts'
import { createRetire, retireJob } from '../retire/retire.ts'
import { followDataflows } from './follow-dataflows.ts'
import { startErasures } from './start-erasures.ts'

/** Activation jobs at once; each is a few round trips to the store. */
const activationConcurrency = 8
/** Backfill jobs at once: one order for one solution each. */
const backfillConcurrency = 2
/** Delivery jobs of a solution at once: their rows gather in its pool. */
const deliveryConcurrency = 32

/** Dataflows that could not be read, or what they owe, is tried again after this long. */
const reloadAgainMs = 1_000
/** A message that was missed, or a job that somebody died before adding, is made good within this time. */
const reloadEveryMs = 10 * 60_000

/** What a worker does: steps profiles, fans due rows out, or tells solutions. */
export type WorkerRole = 'stream' | 'activation' | 'delivery'

export interface WorkerOptions {
  readonly roles: readonly WorkerRole[]
  readonly partitionCount: number
  /** Profiles kept in memory, over all partitions. */
  readonly residentMax: number
  /** Profiles that backfills look at a second, in this worker. */
  readonly backfillProfilesPerSecond: number
  /** Rows held in a partition for a solution of a dataflow before some are left out (`Backlogs`); absent: no bound. */
  readonly backlogRowsMax?: number
  readonly startTransitions: () => Transitions
  readonly solutions: readonly Solution[]
  readonly openQueue: <Payload>(name: string) => JobQueue<Payload>
  /** What the worker says of itself to others. */
  readonly presence?: NonNullable<PartitionsOptions['presence']>
  /** Told of an erasure that is done, perhaps more than once. */
  readonly erased: NonNullable<ErasureOptions['done']>
  readonly log: WorkerEvents
}

/** What a person should be able to read in the log. */
export interface WorkerEvents extends PartitionEvents {
  readonly trouble: (trouble: SolutionTrouble) => void
  readonly traces: NonNullable<ErasureOptions['traces']>
  readonly unreadable: (error: unknown) => void
  /** The store had lost some of what a solution was told. */
  readonly ledgerMended?: (loss: LedgerLoss) => void
}

export interface Worker {
  /** Undefined where it has not the role `stream`. */
  readonly partitions: Partitions | undefined
  /** Queues that a person would look at. */
  readonly queues: readonly { readonly name: string; readonly counts: () => Promise<JobCounts> }[]
  /** Finishes what is in work, and gives the partitions up. */
  readonly stop: () => Promise<void>
}

/** Runs the roles of a worker for one sandbox. */
export async function startWorker(ports: Ports, options: WorkerOptions): Promise<Worker> {
  const { roles, partitionCount, openQueue, backlogRowsMax = 0, log } = options
  const has = (role: WorkerRole): boolean => roles.includes(role)
  const activationQueue = openQueue<ActivationJob>(activationQueueName)
  const upkeepQueue = openQueue<UpkeepJob>(upkeepQueueName)
  const backfillQueue = openQueue<BackfillJob>(backfillQueueName)
  const solutions = options.solutions.map((solution) => ({
    solution,
    queue: openQueue<DeliveryJob>(solutionQueueName(solution.name)),
  }))

  let partitions: Partitions | undefined
  const followed = await followDataflows(ports.dataflows, () => partitions?.dataflowsChanged())
  const { known, dataflow, refresh } = followed
  const planSolutions = async (): Promise<void> => {
    const { dataflows } = known()
    for (const { solution, queue } of solutions) {
      await planSolution(ports, solution, { delivery: queue, upkeep: upkeepQueue }, dataflows)
    }
    await upkeepQueue.ensure(dataflows.filter(({ retired }) => retired).map(retireJob))
  }
  const planOrders = (): Promise<void> =>
    planBackfills(ports, known(), partitionCount, backfillQueue)
  const stopping = new AbortController()
  const reload = async (): Promise<void> => {
    let againMs = reloadEveryMs
    try {
      await refresh()
      if (has('delivery')) await planSolutions()
      if (has('activation')) await planOrders()
    } catch (error) {
      log.unreadable(error)
      // Nobody says it again: what is owed by now would wait for long.
      againMs = reloadAgainMs
    }
    cancelReload()
    if (!stopping.signal.aborted) {
      cancelReload = ports.clock.after(againMs, () => void reload())
    }
  }
  let cancelReload = ports.clock.after(reloadEveryMs, () => void reload())
  const unwatch = await ports.dataflows.watch(() => void reload())
  // What was told meanwhile was not heard, and the store may have lost some of it.
  const unwatchStore = ports.interruptions.watch(() => void reload())

  const workers: JobWorker[] = []
  if (has('delivery')) {
    for (const { solution, queue } of solutions) {
      await resumeSolution(ports.records, solution.name, queue)
      const deliver = createDelivery(ports, {
        solution,
        queue,
        partitionCount,
        dataflow,
        refreshDataflows: refresh,
        trouble: log.trouble,
        mended: (loss) => log.ledgerMended?.(loss),
        mendFailed: log.unreadable,
        signal: stopping.signal,
      })
      workers.push(
        await queue.work((job) => deliver(job.payload), { concurrency: deliveryConcurrency }),
      )
    }
    const upkeep = createUpkeep(
      (name, id) => {
        const found = solutions.find(({ solution }) => solution.name === name)
        if (found === undefined || (dataflow(id)?.retired ?? true)) return undefined
        return { queue: found.queue, refreshAfterMs: found.solution.refreshAfterMs }
      },
      createRetire(ports, partitionCount),
    )
    workers.push(await upkeepQueue.work((job) => upkeep(job.payload), { concurrency: 1 }))
    await planSolutions()
  }
  if (has('activation')) {
    const routes = new Map<string, SolutionRoute>(
      solutions.map(({ solution, queue }) => [
        solution.name,
        { aggregation: solution.aggregation, express: solution.express !== undefined, queue },
      ]),
    )
    const activate = createActivation(ports, dataflow, (name) => routes.get(name), refresh, {
      heldRowsMax: backlogRowsMax,
      queue: backfillQueue,
    })
    workers.push(
      await activationQueue.work((job) => activate(job.payload), {
        concurrency: activationConcurrency,
      }),
    )
    const backfill = createBackfill(ports, {
      partitionCount,
      known,
      solution: (name) => solutions.find(({ solution }) => solution.name === name)?.solution,
      activationQueue,
      profilesPerSecond: options.backfillProfilesPerSecond,
      heldRowsMax: backlogRowsMax,
    })
    workers.push(
      await backfillQueue.work((job) => backfill(job.payload), {
        concurrency: backfillConcurrency,
      }),
    )
    await planOrders()
  }
  const erasures = await startErasures(ports, {
    queue: openQueue<ErasureJob>(erasureQueueName),
    queues: new Map(solutions.map(({ solution, queue }) => [solution.name, queue])),
    dataflow,
    done: options.erased,
    traces: log.traces,
    works: has('activation'),
  })
  if (has('stream')) {
    partitions = await startPartitions(ports, {
      partitionCount,
      residentMax: options.residentMax,
      ...(options.presence === undefined ? {} : { presence: options.presence }),
      startTransitions: options.startTransitions,
      dataflows: known,
      refreshDataflows: refresh,
      opened: (partition, buckets) => {
        const nowMs = ports.clock.nowMs()
        return activationQueue.add(buckets.map((bucket) => activationJob(partition, bucket, nowMs)))
      },
      erasing: erasures.sweep,
      sweep: async (partition, all) => {
        await sweepPartition(partition, ports, activationQueue, all)
        await erasures.sweep(partition)
      },
      log,
    })
  }

  return {
    partitions,
    queues: [
      { name: activationQueueName, counts: activationQueue.counts },
      ...solutions.map(({ solution, queue }) => ({
        name: solutionQueueName(solution.name),
        counts: queue.counts,
      })),
    ],
    stop: async () => {
      stopping.abort()
      unwatchStore()
      cancelReload()
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
