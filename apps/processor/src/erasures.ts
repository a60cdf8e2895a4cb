import {
  createErasure,
  erasureJob,
  erasureQueueName,
  type DeliveryJob,
  type ErasureJob,
  type ErasureOptions,
  type ErasurePorts,
  type JobQueue,
} from '@segue/activation'
import type { redisConfiguration } from '@segue/redis'
import type { Logger } from '@segue/telemetry'

/** Erasures at once: a proof reads a whole partition, and nobody waits for it by the second. */
const erasureConcurrency = 2
/** Requests whose job is looked after in one sweep of a partition; the others come with the next. */
const requestsPerSweep = 200

export interface ErasureRuns {
  /** Adds the jobs of requests that have none: whoever noted them may have died before adding it. */
  readonly sweep: (partition: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface SandboxErasures {
  readonly sandbox: string
  readonly dataflow: ErasureOptions['dataflow']
  readonly queues: ReadonlyMap<string, JobQueue<DeliveryJob>>
  readonly openQueue: (name: string) => JobQueue<ErasureJob>
  readonly configuration: Pick<ReturnType<typeof redisConfiguration>, 'record'>
  readonly log: Logger
  /** Whether this process drives them; one that does not sees to it that others do. */
  readonly works: boolean
}

/** Runs the erasures of one sandbox. */
export async function startErasures(
  ports: ErasurePorts,
  { sandbox, dataflow, queues, openQueue, configuration, log, works }: SandboxErasures,
): Promise<ErasureRuns> {
  const queue = openQueue(erasureQueueName)
  const erase = createErasure(ports, {
    dataflow,
    queue: (solution) => queues.get(solution),
    // In the audit it outlives the request; of the profile it holds the hash alone.
    done: async ({ id, hash, requestedBy, deleted }, proof) => {
      const after = { hash, requestedBy, deleted, proof }
      const entry = { actor: 'segue', action: 'erased', kind: 'privacyRequest', id }
      await configuration.record([{ ...entry, sandboxName: sandbox, after }])
    },
    traces: (request, { found }) =>
      log.warn({ sandbox, request, found }, 'traces of an erased profile are left; trying again'),
  })
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
