import {
  traced,
  traceIdOf,
  unpackChunk,
  type Backlogs,
  type Bucket,
  type Dataflow,
  type Outbox,
  type OutboxRow,
  type PartitionStore,
  type TraceParent,
  type Traces,
  type Windows,
} from '@segue/runtime'
import type { Aggregation } from '@segue/solution-kit'
import { reconcileJobs } from '../backfill/reconcile.ts'
import type { ActivationJob, BackfillJob, DeliveryJob } from '../queue/jobs.ts'
import type { JobOutcome, JobQueue, NewJob } from '../queue/job-queue.ts'
import { bucketJobId } from '../queue/names.ts'
import { addToWindow } from '../deliver/window.ts'
import { planBucket, type RangePlan } from './plan-bucket.ts'

/** How the jobs of one solution are made. */
export interface SolutionRoute {
  readonly aggregation: Aggregation
  /** The solution has a faster way beside its deliveries. */
  readonly express: boolean
  readonly queue: JobQueue<DeliveryJob>
}

/** What happens where a solution takes less than it gets. */
export interface BacklogRule {
  /** A solution for which so many rows are held in a partition gets no more: they are left out, and a reconcile is due. */
  readonly heldRowsMax: number
  readonly queue: JobQueue<BackfillJob>
}

export interface ActivationPorts {
  readonly backlogs: Backlogs
  readonly outbox: Outbox
  readonly store: PartitionStore
  readonly windows: Windows
  readonly traces?: Traces
}

/**
 * Runs activation jobs: seals the bucket, cuts it into ranges, and adds the solutions' jobs. Each part may be repeated: a
 * sealed bucket stays sealed, the first plan counts, jobs have fixed ids.
 *
 * @param solutionRoute undefined for a solution that nobody here knows: its rows wait until somebody does
 * @param backlog undefined: all rows wait, however many
 * @param refreshDataflows reads the dataflows anew, where rows show that those known here are older than they are
 */
export function createActivation(
  ports: ActivationPorts,
  dataflow: (id: string) => Dataflow | undefined,
  solutionRoute: (solution: string) => SolutionRoute | undefined,
  refreshDataflows: () => Promise<void>,
  backlog?: BacklogRule,
): (job: ActivationJob) => Promise<JobOutcome<ActivationJob>> {
  const ensureReconciles = async (partition: number, { dataflow: id }: Bucket): Promise<void> => {
    if (backlog === undefined) return
    const jobs = await reconcileJobs(ports.backlogs, partition, (one) => one.dataflow === id)
    await backlog.queue.ensure(jobs)
  }
  const activate = async ({
    partition,
    bucket,
  }: ActivationJob): Promise<JobOutcome<ActivationJob>> => {
    const done: JobOutcome<ActivationJob> = { status: 'done' }
    const again = await ports.outbox.planned(partition, bucket)
    if (again === undefined && !(await ports.outbox.seal(partition, bucket))) {
      // Whoever settled it by leaving its rows out may have died before it added the job that is due for that.
      await ensureReconciles(partition, bucket)
      return done
    }

    const packed = await ports.outbox.chunks(partition, bucket, 0, -1)
    const chunks = packed.map(unpackChunk)
    let solutions = dataflow(bucket.dataflow)?.solutions
    // A dataflow, or a solution of it, that is not known here yet was added a moment ago, elsewhere.
    if (!knowsAll(solutions, chunks)) {
      await refreshDataflows()
      solutions = dataflow(bucket.dataflow)?.solutions
      if (!knowsAll(solutions, chunks)) {
        return { status: 'again', afterMs: 1_000, payload: { partition, bucket } }
      }
    }
    const { segments } = await ports.store.open(partition)
    const plans = planBucket(bucket, chunks, solutions, (segment) => segments[segment] ?? '?')
    const rows = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const unsettled = await ports.outbox.plan(
      partition,
      bucket,
      rows,
      plans.map(({ range }) => range),
      { heldRowsMax: backlog?.heldRowsMax ?? 0, oldestMs: oldestOf(plans) },
    )
    const open = new Set(unsettled.map((range) => `${range.solution}|${range.from}`))
    const wanted = plans.filter(({ range }) => open.has(`${range.solution}|${range.from}`))
    for (const solution of solutions) {
      const own = wanted.filter(({ range }) => range.solution === solution)
      const route = solutionRoute(solution)
      if (own.length > 0 && route !== undefined) {
        await addJobs(ports, partition, bucket, solution, own, route, again !== undefined)
      }
    }
    // Left out; or settled, where this is run again.
    const isOpen = new Set(wanted.map(({ range }) => range.solution))
    if (plans.some(({ range }) => !isOpen.has(range.solution))) {
      await ensureReconciles(partition, bucket)
    }
    return done
  }
  return async (job) => {
    const { partition } = job
    const causes = ports.traces === undefined ? [] : await causesOf(ports.traces, job)
    if (causes.length === 0) return activate(job)
    const attributes = { 'segue.partition': partition }
    return traced(ports.traces, { name: 'activate', attributes }, causes, () => activate(job))
  }
}

/** Traces that the bucket's rows are part of, where the job itself is not part of them. */
async function causesOf(
  traces: Traces,
  { partition, bucket }: ActivationJob,
): Promise<readonly TraceParent[]> {
  if (bucket.backfill !== undefined) return []
  const noted = await traces.buckets.take(partition, bucket)
  const current = traces.current()
  if (noted === undefined) return []
  if (current === undefined) return [noted]
  return traceIdOf(current) === traceIdOf(noted) ? [] : [current, noted]
}

/** The revision of each solution's oldest row. */
function oldestOf(plans: readonly RangePlan[]): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>()
  for (const { range, oldestMs } of plans) {
    oldest.set(range.solution, Math.min(oldestMs, oldest.get(range.solution) ?? Infinity))
  }
  return oldest
}

/** Whether the dataflow is known, with every solution that the rows are for. */
function knowsAll(
  solutions: readonly string[] | undefined,
  chunks: readonly (readonly OutboxRow[])[],
): solutions is readonly string[] {
  if (solutions === undefined) return false
  const known = 2 ** solutions.length
  return chunks.every((rows) => rows.every((row) => row.solutions < known))
}

async function addJobs(
  ports: Pick<ActivationPorts, 'windows' | 'traces'>,
  partition: number,
  bucket: Bucket,
  solution: string,
  plans: readonly RangePlan[],
  route: SolutionRoute,
  repeated: boolean,
): Promise<void> {
  const { aggregation, queue } = route
  // The faster way is for what has just changed.
  const express = route.express && bucket.backfill === undefined
  if (aggregation.aggregationType === 'CONFIGURABLE_AGGREGATION' && !express) {
    const pointers = plans.map(({ range, counts }) => ({ partition, range, rows: counts.rows }))
    await addToWindow(ports, queue, aggregation, solution, bucket.dataflow, pointers)
    return
  }
  const kind = express ? 'express' : 'range'
  const jobs = plans.map(({ range, counts }): NewJob<DeliveryJob> => {
    const { progress: _, ...pointer } = range
    return {
      id: `${bucketJobId(partition, bucket)}-${range.from}`,
      name: `${kind} ${counts.rows} rows`,
      payload: { kind, partition, range: pointer, attempt: 0, ...counts },
      delayMs: 0,
      ...(bucket.backfill === undefined ? {} : { background: true }),
    }
  })
  await (repeated ? queue.ensure(jobs) : queue.add(jobs))
}
