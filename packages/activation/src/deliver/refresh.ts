import type { JobOutcome, NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob, RefreshJob, ResendJob } from '../queue/jobs.ts'
import type { DeliverySession } from './delivery-session.ts'
import { outcomeOf } from './outcome.ts'
import { resend } from './resend.ts'

const segmentTurnMs = 1_000

/** The job that tells a solution again of what it would forget. */
export function refreshJob(dataflow: string): NewJob<DeliveryJob> {
  return {
    id: `refresh-${dataflow}`,
    name: 'refresh',
    payload: { kind: 'refresh', dataflow, attempt: 0 },
    delayMs: 0,
  }
}

/** Tells the solution again of what it would forget (Advertising Cloud: `reference/solutions.md` §3.1). */
export async function runRefresh(
  session: DeliverySession,
  job: RefreshJob,
): Promise<JobOutcome<DeliveryJob>> {
  const { ports, options } = session
  const { refreshAfterMs } = options.solution
  if (refreshAfterMs === undefined || options.dataflow(job.dataflow) === undefined) {
    return { status: 'done' }
  }
  const beforeMs = ports.clock.nowMs() - refreshAfterMs
  const end = await resend(
    session,
    job.dataflow,
    job.attempt,
    ({ record: { status, receiptMs } }) =>
      status === 'realized' && receiptMs > 0 && receiptMs <= beforeMs,
  )
  return outcomeOf(session, job, end)
}

/** Tells a counterpart that was made anew of everybody whom the one before it held. */
export async function runResend(
  session: DeliverySession,
  job: ResendJob,
): Promise<JobOutcome<DeliveryJob>> {
  const dataflow = session.options.dataflow(job.dataflow)
  if (dataflow === undefined) return { status: 'done' }
  const solution = session.options.solution.name
  // Not activated any more: there is nobody to tell.
  if (dataflow.segments[job.segment]?.solutions.includes(solution) !== true) {
    return { status: 'done' }
  }
  // This process may know the one before it, by which everybody has been told already.
  const counterpart = await session.remoteSegments.anew(dataflow, job.segment)
  if (counterpart.status !== 'ready') {
    return { status: 'again', afterMs: segmentTurnMs, payload: job }
  }
  const end = await resend(
    session,
    job.dataflow,
    job.attempt,
    ({ segment, record: { status, generation } }) =>
      segment === job.segment && status !== 'none' && generation !== counterpart.generation,
  )
  return outcomeOf(session, job, end)
}
