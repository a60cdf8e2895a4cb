import { createErasure, type ErasureOptions, type ErasurePorts } from '../erase/erasure.ts'
import { erasureJob } from '../erase/erasure-job.ts'
import type { JobQueue } from '../queue/job-queue.ts'
import type { DeliveryJob, ErasureJob } from '../queue/jobs.ts'

/** Erasures at once: a proof reads a whole partition, and nobody waits for it by the second. */
const erasureConcurrency = 2
/** Requests whose job is looked after in one sweep of a partition; the others come with the next. */
const requestsPerSweep = 200

export interface ErasureRuns {
  /** Adds the jobs of requests that have none: whoever noted them may have died before adding it. */
  readonly sweep: (partition: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface ErasureRunsOptions extends Pick<ErasureOptions, 'dataflow' | 'done' | 'traces'> {
  readonly queue: JobQueue<ErasureJob>
  readonly queues: ReadonlyMap<string, JobQueue<DeliveryJob>>
  /** Whether this process drives them; one that does not sees to it that others do. */
  readonly works: boolean
}

/** Runs the erasures of one sandbox. */
export async function startErasures(
  ports: ErasurePorts,
  { queue, queues, works, ...told }: ErasureRunsOptions,
): Promise<ErasureRuns> {
  const erase = createErasure(ports, { ...told, queue: (solution) => queues.get(solution) })
  const worker = works
    ? await queue.work((job) => erase(job.payload), { concurrency: erasureConcurrency })
    : undefined
  return {
    sweep: async (partition) => {
      const requests = await ports.erasures.unfinished(partition)
      if (requests.length === 0) return
      const jobs = requests.slice(0, requestsPerSweep).map((id) => erasureJob(partition, id))
      await queue.ensure(jobs)
    },
    close: async () => {
      await worker?.close()
      await queue.close()
    },
  }
}
