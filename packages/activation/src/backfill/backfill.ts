import type {
  AlarmClock,
  BackfillOrder,
  BackfillPlace,
  Backfills,
  Backlogs,
  Counterparts,
  Dataflow,
  Dataflows,
  KnownDataflows,
  Ledger,
  Outbox,
  PartitionStore,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import type { JobOutcome, JobQueue } from '../queue/job-queue.ts'
import type { ActivationJob, BackfillJob, OrderJob } from '../queue/jobs.ts'
import type { Comparison } from './compare-page.ts'
import { bucketsAhead, comparePartition, type Turn } from './compare-partition.ts'
import { createPace, type Pace } from './pace.ts'
import { runReconcile } from './reconcile.ts'

export interface BackfillPorts {
  readonly backfills: Backfills
  readonly backlogs: Backlogs
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
  readonly profilesPerPage: number
  /** Rows that may be held for a solution before some are left out; 0: no bound. */
  readonly heldRowsMax: number
}

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
  given: Omit<BackfillOptions, 'profilesPerPage' | 'heldRowsMax'> & Partial<BackfillOptions>,
): (job: BackfillJob) => Promise<JobOutcome<BackfillJob>> {
  const options = { profilesPerPage: profilesPerPageDefault, heldRowsMax: 0, ...given }
  const pace = createPace(ports.clock.nowMs, options.profilesPerSecond)
  return async (job) => {
    if (job.kind === 'reconcile') return runReconcile(ports, options, pace, job)
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
  job: OrderJob,
): Promise<JobOutcome<BackfillJob>> {
  // At least that of the dataflows which the order was read from: they were read before.
  const dataflowsVersion = await ports.dataflows.version()
  const counterparts = await ports.counterparts.all(solution.name, dataflow.id)
  const place: BackfillPlace = {
    dataflow: dataflow.id,
    order: order.id,
    solution: solution.name,
  }
  const turn: Turn = { pages: 0, ahead: await bucketsAhead(ports, options, solution) }
  for (let { partition } = job; partition < options.partitionCount; partition += 1) {
    const here = { ...job, partition }
    const comparison: Comparison = {
      place,
      order,
      dataflow,
      solution,
      counterparts,
      partition,
      profilesPerPage: options.profilesPerPage,
    }
    const end = await comparePartition(ports, options, pace, comparison, dataflowsVersion, turn)
    if (end === 'spent') return again({ ...here, waits: 0 }, 1)
    if (end === 'waiting') return wait(here, turn.pages)
    if (end === 'moved') return again({ ...here, waits: 0 }, staleMs)
  }
  return { status: 'done' }
}

function again(payload: OrderJob, afterMs: number): JobOutcome<BackfillJob> {
  return { status: 'again', afterMs, payload }
}

/** The rows before are to go out first. Asked for ever more rarely, as long as nothing moves. */
function wait(job: OrderJob, pages: number): JobOutcome<BackfillJob> {
  const waits = pages > 0 ? 0 : job.waits
  return again({ ...job, waits: waits + 1 }, Math.min(waitFirstMs * 2 ** waits, waitMaxMs))
}
