import type { JobOutcome, JobQueue, NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob, RetireJob, UpkeepJob } from '../queue/jobs.ts'
import { refreshJob } from './refresh.ts'

/** A refresh looks so often within the time after which it tells again. */
const looksPerRefresh = 8
const lookAtMostEveryMs = 60_000
const dayMs = 86_400_000

/** Where upkeep adds its jobs. */
export interface UpkeepRoute {
  readonly queue: JobQueue<DeliveryJob>
  /** See `Solution.refreshAfterMs`. */
  readonly refreshAfterMs: number | undefined
}

/** Removes what is left of a dataflow: see `createRetire`. */
export type Retire = (job: RetireJob) => Promise<JobOutcome<UpkeepJob>>

/** The job that sees to a dataflow's refreshes at a solution; it comes back by itself, without end. */
export function upkeepJob(solution: string, dataflow: string): NewJob<UpkeepJob> {
  return {
    id: `refresh-${dataflow}-${solution}`,
    name: `refresh ${solution}`,
    payload: { solution, dataflow },
    delayMs: 0,
  }
}

/**
 * Runs upkeep jobs. They have a queue of their own, since a clock that waits for next week is no work under way.
 *
 * @param route undefined for a solution or a dataflow that nobody here knows any more
 */
export function createUpkeep(
  route: (solution: string, dataflow: string) => UpkeepRoute | undefined,
  retire: Retire,
): (job: UpkeepJob) => Promise<JobOutcome<UpkeepJob>> {
  return async (job) => {
    if (job.kind === 'retire') return retire(job)
    const { queue, refreshAfterMs } = route(job.solution, job.dataflow) ?? {}
    if (queue === undefined || refreshAfterMs === undefined) return { status: 'done' }
    await queue.ensure([refreshJob(job.dataflow)])
    const everyMs = Math.min(Math.max(refreshAfterMs / looksPerRefresh, lookAtMostEveryMs), dayMs)
    return { status: 'again', afterMs: everyMs, payload: job }
  }
}
