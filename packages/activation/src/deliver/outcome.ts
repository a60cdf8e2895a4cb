import { systemRandom } from '@segue/runtime'
import type { JobOutcome } from '../queue/job-queue.ts'
import type { DeliveryJob } from '../queue/jobs.ts'
import type { RowsEnd } from './deliver-rows.ts'
import type { DeliverySession } from './delivery-session.ts'
import { busyDelayMs, rowDelayMs } from './retry-policy.ts'

/** What becomes of a job whose rows ended so. */
export function outcomeOf(
  { ports }: DeliverySession,
  job: DeliveryJob,
  end: RowsEnd,
): JobOutcome<DeliveryJob> {
  if (end.remaining === 0) return { status: 'done' }
  return {
    status: 'again',
    afterMs: end.tried
      ? rowDelayMs(job.attempt, end.afterMs, (ports.random ?? systemRandom).number())
      : Math.max(end.afterMs, busyDelayMs),
    payload: end.tried ? { ...job, attempt: job.attempt + 1 } : job,
  }
}
