import type { Counterpart, Dataflow } from '@segue/runtime'
import { segmentGone, type RemovalReceipt, type SegmentReceipt } from '@segue/solution-kit'
import type { DeliverySession } from '../deliver/delivery-session.ts'
import { oneAtATime } from '../deliver/one-at-a-time.ts'
import { misconfiguredDelayMs, rowAttemptsMax, rowDelayMs } from '../deliver/retry-policy.ts'
import type { JobOutcome } from '../queue/job-queue.ts'
import type { DeliveryJob, SegmentJob } from '../queue/jobs.ts'
import { changeOf, shortHash } from './plan-counterparts.ts'

/** Another process changes the same counterpart: look again after this long. */
const turnMs = 1_000

/** A try's end: done, nothing to do, or what kept it from it. */
type Tried =
  | 'done'
  | 'nothing'
  | Exclude<SegmentReceipt | RemovalReceipt, { status: 'ready' | 'removed' }>

/**
 * Makes, renames, labels or removes a segment's counterpart as the dataflow says now, whatever it said when the job was made. What
 * fails for good is kept with the counterpart for a person to see, and tried again with the next change.
 */
export async function changeCounterpart(
  session: DeliverySession,
  job: SegmentJob,
): Promise<JobOutcome<DeliveryJob>> {
  const dataflow = session.options.dataflow(job.dataflow)
  const again = (afterMs: number, payload: DeliveryJob = job): JobOutcome<DeliveryJob> => ({
    status: 'again',
    afterMs,
    payload,
  })
  // Removed; or not known here yet, and then this process adds the job once more as soon as it is.
  if (dataflow === undefined) return { status: 'done' }
  const tried = await oneAtATime(session, `segment-${shortHash(job.segment)}`, () =>
    changeOnce(session, dataflow, job.segment),
  )
  if (tried === undefined) return again(turnMs)
  if (tried === 'nothing') return { status: 'done' }
  if (tried === 'done') {
    // Where no row is to be sent, this is how one sees that a mended setting is right.
    session.calls.works('deliver')
    return { status: 'done' }
  }

  session.calls.heed('deliver', tried)
  await note(session, job, tried)
  switch (tried.status) {
    case 'rejected':
      return { status: 'done' }
    case 'misconfigured':
      return again(misconfiguredDelayMs)
    case 'retry': {
      const afterMs = rowDelayMs(Math.min(job.attempt, rowAttemptsMax), tried.afterMs, 0.5)
      return again(afterMs, { ...job, attempt: job.attempt + 1 })
    }
  }
}

async function changeOnce(
  session: DeliverySession,
  dataflow: Dataflow,
  segment: string,
): Promise<Tried> {
  const { ports, options } = session
  const { solution } = options
  const known = await ports.counterparts.get(solution.name, dataflow.id, segment)
  const change = changeOf(dataflow, segment, solution, known)
  // The look-up makes what is missing, and labels what is there.
  if (change === 'make' || change === 'label') return lookUp(session, dataflow, segment)
  if (change === 'none' || known?.remoteId === undefined) return 'nothing'
  const { remoteId } = known
  if (change === 'rename') return rename(session, dataflow, segment, { ...known, remoteId })
  const removed = await remove(session, dataflow, segment, { ...known, remoteId })
  const isWanted = dataflow.segments[segment]?.solutions.includes(solution.name) === true
  return removed === 'done' && isWanted ? lookUp(session, dataflow, segment) : removed
}

async function lookUp(
  session: DeliverySession,
  dataflow: Dataflow,
  segment: string,
): Promise<Tried> {
  const found = await session.remoteSegments.of(dataflow, segment)
  return found.status === 'ready' ? 'done' : found
}

async function rename(
  session: DeliverySession,
  dataflow: Dataflow,
  segment: string,
  known: Counterpart & { readonly remoteId: string },
): Promise<Tried> {
  const { ports, options } = session
  const name = dataflow.segments[segment]?.name ?? segment
  const renamed = await options.solution.renameSegment(segment, known.remoteId, name)
  if (renamed.status === 'ready') {
    const { status: _, ...ready } = renamed
    await ports.counterparts.ready(options.solution.name, dataflow.id, segment, { ...ready, name })
    // Its labels may have changed with its name.
    return lookUp(session, dataflow, segment)
  }
  if (renamed.status === 'retry' && renamed.code === segmentGone) {
    await session.remoteSegments.forget(dataflow, segment, known.remoteId)
    return lookUp(session, dataflow, segment)
  }
  return renamed
}

async function remove(
  session: DeliverySession,
  dataflow: Dataflow,
  segment: string,
  { remoteId, removing }: Counterpart & { readonly remoteId: string },
): Promise<Tried> {
  const { ports, options } = session
  const at = [options.solution.name, dataflow.id, segment, remoteId] as const
  // Noted before: whoever dies in between, or is not answered, would leave one that is held to be there and is not.
  if (removing !== true) await ports.counterparts.removal(...at, 'begun')
  const removed = await options.solution.removeSegment(segment, remoteId)
  if (removed.status !== 'removed') {
    const isInDoubt = removed.status === 'retry' && removed.inDoubt
    if (!isInDoubt) await ports.counterparts.removal(...at, 'refused')
    return removed
  }
  await session.remoteSegments.forget(dataflow, segment, remoteId)
  return 'done'
}

async function note(
  { ports, options }: DeliverySession,
  { dataflow, segment }: SegmentJob,
  tried: Exclude<Tried, 'done' | 'nothing'>,
): Promise<void> {
  const { code, detail = '' } = tried
  await ports.counterparts.failed(options.solution.name, dataflow, segment, {
    code,
    detail,
    ...(tried.status === 'misconfigured' ? { setting: tried.setting } : {}),
    atMs: ports.clock.nowMs(),
  })
}
