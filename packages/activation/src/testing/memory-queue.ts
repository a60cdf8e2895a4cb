import type { Job, JobOutcome, JobQueue } from '../queue/job-queue.ts'
import { memoryJobs, type QueueTime } from './memory-jobs.ts'

/** A job is in work for as long as its run takes: who dies says so. */
const lockMs = Number.MAX_SAFE_INTEGER

/**
 * The queue's twin in memory, for one worker: delays, one job an id, repeats after a throw, and runs that never end (a worker
 * that dies: `kill` forgets them as a stalled worker would, and the job waits again).
 */
export function memoryQueue<Payload>(
  time: QueueTime,
): JobQueue<Payload> & { readonly kill: () => void } {
  const jobs = memoryJobs<Payload>(time)
  const running = new Map<string, Job<Payload>>()
  let run: ((job: Job<Payload>) => Promise<JobOutcome<Payload>>) | undefined
  let concurrency = 0
  let takes = 0
  let idle: (() => void)[] = []

  const pump = (): void => {
    for (;;) {
      if (run === undefined || running.size >= concurrency) return
      takes += 1
      const token = `${takes}`
      const job = jobs.take(token, lockMs)
      if (job === undefined) return
      running.set(token, job)
      void execute(job, token, run)
    }
  }
  const execute = async (
    job: Job<Payload>,
    token: string,
    runner: (job: Job<Payload>) => Promise<JobOutcome<Payload>>,
  ): Promise<void> => {
    const outcome = await runner(job).catch(() => undefined)
    // It was killed meanwhile.
    if (!running.delete(token)) return
    if (outcome === undefined) jobs.failed(job.id, token)
    else if (outcome.status === 'done') jobs.done(job.id, token)
    else {
      jobs.update(job.id, outcome.payload)
      jobs.delay(job.id, token, outcome.afterMs)
    }
    if (running.size === 0) for (const settled of idle.splice(0)) settled()
    pump()
  }
  // What begins to wait runs by a callback of time, not within the call that added it.
  jobs.watch(() => time.at(time.nowMs(), pump))

  return {
    add: async (added) => jobs.add(added),
    ensure: async (wanted) => jobs.ensure(wanted),
    work: async (runner, options) => {
      run = runner
      concurrency = options.concurrency
      pump()
      return {
        close: async () => {
          run = undefined
          if (running.size > 0) await new Promise<void>((resolve) => idle.push(resolve))
        },
      }
    },
    hasten: async () => jobs.hasten(),
    counts: async () => jobs.counts(),
    close: () => Promise.resolve(),
    kill: () => {
      idle = []
      const killed = [...running]
      running.clear()
      for (const [token, { id }] of killed) jobs.renew(id, token, 0)
      jobs.recover()
    },
  }
}
