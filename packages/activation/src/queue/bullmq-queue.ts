import { DelayedError, withBackend, type ConnectionOptions, type JobsOptions } from 'bullmq'
import type { Traces } from '@segue/runtime'
import { bullTelemetry } from './bull-telemetry.ts'
import type { JobQueue, NewJob } from './job-queue.ts'
import { storeClockBackend, type StoreTime } from './store-clock-backend.ts'

/** Tries of a job whose run throws: trouble of ours (Redis away, a bug), not of a solution. Then it is kept as failed. */
const attempts = 10
/** Failed jobs kept for a person to see; the sweep brings back those that still have work. */
const failedKept = 1_000
/** Events kept a queue; nothing of ours reads them, Bull Board does a little. */
const eventsKept = 1_000
/** Seconds an idle worker waits before it asks again (BullMQ's own bound while jobs are delayed is 10). */
const drainDelaySecs = 30
/** A dead worker's job is run again after its lock has ended and somebody has looked: at most the sum of the two. */
const lockMs = 15_000
const stalledIntervalMs = 15_000

/** BullMQ takes jobs with a priority only when none without one waits. */
const backgroundPriority = 10

const jobOptions: JobsOptions = {
  attempts,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { count: failedKept },
  stackTraceLimit: 5,
  keepLogs: 0,
}

export interface BullQueueOptions {
  readonly name: string
  /** Keys' prefix with the queue's hash tag. */
  readonly prefix: string
  readonly connection: ConnectionOptions
  /** Redis' clock: delays go by it. */
  readonly clock: StoreTime
  /** Told of errors of the connection and of jobs that were given up. */
  readonly failed: (error: Error) => void
  /** Absent: jobs are not traced. */
  readonly traces?: Traces
}

/** A queue over BullMQ. */
export function bullmqQueue<Payload>(options: BullQueueOptions): JobQueue<Payload> {
  const { name, prefix, connection, clock, failed, traces } = options
  const { Queue, Worker } = withBackend(storeClockBackend(clock))
  const traced = traces === undefined ? {} : { telemetry: bullTelemetry(traces) }
  const queue = new Queue(name, {
    prefix,
    connection,
    defaultJobOptions: jobOptions,
    streams: { events: { maxLen: eventsKept } },
    ...traced,
  })
  queue.on('error', failed)

  const add = async (jobs: readonly NewJob<Payload>[]): Promise<void> => {
    if (jobs.length === 0) return
    await queue.addBulk(
      jobs.map((job) => ({
        name: job.name,
        data: job.payload,
        opts: {
          jobId: job.id,
          delay: Math.max(0, Math.round(job.delayMs)),
          timestamp: clock.nowMs(),
          ...(job.background === true ? { priority: backgroundPriority } : {}),
        },
      })),
    )
  }
  return {
    add,
    ensure: async (jobs) => {
      const given = await Promise.all(jobs.map((job) => queue.getJob(job.id)))
      await Promise.all(
        given.map(async (job) => {
          if (job !== undefined && (await job.isFailed()))
            await job.retry('failed', { resetAttemptsMade: true })
        }),
      )
      await add(jobs.filter((_, index) => given[index] === undefined))
    },
    work: async (run, { concurrency }) => {
      const worker = new Worker<Payload>(
        name,
        async (job, token) => {
          const outcome = await run({ id: job.id ?? '', payload: job.data })
          if (outcome.status === 'done') return
          await job.updateData(outcome.payload)
          // It keeps the difference to the process' own time, and counts it from the store's.
          await job.moveToDelayed(Date.now() + Math.max(1, Math.round(outcome.afterMs)), token)
          throw new DelayedError()
        },
        {
          prefix,
          connection,
          concurrency,
          drainDelay: drainDelaySecs,
          stalledInterval: stalledIntervalMs,
          // A stalled job is one whose worker died; how often that may happen has no bound worth losing rows for.
          maxStalledCount: 1_000,
          lockDuration: lockMs,
          ...traced,
        },
      )
      worker.on('error', failed)
      worker.on('failed', (_job, error) => failed(error))
      await worker.waitUntilReady()
      return { close: () => worker.close() }
    },
    hasten: () => queue.promoteJobs(),
    counts: async () => {
      const counts = await queue.getJobCounts(
        'waiting',
        'active',
        'delayed',
        'failed',
        'prioritized',
      )
      return {
        waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
        active: counts['active'] ?? 0,
        delayed: counts['delayed'] ?? 0,
        failed: counts['failed'] ?? 0,
      }
    },
    close: () => queue.close(),
  }
}
