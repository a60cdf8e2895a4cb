import type { Job, JobCounts, JobOutcome, JobQueue, NewJob } from '../queue/job-queue.ts'

/** What the queue needs of time: the simulated clock of a test, or the real one. */
export interface QueueTime {
  readonly nowMs: () => number
  /** Calls back once, at or after the time. */
  readonly at: (timeMs: number, callback: () => void) => void
}

type State = 'waiting' | 'active' | 'delayed' | 'failed'

interface Kept<Payload> {
  job: NewJob<Payload>
  state: State
  dueMs: number
  tries: number
}

/** Tries of a job whose run throws, as with BullMQ. */
const attempts = 10

/**
 * The queue's twin in memory: delays, one job an id, repeats after a throw, and runs that never end (a worker that dies:
 * `kill` forgets them as a stalled worker would, and the job waits again).
 */
export function memoryQueue<Payload>(
  time: QueueTime,
): JobQueue<Payload> & { readonly kill: () => void } {
  const jobs = new Map<string, Kept<Payload>>()
  let run: ((job: Job<Payload>) => Promise<JobOutcome<Payload>>) | undefined
  let concurrency = 0
  let active = 0
  let era = 0
  let idle: (() => void)[] = []

  const wait = (kept: Kept<Payload>, delayMs: number): void => {
    kept.dueMs = time.nowMs() + delayMs
    kept.state = delayMs > 0 ? 'delayed' : 'waiting'
    time.at(kept.dueMs, pump)
  }
  const pump = (): void => {
    for (const kept of jobs.values()) {
      if (kept.state === 'delayed' && kept.dueMs <= time.nowMs()) kept.state = 'waiting'
    }
    for (const kept of [...jobs.values()].toSorted(liveFirst)) {
      if (kept.state !== 'waiting' || run === undefined || active >= concurrency) continue
      kept.state = 'active'
      active += 1
      void execute(kept, run, era)
    }
  }
  const execute = async (
    kept: Kept<Payload>,
    runner: (job: Job<Payload>) => Promise<JobOutcome<Payload>>,
    started: number,
  ): Promise<void> => {
    let outcome: JobOutcome<Payload> | undefined
    try {
      outcome = await runner({ id: kept.job.id, payload: kept.job.payload })
    } catch {
      outcome = undefined
    }
    if (started !== era) return
    active -= 1
    if (outcome?.status === 'done') jobs.delete(kept.job.id)
    else if (outcome === undefined) {
      kept.tries += 1
      if (kept.tries >= attempts) kept.state = 'failed'
      else wait(kept, 1_000 * 2 ** kept.tries)
    } else {
      kept.job = { ...kept.job, payload: outcome.payload }
      wait(kept, Math.max(1, outcome.afterMs))
    }
    if (active === 0) for (const settled of idle.splice(0)) settled()
    pump()
  }
  const add = (added: readonly NewJob<Payload>[]): Promise<void> => {
    for (const job of added) {
      if (jobs.has(job.id)) continue
      // Bytes, as with Redis: whoever runs the job gets a copy.
      const kept: Kept<Payload> = {
        job: { ...job, payload: structuredClone(job.payload) },
        state: 'waiting',
        dueMs: 0,
        tries: 0,
      }
      jobs.set(job.id, kept)
      wait(kept, job.delayMs)
    }
    return Promise.resolve()
  }
  const countOf = (state: State): number =>
    [...jobs.values()].filter((kept) => kept.state === state).length

  return {
    add,
    ensure: (wanted) => {
      for (const job of wanted) if (jobs.get(job.id)?.state === 'failed') jobs.delete(job.id)
      return add(wanted)
    },
    work: (runner, options) => {
      run = runner
      concurrency = options.concurrency
      pump()
      return Promise.resolve({
        close: async () => {
          run = undefined
          if (active > 0) await new Promise<void>((resolve) => idle.push(resolve))
        },
      })
    },
    hasten: () => {
      for (const kept of jobs.values()) if (kept.state === 'delayed') wait(kept, 0)
      pump()
      return Promise.resolve()
    },
    counts: (): Promise<JobCounts> =>
      Promise.resolve({
        waiting: countOf('waiting'),
        active: countOf('active'),
        delayed: countOf('delayed'),
        failed: countOf('failed'),
      }),
    close: () => Promise.resolve(),
    kill: () => {
      era += 1
      active = 0
      idle = []
      for (const kept of jobs.values()) if (kept.state === 'active') wait(kept, 0)
    },
  }
}

function liveFirst(one: Kept<unknown>, other: Kept<unknown>): number {
  return Number(one.job.background ?? false) - Number(other.job.background ?? false)
}
