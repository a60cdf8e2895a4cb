import { systemRandom, traced, type WindowPointer } from '@segue/runtime'
import type { JobOutcome } from '../queue/job-queue.ts'
import { changeCounterpart } from '../counterpart/change-counterpart.ts'
import { shortHash } from '../counterpart/plan-counterparts.ts'
import { runExit } from '../erase/exit-job.ts'
import type { DeliveryJob, RangeJob, WindowJob } from '../queue/jobs.ts'
import { deliverRows } from './deliver-rows.ts'
import type { DeliveryOptions, DeliveryPorts, DeliverySession } from './delivery-session.ts'
import { addFollowJob, runFollow } from './follow.ts'
import { keepMended } from './keep-mended.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { outcomeOf } from './outcome.ts'
import { pendingRows } from './pending-rows.ts'
import { createPool } from './pool.ts'
import { createRecentTellings } from './recent-tellings.ts'
import { runRefresh, runResend } from './refresh.ts'
import { createRemoteSegments } from './remote-segments.ts'
import { createSolutionCalls } from './solution-calls.ts'
import { addToWindow } from './window.ts'

/** A window that finds another in work comes back after this long. */
const windowTurnMs = 500
/** Memberships told that are remembered, a solution: some seconds at full speed, about 10 MB. */
const tellingsMax = 50_000
/** What was told longer ago is safe on the disk and the replicas, or that is not how Redis is meant to be run. */
const tellingKeptMs = 60_000
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
  const { solution, queue } = options
  const calls = createSolutionCalls(solution, ports, {
    trouble: options.trouble,
    accepted: (accepted) => void addFollowJob(ports.clock, queue, accepted),
  })
  const maxRowsPerCall =
    solution.aggregation.aggregationType === 'BEST_EFFORT'
      ? solution.aggregation.maxUsersPerRequest
      : solution.aggregation.maxNumEventsInBatch
  let interruptions = 0
  const session: DeliverySession = {
    ports,
    options,
    calls,
    maxRowsPerCall,
    pool: createPool(solution, calls, maxRowsPerCall, ports.clock.soon),
    resendWay: solution.aggregation.aggregationType === 'BEST_EFFORT' ? 'pool' : 'window',
    remoteSegments: createRemoteSegments(
      solution,
      ports.counterparts,
      (dataflow, segment, remoteId) =>
        queue.add([
          {
            id: `resend-${dataflow.id}-${shortHash(`${segment}\n${remoteId}`)}`,
            name: `resend ${segment}`,
            payload: { kind: 'resend', dataflow: dataflow.id, segment, attempt: 0 },
            delayMs: 0,
          },
        ]),
    ),
    dictionaries: new Map(),
    tellings: createRecentTellings(ports.clock, tellingsMax, tellingKeptMs),
    interruptions: () => interruptions,
    claimsLost: () => look(),
  }
  const look = keepMended(session)
  const unwatch = ports.interruptions.watch(() => {
    interruptions += 1
    // An index may stand for another segment in a store that lost its newest ones.
    session.dictionaries.clear()
    look()
  })
  const end = (): void => {
    unwatch()
    session.tellings.end()
  }
  options.signal?.addEventListener('abort', end, { once: true })
  return (job) => {
    // Without the faster way a row goes on into its window; without the other it waits.
    const pausedMs = job.kind === 'express' ? 0 : calls.pausedForMs('deliver')
    if (pausedMs > 0) {
      const afterMs = pausedMs + (ports.random ?? systemRandom).number() * 1_000
      return Promise.resolve({ status: 'again', afterMs, payload: job })
    }
    switch (job.kind) {
      case 'range':
        return runRange(session, job)
      case 'express':
        return runExpress(session, job)
      case 'window':
        return inTurn(session, job, () => deliverWindow(session, job))
      case 'segment':
        return changeCounterpart(session, job)
      case 'follow':
        return inTurn(session, job, () => runFollow(session, job))
      case 'resend':
        return inTurn(session, job, () => runResend(session, job))
      case 'refresh':
        return inTurn(session, job, () => runRefresh(session, job))
      case 'exit':
        return inTurn(session, job, () => runExit(session, job))
      default:
        // A newer release made it, and a worker of that does it: here it waits.
        return Promise.resolve({ status: 'again', afterMs: newerJobMs, payload: job })
    }
  }
}

/** A job of a kind that nobody here knows is looked at again after this long. */
const newerJobMs = 10_000

async function runRange(session: DeliverySession, job: RangeJob): Promise<JobOutcome<DeliveryJob>> {
  const { range } = job
  const rows = await pendingRows(session.ports.outbox, job)
  const way = range.bucket.backfill === undefined ? 'pool' : 'background'
  const end = await deliverRows(session, range.bucket.dataflow, rows, way, job.attempt)
  return outcomeOf(session, job, end)
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
    await addToWindow(ports, options.queue, aggregation, options.solution.name, dataflow, [pointer])
  }
  return { status: 'done' }
}

/**
 * Deliveries to a solution that takes few large ones go one after the other, in whichever process: what waits for its turn
 * comes back later, so that it holds neither claims nor a worker's slot meanwhile.
 */
async function inTurn(
  session: DeliverySession,
  job: DeliveryJob,
  run: () => Promise<JobOutcome<DeliveryJob>>,
): Promise<JobOutcome<DeliveryJob>> {
  if (session.resendWay === 'pool') return run()
  const outcome = await oneAtATime(session, 'window', run)
  return outcome ?? { status: 'again', afterMs: windowTurnMs, payload: job }
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
    const taken: WindowPointer[] = []
    let expected = 0
    for (const pointer of read) {
      if (taken.length > 0 && expected + pointer.rows > maxRowsPerCall) break
      taken.push(pointer)
      expected += pointer.rows
    }
    const rows = (
      await Promise.all(taken.map((pointer) => pendingRows(ports.outbox, pointer)))
    ).flat()
    const trace = ports.traces?.current()
    const end = await traced(
      ports.traces,
      { name: 'window', attributes: { 'segue.rows': rows.length } },
      [...(trace === undefined ? [] : [trace]), ...taken.flatMap((pointer) => pointer.trace ?? [])],
      () => deliverRows(session, job.dataflow, rows, 'window', job.attempt),
    )
    if (end.remaining > 0) return outcomeOf(session, job, end)
    await ports.windows.drop(name, job.dataflow, job.window, taken.length)
  }
}
