import {
  reconcileOf,
  reconcileOrderId,
  type Backlog,
  type BackfillOrder,
  type BackfillPlace,
  type Backlogs,
  type Dataflow,
  type ReconcileDue,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import type { JobOutcome, NewJob } from '../queue/job-queue.ts'
import type { BackfillJob, ReconcileJob } from '../queue/jobs.ts'
import type { BackfillOptions, BackfillPorts } from './backfill.ts'
import { bucketsAhead, comparePartition, type Turn } from './compare-partition.ts'
import type { Pace } from './pace.ts'

/** Of what may be held for a solution, this much may be left when the reconcile begins: by then it takes rows again. */
const lowWater = 0.5
/** Waits between looks at a backlog, doubled from the first to the last: it may drain in a moment, or be stuck for hours. */
const waitFirstMs = 100
const waitMaxMs = 15_000
const movedMs = 1_000

/** The job that makes good what was left out of a backlog, once the solution takes rows again: one a mark. */
function reconcileJob(
  partition: number,
  { dataflow, solution }: Backlog,
  { first }: ReconcileDue,
): NewJob<BackfillJob> {
  const name = `p${String(partition).padStart(2, '0')}`
  return {
    id: `reconcile-${dataflow}-${solution}-${name}-${first}`,
    name: `reconcile of ${solution}`,
    payload: { kind: 'reconcile', dataflow, solution, partition, mark: first, waits: 0 },
    delayMs: waitFirstMs,
  }
}

/** Jobs of all marks of a partition, as far as they are `wanted`. */
export async function reconcileJobs(
  backlogs: Backlogs,
  partition: number,
  wanted: (backlog: Backlog) => boolean,
): Promise<readonly NewJob<BackfillJob>[]> {
  const all = await backlogs.all(partition)
  return all.flatMap((backlog) =>
    backlog.due !== undefined && wanted(backlog)
      ? [reconcileJob(partition, backlog, backlog.due)]
      : [],
  )
}

/**
 * Carries out the reconcile of one mark: compares the partition's state with what the solution was told, and takes the mark away.
 * Where more was left out meanwhile it goes on with that. Any part may be repeated, and two at once harm nothing: a page counts
 * once, and a mark goes only with the last row that was left out before its comparison began.
 */
export async function runReconcile(
  ports: BackfillPorts,
  options: BackfillOptions,
  pace: Pace,
  job: ReconcileJob,
): Promise<JobOutcome<BackfillJob>> {
  const dataflow = options.known().dataflows.find(({ id }) => id === job.dataflow)
  const solution = options.solution(job.solution)
  // Whoever enables it, or knows the solution, adds the job again.
  if (dataflow?.enabled !== true || solution === undefined) return { status: 'done' }
  const backlog = (await ports.backlogs.all(job.partition)).find(
    (one) => one.dataflow === job.dataflow && one.solution === job.solution,
  )
  // Another mark has another job.
  if (backlog?.due?.first !== job.mark) return { status: 'done' }

  const { last, hasBegun } = await begunWith(ports, job, backlog.due)
  const low = options.heldRowsMax === 0 ? Infinity : options.heldRowsMax * lowWater
  if (!hasBegun && backlog.heldRows > low) return wait(job, 0)
  const order = reconcileOrder(dataflow, solution, backlog.due, last)
  const place: BackfillPlace = { dataflow: dataflow.id, order: order.id, solution: solution.name }
  const comparison = {
    place,
    order,
    dataflow,
    solution,
    counterparts: await ports.counterparts.all(solution.name, dataflow.id),
    partition: job.partition,
    profilesPerPage: options.profilesPerPage,
  }
  const turn: Turn = { pages: 0, ahead: await bucketsAhead(ports, options, solution) }
  // Its segments were routed to the solution before anything was left out: no commit needs to be held to newer dataflows.
  switch (await comparePartition(ports, options, pace, comparison, 0, turn)) {
    case 'ended':
      if (await ports.backlogs.finish(job.partition, dataflow.id, solution.name, last)) {
        return { status: 'done' }
      }
      return again(job, waitFirstMs)
    case 'waiting':
      return wait(job, turn.pages)
    case 'moved':
      return again(job, movedMs)
    case 'spent':
      return again(job, 1)
  }
}

/** A reconcile that was begun is gone on with, even where something was left out since: that is the next one's. */
async function begunWith(
  { backfills }: BackfillPorts,
  { partition, dataflow, solution }: ReconcileJob,
  due: ReconcileDue,
): Promise<{ readonly last: number; readonly hasBegun: boolean }> {
  for (const { place } of await backfills.all(partition)) {
    const last = reconcileOf(place.order)
    if (last !== undefined && place.dataflow === dataflow && place.solution === solution) {
      return { last, hasBegun: true }
    }
  }
  return { last: due.last, hasBegun: false }
}

function reconcileOrder(
  { segments }: Dataflow,
  { name }: Solution,
  { sinceMs, fromMs }: ReconcileDue,
  last: number,
): BackfillOrder {
  return {
    id: reconcileOrderId(last),
    segments: Object.entries(segments).flatMap(([segment, { solutions }]) =>
      solutions.includes(name) ? [segment] : [],
    ),
    solutions: [name],
    reach: 'members',
    requestedMs: sinceMs,
    // Who was a member before the segment was activated is a backfill's to send, where one is wanted.
    newFromMs: fromMs,
  }
}

function again(job: ReconcileJob, afterMs: number): JobOutcome<BackfillJob> {
  return { status: 'again', afterMs, payload: { ...job, waits: 0 } }
}

function wait(job: ReconcileJob, pages: number): JobOutcome<BackfillJob> {
  const waits = pages > 0 ? 0 : job.waits
  const afterMs = Math.min(waitFirstMs * 2 ** Math.min(waits, 20), waitMaxMs)
  return { status: 'again', afterMs, payload: { ...job, waits: waits + 1 } }
}
