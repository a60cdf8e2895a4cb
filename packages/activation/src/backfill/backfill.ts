import type {
  AlarmClock,
  BackfillOrder,
  BackfillPlace,
  Backfills,
  Counterparts,
  Dataflow,
  Dataflows,
  KnownDataflows,
  Ledger,
  Outbox,
  PartitionStore,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import { activationJob } from '../activate/sweep.ts'
import type { JobOutcome, JobQueue } from '../queue/job-queue.ts'
import type { ActivationJob, BackfillJob } from '../queue/jobs.ts'
import { createPace, type Pace } from './pace.ts'
import { comparePage, type Comparison } from './compare-page.ts'

export interface BackfillPorts {
  readonly backfills: Backfills
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly counterparts: Counterparts
  readonly dataflows: Pick<Dataflows, 'version'>
  readonly clock: AlarmClock
}

export interface BackfillOptions {
  readonly partitionCount: number
  /** The sandbox's dataflows as they are known here. */
  readonly known: () => KnownDataflows
  /** undefined for a solution that nobody here knows. */
  readonly solution: (name: string) => Solution | undefined
  readonly activationQueue: JobQueue<ActivationJob>
  /** Profiles that are looked at a second, by all backfills of this process together. */
  readonly profilesPerSecond: number
  /** Profiles read at once; by default about as many as make two chunks of rows. */
  readonly profilesPerPage?: number
}

/**
 * Unsettled buckets of backfills a solution that wants rows as they come, over all partitions. With `profilesPerPage` this
 * bounds what live rows may find before them.
 */
const bucketsAheadMax = 4
const pagesPerRun = 16
/** About as many rows go into one bucket where an order is about one segment. */
const profilesPerPageDefault = 512
/** Another process is to learn of the dataflows first. */
const staleMs = 1_000
const waitFirstMs = 100
const waitMaxMs = 5_000

/**
 * Runs backfill jobs: one order for one solution each, so that a solution that takes nothing holds up no other. Page after
 * page, partition after partition, the difference between what is true and what the solution was told is appended to the
 * outbox; from there it goes the way of every other row (design §8, "Reconcile").
 */
export function createBackfill(
  ports: BackfillPorts,
  options: BackfillOptions,
): (job: BackfillJob) => Promise<JobOutcome<BackfillJob>> {
  const pace = createPace(ports.clock.nowMs, options.profilesPerSecond)
  return async (job) => {
    const { version, dataflows } = options.known()
    if (version < job.version) return again(job, staleMs)
    // Whoever changed the dataflows since has added a job that goes by what they are now.
    if (version > job.version) return { status: 'done' }
    const dataflow = dataflows.find(({ id }) => id === job.dataflow)
    const order = dataflow?.backfills?.find(({ id }) => id === job.order)
    const solution = options.solution(job.solution)
    if (dataflow?.enabled !== true || order === undefined || solution === undefined) {
      return { status: 'done' }
    }
    return runOrder(ports, options, pace, { dataflow, order, solution }, job)
  }
}

interface Wanted {
  readonly dataflow: Dataflow
  readonly order: BackfillOrder
  readonly solution: Solution
}

async function runOrder(
  ports: BackfillPorts,
  options: BackfillOptions,
  pace: Pace,
  { dataflow, order, solution }: Wanted,
  job: BackfillJob,
): Promise<JobOutcome<BackfillJob>> {
  // At least that of the dataflows which the order was read from: they were read before.
  const dataflowsVersion = await ports.dataflows.version()
  const counterparts = await ports.counterparts.all(solution.name, dataflow.id)
  const place: BackfillPlace = {
    dataflow: dataflow.id,
    order: order.id,
    solution: solution.name,
  }
  let ahead = await bucketsAhead(ports, options, solution)
  let pages = 0
  for (let { partition } = job; partition < options.partitionCount; partition += 1) {
    const here = { ...job, partition }
    const comparison: Comparison = {
      place,
      order,
      dataflow,
      solution,
      counterparts,
      partition,
      profilesPerPage: options.profilesPerPage ?? profilesPerPageDefault,
    }
    const { segments } = await ports.store.open(partition)
    let opened = await ports.backfills.open(partition, place, dataflowsVersion)
    while (opened.progress?.phase !== 'ended') {
      if (pages >= pagesPerRun) return again({ ...here, waits: 0 }, 1)
      if (ahead >= bucketsAheadMax) return wait(here, pages)
      await sleep(ports.clock, pace.waitMs())
      const page = await comparePage(ports, comparison, segments, opened)
      pace.done(page.read)
      if (page.status !== 'advanced') {
        // Moved: another run of this job, which was thought dead, is at it too.
        return page.status === 'full' ? wait(here, pages) : again({ ...here, waits: 0 }, staleMs)
      }
      const nowMs = ports.clock.nowMs()
      await options.activationQueue.add(
        page.buckets.map((bucket) => activationJob(partition, bucket, nowMs)),
      )
      if (solution.aggregation.aggregationType === 'BEST_EFFORT') ahead += page.buckets.length
      opened = { ...opened, progress: page.progress }
      pages += 1
    }
  }
  return { status: 'done' }
}

/** Buckets of backfills that wait for the solution; 0 for one that gathers rows in windows: these hold up nobody. */
async function bucketsAhead(
  { outbox }: BackfillPorts,
  { partitionCount }: BackfillOptions,
  { name, aggregation }: Solution,
): Promise<number> {
  if (aggregation.aggregationType !== 'BEST_EFFORT') return 0
  const buckets = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => outbox.buckets(partition)),
  )
  return buckets.flat().filter(({ bucket }) => bucket.backfill?.solution === name).length
}

function again(payload: BackfillJob, afterMs: number): JobOutcome<BackfillJob> {
  return { status: 'again', afterMs, payload }
}

/** The rows before are to go out first. Asked for ever more rarely, as long as nothing moves. */
function wait(job: BackfillJob, pages: number): JobOutcome<BackfillJob> {
  const waits = pages > 0 ? 0 : job.waits
  return again({ ...job, waits: waits + 1 }, Math.min(waitFirstMs * 2 ** waits, waitMaxMs))
}

async function sleep(clock: AlarmClock, delayMs: number): Promise<void> {
  if (delayMs <= 0) return
  await new Promise<void>((resolve) => {
    clock.after(delayMs, resolve)
  })
}
