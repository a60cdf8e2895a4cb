import type { NewJob } from '../queue/job-queue.ts'
import type { ErasureJob } from '../queue/jobs.ts'

/** The job that drives an erasure from its request to its proof. A pointer: no identity is in it. */
export function erasureJob(partition: number, request: string): NewJob<ErasureJob> {
  return {
    id: `erase-${request}`,
    name: 'erase',
    payload: { partition, request },
    delayMs: 0,
  }
}
