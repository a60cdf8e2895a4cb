import { randomUUID } from 'node:crypto'
import { partitionOf } from '@segue/model'
import { tableTransitions, type LogRecord } from '@segue/profile'
import { openRedis, queuePrefix, redisPorts, type RedisPorts } from '@segue/redis'
import { packBatch, startPartitions, type Dataflow, type KnownDataflows } from '@segue/runtime'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished } from 'vitest'
import {
  activationJob,
  bullmqQueue,
  createActivation,
  createBackfill,
  createDelivery,
  createRetire,
  createUpkeep,
  planBackfills,
  planSolution,
  sweepPartition,
  type ActivationJob,
  type BackfillJob,
  type DeliveryJob,
  type JobQueue,
  type SolutionTrouble,
  type UpkeepJob,
} from '../src/index.ts'
import type { ScriptedSolution } from './scripted-solution.ts'

export const segments: readonly string[] = ['ups:a', 'ups:b', 'ups:c']

/** One update: profile, `[segment index, status, time]` each. */
export type Update = readonly [
  profileKey: string,
  memberships: readonly (readonly [segment: number, status: 1 | 2, qualifiedMs: number])[],
  others?: readonly string[],
  consent?: 0 | 1 | 2,
]

export interface Pipeline {
  readonly ports: RedisPorts
  readonly activationQueue: JobQueue<ActivationJob>
  readonly deliveryQueue: JobQueue<DeliveryJob>
  readonly backfillQueue: JobQueue<BackfillJob>
  /** The solution's queue as whoever looks at it sees it. */
  readonly jobs: () => Promise<
    readonly { readonly id: string; readonly name: string; readonly data: unknown }[]
  >
  readonly partitionCount: number
  readonly troubles: SolutionTrouble[]
  readonly send: (updates: readonly Update[]) => Promise<void>
  readonly books: () => Promise<Map<string, number>>
  /** The dataflow's runs: by outcome, those of each hour. */
  readonly runs: () => Promise<readonly ReadonlyMap<string, number>[]>
  /** Waits until nothing is pending and every bucket is gone; then the runs together are the books, and each balances. */
  readonly settled: () => Promise<void>
  readonly startDelivery: () => Promise<() => Promise<void>>
  /** Stops the delivery that the pipeline began with. */
  readonly stopDelivery: () => Promise<void>
  /** Changes the dataflow, as whoever edits it does. */
  readonly edit: (change: Partial<Dataflow>) => Promise<void>
  /** Waits until the solution's queue has no job. */
  readonly quiet: () => Promise<void>
  /** Has a stored profile be no profile any more. */
  readonly damage: (profileKey: string) => Promise<void>
  /** Has the upkeep look now. */
  readonly refresh: () => Promise<void>
}

export interface PipelineOptions {
  readonly activationDelayMs: number
  /** Stand-ins for ports, to make them fail. */
  readonly wrap?: (ports: RedisPorts) => RedisPorts
  /** False: buckets are opened and nobody adds their job, as where the committer died. */
  readonly addsJobs?: boolean
  /** What the dataflow is at first, where it is not the usual one. */
  readonly dataflow?: Partial<Dataflow>
  /** Profiles that a backfill reads at once. */
  readonly profilesPerPage?: number
  /** True: who delivers does not hear of changed dataflows, as where its connection is away. */
  readonly hearsLate?: boolean
}

/** The whole way from the log to one solution, on a real Redis and with real queues, in a sandbox of its own. */
export async function startPipeline(
  scripted: ScriptedSolution,
  {
    activationDelayMs,
    wrap = (ports) => ports,
    addsJobs = true,
    dataflow: first = {},
    profilesPerPage = 512,
    hearsLate = false,
  }: PipelineOptions,
): Promise<Pipeline> {
  const sandbox = `t${randomUUID().slice(0, 8)}`
  const partitionCount = 2
  const redis = await openRedis({
    url: inject('redisUrl'),
    clientName: sandbox,
    warn: () => undefined,
  })
  const queueRedis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null, protocol: 2 })
  const ports = wrap(redisPorts(redis, { sandbox, partitionCount, workerName: sandbox }))
  await ports.syncClock()
  const { name } = scripted.solution
  let dataflow: Dataflow = {
    id: 'eca',
    name: 'Experience Cloud Audiences',
    enabled: true,
    activationDelayMs,
    solutions: [name],
    segments: Object.fromEntries(
      segments.map((segment) => [segment, { name: segment, solutions: [name] }]),
    ),
    ...first,
  }
  // What the workers of the queues have heard of; the partitions' owner knows at once.
  let heard = dataflow
  const refreshDataflows = async (): Promise<void> => {
    heard = dataflow
  }
  let known: KnownDataflows = { version: 0, dataflows: [dataflow] }
  const open = <Payload>(queueName: string): JobQueue<Payload> =>
    bullmqQueue<Payload>({
      name: queueName,
      prefix: queuePrefix(sandbox, queueName),
      connection: queueRedis,
      clock: { nowMs: Date.now },
      failed: () => undefined,
    })
  const activationQueue = open<ActivationJob>('activation')
  const upkeepQueue = open<UpkeepJob>('upkeep')
  const backfillQueue = open<BackfillJob>('backfill')
  const deliveryQueue = open<DeliveryJob>(`solution-${name}`)
  const troubles: SolutionTrouble[] = []
  const startDelivery = async (): Promise<() => Promise<void>> => {
    const deliver = createDelivery(ports, {
      solution: scripted.solution,
      queue: deliveryQueue,
      partitionCount,
      dataflow: () => heard,
      refreshDataflows,
      trouble: (trouble) => troubles.push(trouble),
    })
    const worker = await deliveryQueue.work((job) => deliver(job.payload), { concurrency: 16 })
    return () => worker.close()
  }
  const plan = async (): Promise<void> => {
    const queues = { delivery: deliveryQueue, upkeep: upkeepQueue }
    await planSolution(ports, scripted.solution, queues, known.dataflows)
    await planBackfills(ports, known, partitionCount, backfillQueue)
  }
  const activate = createActivation(
    ports,
    () => heard,
    () => ({
      aggregation: scripted.solution.aggregation,
      express: scripted.solution.express !== undefined,
      queue: deliveryQueue,
    }),
    refreshDataflows,
  )
  const upkeep = createUpkeep(
    () => ({ queue: deliveryQueue, refreshAfterMs: scripted.solution.refreshAfterMs }),
    createRetire(ports, partitionCount),
  )
  const upkeepWorker = await upkeepQueue.work((job) => upkeep(job.payload), { concurrency: 1 })
  const activation = await activationQueue.work((job) => activate(job.payload), { concurrency: 4 })
  const backfill = createBackfill(ports, {
    partitionCount,
    known: () => known,
    solution: () => scripted.solution,
    activationQueue,
    profilesPerSecond: 1_000_000,
    profilesPerPage,
  })
  const backfillWorker = await backfillQueue.work((job) => backfill(job.payload), {
    concurrency: 2,
  })
  const partitions = await startPartitions(ports, {
    partitionCount,
    residentMax: 10_000,
    startTransitions: () => tableTransitions,
    dataflows: () => known,
    refreshDataflows: () => Promise.resolve(),
    opened: async (partition, buckets) => {
      const nowMs = ports.clock.nowMs()
      if (addsJobs)
        await activationQueue.add(buckets.map((one) => activationJob(partition, one, nowMs)))
    },
    sweep: (partition, all) => sweepPartition(partition, ports, activationQueue, all),
    log: { taken: () => undefined, ended: () => undefined, failed: () => undefined },
  })
  const stopDelivery = await startDelivery()
  await plan()
  onTestFinished(async () => {
    await partitions.stop()
    await Promise.all([
      stopDelivery(),
      activation.close(),
      upkeepWorker.close(),
      backfillWorker.close(),
    ])
    await Promise.all(
      [activationQueue, deliveryQueue, upkeepQueue, backfillQueue].map((queue) => queue.close()),
    )
    redis.disconnect()
    queueRedis.disconnect()
  })

  const books = async (): Promise<Map<string, number>> => {
    const sum = new Map<string, number>()
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const [field, count] of await ports.store.books(partition)) {
        const outcome = field.split('|')[2] ?? ''
        sum.set(outcome, (sum.get(outcome) ?? 0) + count)
      }
    }
    return sum
  }
  const runs: Pipeline['runs'] = async () => {
    const byHour = new Map<number, Map<string, number>>()
    for (let partition = 0; partition < partitionCount; partition++) {
      const range = { fromHour: 0, toHour: Number.MAX_SAFE_INTEGER, limit: 100 }
      const hours = await ports.runs.hours(partition, dataflow.id, range)
      for (const [index, part] of (
        await ports.runs.parts(partition, dataflow.id, hours)
      ).entries()) {
        const sum = byHour.get(hours[index]!) ?? new Map<string, number>()
        byHour.set(hours[index]!, sum)
        for (const [field, count] of part?.numbers ?? []) {
          const outcome = field.split('|')[1] ?? ''
          sum.set(outcome, (sum.get(outcome) ?? 0) + count)
        }
      }
    }
    return [...byHour.values()]
  }
  const jobs: Pipeline['jobs'] = async () => {
    const queueName = `solution-${name}`
    const prefix = queuePrefix(sandbox, queueName)
    const queue = new Queue(queueName, { prefix, connection: queueRedis })
    const found = await queue.getJobs(['active', 'waiting', 'delayed', 'prioritized'])
    await queue.close()
    return found.map((job) => ({ id: job.id ?? '', name: job.name, data: job.data }))
  }
  return {
    edit: async (change) => {
      dataflow = { ...dataflow, ...change }
      if (!hearsLate) heard = dataflow
      await ports.dataflows.put(dataflow)
      known = { version: await ports.dataflows.version(), dataflows: [dataflow] }
      partitions.dataflowsChanged()
      await plan()
    },
    damage: async (profileKey) => {
      const partition = partitionOf(profileKey, partitionCount)
      await redis.hset(`{segue:${sandbox}:p0${partition}}:profiles`, profileKey, '\u0001?')
    },
    refresh: async () => {
      await upkeep({ solution: name, dataflow: dataflow.id })
    },
    quiet: async () => {
      await expect.poll(jobs, { timeout: 10_000 }).toEqual([])
    },
    ports,
    activationQueue,
    deliveryQueue,
    backfillQueue,
    partitionCount,
    troubles,
    startDelivery,
    stopDelivery,
    jobs,
    books,
    runs,
    send: async (updates) => {
      const byPartition = Map.groupBy(updates, ([profileKey]) =>
        partitionOf(profileKey, partitionCount),
      )
      await ports.log.append(
        Array.from(byPartition, ([partition, own]) => {
          const records = own.map(
            ([profileKey, memberships, others = [], consent = 0]): LogRecord => [
              0,
              profileKey,
              others,
              memberships.flatMap(([segment, status, at]) => [segment, status, at, 0]),
              consent,
              0,
            ],
          )
          return { partition, payload: packBatch({ segments, records }), records: records.length }
        }),
      )
    },
    settled: async () => {
      await expect.poll(async () => (await books()).get('pending'), { timeout: 30_000 }).toBe(0)
      for (let partition = 0; partition < partitionCount; partition++) {
        await expect.poll(() => ports.outbox.buckets(partition), { timeout: 30_000 }).toEqual([])
        const counters = await ports.store.counters(partition)
        expect(counters.get('outboxRows') ?? 0).toBe(0)
      }
      const total = new Map<string, number>()
      for (const run of (await runs()).map(ofRows)) {
        expectBalance(run)
        for (const [outcome, count] of run) total.set(outcome, (total.get(outcome) ?? 0) + count)
      }
      expect(total).toEqual(ofRows(await books()))
    },
  }
}

/** What is told again may still be under way where all rows are settled. */
function ofRows(numbers: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...numbers].filter(([outcome]) => outcome !== 'resent'))
}

/** received = activated + coalesced + excluded + failed + pending. */
export function expectBalance(books: ReadonlyMap<string, number>): void {
  let accounted = 0
  for (const [outcome, count] of books) if (outcome !== 'received') accounted += count
  expect(accounted).toBe(books.get('received'))
}

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}
