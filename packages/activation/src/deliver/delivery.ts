import type { JobOutcome } from '../queue/job-queue.ts'
import type { DeliveryJob } from '../queue/jobs.ts'
import { deliverRows, type RowsEnd } from './deliver-rows.ts'
import type { DeliveryOptions, DeliveryPorts, DeliverySession } from './delivery-session.ts'
import { pendingRows, type RangePointer } from './pending-rows.ts'
import { createPool } from './pool.ts'
import { createRemoteSegments } from './remote-segments.ts'
import { busyDelayMs, rowDelayMs } from './retry-policy.ts'
import { createSolutionCalls } from './solution-calls.ts'
import { addToWindow } from './window.ts'

/** A window that finds another in work comes back after this long. */
const windowTurnMs = 500
/** Pointers of a window read at once. */
const pointersPerRead = 500

/**
 * Runs the jobs of one solution: reads the rows' present state under a claim, drops what is superseded or known, sends the
 * rest, and settles one receipt a row (design §8).
 */
export function createDelivery(
  ports: DeliveryPorts,
  options: DeliveryOptions,
): (job: DeliveryJob) => Promise<JobOutcome<DeliveryJob>> {
  const { solution } = options
  const calls = createSolutionCalls(solution, ports, options.trouble)
  const maxRowsPerCall =
    solution.aggregation.aggregationType === 'BEST_EFFORT'
      ? solution.aggregation.maxUsersPerRequest
      : solution.aggregation.maxNumEventsInBatch
  const session: DeliverySession = {
    ports,
    options,
    calls,
    maxRowsPerCall,
    pool: createPool(solution, calls, maxRowsPerCall),
    remoteSegments: createRemoteSegments(solution, ports.records),
    windowRuns: 0,
    dictionaries: new Map(),
  }
  return (job) => {
    // Without the faster way a row goes on into its window; without the other it waits.
    const pausedMs = job.kind === 'express' ? 0 : calls.pausedForMs('deliver')
    if (pausedMs > 0) {
      const afterMs = pausedMs + Math.random() * 1_000
      return Promise.resolve({ status: 'again', afterMs, payload: job })
    }
    switch (job.kind) {
      case 'range':
        return runRange(session, job)
      case 'express':
        return runExpress(session, job)
      case 'window':
        return runWindow(session, job)
    }
  }
}

type RangeJob = Extract<DeliveryJob, { readonly kind: 'range' | 'express' }>
type WindowJob = Extract<DeliveryJob, { readonly kind: 'window' }>

async function runRange(session: DeliverySession, job: RangeJob): Promise<JobOutcome<DeliveryJob>> {
  const { range } = job
  const rows = await pendingRows(session.ports.outbox, job)
  const end = await deliverRows(session, range.bucket.dataflow, rows, 'pool', job.attempt)
  return outcomeOf(job, end)
}

async function runExpress(
  session: DeliverySession,
  job: RangeJob,
): Promise<JobOutcome<DeliveryJob>> {
  const { options, ports } = session
  const { aggregation } = options.solution
  const rows = await pendingRows(ports.outbox, job)
  if (rows.length > 0 && session.calls.pausedForMs('express') === 0) {
    await deliverRows(session, job.range.bucket.dataflow, rows, 'express', job.attempt)
  }
  const left = await pendingRows(ports.outbox, job)
  if (left.length > 0 && aggregation.aggregationType === 'CONFIGURABLE_AGGREGATION') {
    const pointer = { partition: job.partition, range: job.range, rows: left.length }
    const { dataflow } = job.range.bucket
    await addToWindow(ports.windows, options.queue, aggregation, options.solution.name, dataflow, [
      pointer,
    ])
  }
  return { status: 'done' }
}

/** One window after the other: the next comes back later, so that it holds neither claims nor a worker's slot meanwhile. */
async function runWindow(
  session: DeliverySession,
  job: WindowJob,
): Promise<JobOutcome<DeliveryJob>> {
  if (session.windowRuns >= session.options.solution.maxConcurrentCalls) {
    return { status: 'again', afterMs: windowTurnMs, payload: job }
  }
  session.windowRuns += 1
  try {
    return await deliverWindow(session, job)
  } finally {
    session.windowRuns -= 1
  }
}

async function deliverWindow(
  session: DeliverySession,
  job: WindowJob,
): Promise<JobOutcome<DeliveryJob>> {
  const { ports, options, maxRowsPerCall } = session
  const { name } = options.solution
  await ports.windows.close(name, job.dataflow, job.window)
  for (;;) {
    const read = await ports.windows.first(name, job.dataflow, job.window, pointersPerRead)
    if (read.length === 0) return { status: 'done' }
    const taken: RangePointer[] = []
    let expected = 0
    for (const pointer of read) {
      if (taken.length > 0 && expected + pointer.rows > maxRowsPerCall) break
      taken.push(pointer)
      expected += pointer.rows
    }
    const rows = (
      await Promise.all(taken.map((pointer) => pendingRows(ports.outbox, pointer)))
    ).flat()
    const end = await deliverRows(session, job.dataflow, rows, 'window', job.attempt)
    if (end.remaining > 0) return outcomeOf(job, end)
    await ports.windows.drop(name, job.dataflow, job.window, taken.length)
  }
}

function outcomeOf(job: DeliveryJob, end: RowsEnd): JobOutcome<DeliveryJob> {
  if (end.remaining === 0) return { status: 'done' }
  return {
    status: 'again',
    afterMs: end.tried
      ? rowDelayMs(job.attempt, end.afterMs, Math.random())
      : Math.max(end.afterMs, busyDelayMs),
    payload: end.tried ? { ...job, attempt: job.attempt + 1 } : job,
  }
}
