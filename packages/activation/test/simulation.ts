import {
  StatusExited,
  StatusRealized,
  tableTransitions,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import {
  packBatch,
  startPartitionLoop,
  type BackfillOrder,
  type Backfills,
  type Dataflow,
  type KnownDataflows,
} from '@segue/runtime'
import { memoryPorts, memoryStore, momentOf, simulatedClock } from '@segue/runtime/testing'
import type { Delivery } from '@segue/solution-kit'
import {
  activationJob,
  createActivation,
  createBackfill,
  createDelivery,
  planBackfills,
  planSolution,
  sweepPartition,
  type ActivationJob,
  type BackfillJob,
  type DeliveryJob,
  type UpkeepJob,
} from '../src/index.ts'
import { jobBag } from './job-bag.ts'
import { scriptedSolution, type ScriptedSolution } from './scripted-solution.ts'

const partition = 0
const activationDelayMs = 10_000
const startMs = Date.UTC(2026, 10, 23, 10)

/** One sandbox in memory with one partition and one solution, in which a test says what happens when. */
export interface Simulation {
  readonly scripted: ScriptedSolution
  /** Members as the updates say, in the plainest way: segment → profile keys. */
  readonly expected: (segment: string) => readonly string[]
  /** Rows that were sent with an older revision than one before them. */
  readonly older: readonly Delivery[]
  readonly activated: () => readonly string[]
  readonly update: (
    profileKey: string,
    segment: string,
    status: 'realized' | 'exited',
    untilMs: number,
  ) => Promise<void>
  readonly activate: (segment: string) => Promise<void>
  readonly deactivate: (segment: string) => Promise<void>
  readonly disable: () => Promise<void>
  /** With an order for all segments. */
  readonly enable: () => Promise<void>
  readonly pass: (ms: number) => Promise<void>
  readonly nowMs: () => number
  readonly runActivation: (at: number) => Promise<boolean>
  readonly runDelivery: (at: number) => Promise<boolean>
  /**
   * @param meanwhile runs between the read of each page and what is written of it
   * @param dies at which page of the run the process dies, before or after it was written; undefined: it does not
   */
  readonly runBackfill: (
    at: number,
    meanwhile?: () => Promise<void>,
    dies?: {
      readonly page: number
      readonly when: 'before' | 'after'
      /** The store is started anew too. */
      readonly withStore: boolean
    },
  ) => Promise<boolean>
  /** @returns has the store be as it was now, and tells whoever watches; jobs stay as they are */
  readonly remember: () => () => void
  /** Jobs that wait are gone, as with the tail of their queues. */
  readonly loseJobs: () => void
  /** The store is started anew: what it kept is there, its cursors mean nothing any more. */
  readonly restartStore: () => void
  /** Has all that is to be done done. */
  readonly drain: () => Promise<void>
  readonly books: () => Promise<ReadonlyMap<string, number>>
  readonly waiting: () => Promise<{
    readonly buckets: number
    readonly rows: number
    readonly backlogs: number
  }>
  readonly stop: () => Promise<void>
}

/** @param heldRowsMax see `BacklogRule` */
export async function startSimulation(
  takes: 'changes' | 'full-state',
  heldRowsMax = 0,
): Promise<Simulation> {
  const clock = simulatedClock(startMs)
  const shared = memoryStore(1, clock)
  const ports = memoryPorts({ partitionCount: 1, clock, shared })
  const scripted = scriptedSolution({ takes })
  const { name } = scripted.solution
  let known: KnownDataflows = { version: 0, dataflows: [] }
  const dataflow = (): Dataflow => known.dataflows[0]!
  const read = async (): Promise<void> => {
    known = { version: await ports.dataflows.version(), dataflows: await ports.dataflows.list() }
  }

  const activations = jobBag<ActivationJob>()
  const deliveries = jobBag<DeliveryJob>()
  const backfills = jobBag<BackfillJob>()
  const upkeep = jobBag<UpkeepJob>()
  const plan = async (): Promise<void> => {
    const queues = { delivery: deliveries, upkeep }
    await planSolution(ports, scripted.solution, queues, known.dataflows)
    await planBackfills(ports, known, 1, backfills)
  }
  const put = async (change: Partial<Dataflow>): Promise<void> => {
    await ports.dataflows.put({ ...dataflow(), ...change })
    // The loop is not told: a commit that goes by older dataflows has to find out.
    await read()
    await plan()
  }
  let orders = 0
  const orderOf = (segments: readonly string[]): BackfillOrder => {
    orders += 1
    return {
      id: `order-${orders}`,
      segments,
      solutions: [name],
      reach: 'members',
      requestedMs: clock.nowMs(),
    }
  }
  await ports.dataflows.put({
    id: 'eca',
    name: 'Experience Cloud Audiences',
    enabled: true,
    activationDelayMs,
    solutions: [name],
    segments: {},
  })
  await read()

  await ports.ownership.renew()
  const owner = (await ports.ownership.take(partition)) ?? ''
  let routed = known
  const loop = startPartitionLoop(ports, {
    partition,
    owner,
    residentMax: 4,
    startTransitions: () => tableTransitions,
    dataflows: () => routed,
    refreshDataflows: async () => {
      routed = known
    },
    opened: (_, buckets) =>
      activations.add(buckets.map((bucket) => activationJob(partition, bucket, clock.nowMs()))),
    // A read that waits ends with its store; the loop goes on with the next.
    failed: (error) => {
      if (shared.losses === 0) throw error
    },
  })

  const activate = createActivation(
    ports,
    dataflow,
    () => ({
      aggregation: scripted.solution.aggregation,
      express: false,
      queue: deliveries,
    }),
    read,
    { heldRowsMax, queue: backfills },
  )
  const deliver = createDelivery(ports, {
    solution: scripted.solution,
    queue: deliveries,
    partitionCount: 1,
    dataflow,
    refreshDataflows: read,
    trouble: () => undefined,
  })
  const backfillBy = (store: Backfills) =>
    createBackfill(
      { ...ports, backfills: store },
      {
        partitionCount: 1,
        known: () => known,
        solution: () => scripted.solution,
        activationQueue: activations,
        profilesPerSecond: Infinity,
        profilesPerPage: 2,
        heldRowsMax,
      },
    )

  const members = new Map<string, Map<string, number>>()
  const newest = new Map<string, number>()
  const older: Delivery[] = []
  scripted.behave = (row) => {
    const key = `${row.segment} ${row.identities[0]}`
    if (row.revisionMs < (newest.get(key) ?? 0)) older.push(row)
    newest.set(key, row.revisionMs)
    return undefined
  }

  const runActivation: Simulation['runActivation'] = (at) =>
    activations.run(at, (job) => activate(job.payload))
  const runDelivery: Simulation['runDelivery'] = async (at) =>
    deliveries.run(at, (job) => deliver(job.payload))
  const runBackfill: Simulation['runBackfill'] = (at, meanwhile = async () => {}, dies) => {
    let page = 0
    const run = backfillBy({
      ...ports.backfills,
      scanProfiles: async (...args) => {
        const part = await ports.backfills.scanProfiles(...args)
        await meanwhile()
        return part
      },
      scanLedger: async (...args) => {
        const part = await ports.backfills.scanLedger(...args)
        await meanwhile()
        return part
      },
      advance: async (...args) => {
        const now = dies?.page === page ? dies.when : undefined
        page += 1
        if (now !== undefined && dies?.withStore === true) shared.runs += 1
        if (now === 'before') throw new Error('died')
        const outcome = await ports.backfills.advance(...args)
        if (now === 'after') throw new Error('died')
        return outcome
      },
    })
    return backfills.run(at, (job) => run(job.payload))
  }

  return {
    scripted,
    older,
    activated: () => Object.keys(dataflow().segments),
    expected: (segment) =>
      [...(members.get(segment) ?? [])]
        .filter(([, untilMs]) => untilMs === 0 || untilMs > clock.nowMs())
        .map(([profileKey]) => profileKey)
        .toSorted(),
    update: async (profileKey, segment, status, untilMs) => {
      const ofSegment = members.get(segment) ?? new Map<string, number>()
      members.set(segment, ofSegment)
      if (status === 'realized') ofSegment.set(profileKey, untilMs)
      else ofSegment.delete(profileKey)
      // Time goes on from update to update, so that the newest is the last.
      await clock.advance(1)
      const coded = status === 'realized' ? StatusRealized : StatusExited
      const memberships = [0, coded, clock.nowMs(), untilMs]
      const record: LogRecord = [UpdateKind, profileKey, [], memberships, 0, 0]
      const payload = packBatch({ segments: [segment], records: [record] })
      await ports.log.append([{ partition, payload, records: 1 }])
      await clock.advance(0)
    },
    activate: async (segment) => {
      if (dataflow().segments[segment] !== undefined) return
      const segments = { ...dataflow().segments, [segment]: { name: segment, solutions: [name] } }
      await put({ segments, backfills: [...(dataflow().backfills ?? []), orderOf([segment])] })
    },
    deactivate: async (segment) => {
      const { [segment]: _, ...segments } = dataflow().segments
      await put({ segments })
    },
    disable: () => put({ enabled: false }),
    enable: async () => {
      if (dataflow().enabled) return
      const segments = Object.keys(dataflow().segments)
      await put({ enabled: true, backfills: [...(dataflow().backfills ?? []), orderOf(segments)] })
    },
    pass: clock.advance,
    nowMs: clock.nowMs,
    runActivation,
    runDelivery,
    runBackfill,
    remember: () => {
      const moment = momentOf(shared)
      return () => moment.restore()
    },
    loseJobs: () => {
      for (const jobs of [activations, deliveries]) jobs.clear()
    },
    restartStore: () => {
      shared.runs += 1
    },
    drain: async () => {
      for (let round = 0; round < 1_000; round += 1) {
        await clock.advance(activationDelayMs)
        await sweepPartition(partition, ports, activations, true)
        for (let at = backfills.size(); at > 0; at -= 1) await runBackfill(at)
        for (let at = activations.size(); at > 0; at -= 1) await runActivation(0)
        for (let at = deliveries.size(); at > 0; at -= 1) await runDelivery(at)
        const { length } = await ports.outbox.buckets(partition)
        const jobs = activations.size() + deliveries.size() + backfills.size()
        if (length + jobs === 0) return
      }
      throw new Error('there is always something left to do')
    },
    books: () => ports.store.books(partition),
    waiting: async () => ({
      buckets: (await ports.outbox.buckets(partition)).length,
      rows: (await ports.store.counters(partition)).get('outboxRows') ?? 0,
      backlogs: (await ports.backlogs.all(partition)).length,
    }),
    stop: async () => {
      await loop.stop()
    },
  }
}
