import type { Job, JobCounts, NewJob } from '../queue/job-queue.ts'

/** What the jobs need of time: a simulated one, or the real one. */
export interface QueueTime {
  readonly nowMs: () => number
  /** Calls back once, at or after the time. */
  readonly at: (timeMs: number, callback: () => void) => void
}

type State = 'waiting' | 'active' | 'delayed' | 'failed'

interface Kept<Payload> {
  readonly job: NewJob<Payload>
  readonly state: State
  readonly dueMs: number
  readonly tries: number
  /** Of the worker that has it in work; '' where none has. */
  readonly token: string
  readonly lockedUntilMs: number
}

/** A job that is kept, as a test sees it. */
export type KeptJob<Payload> = Pick<Kept<Payload>, 'job' | 'state' | 'dueMs'>

/** Tries of a job whose run throws, as with BullMQ. */
const attempts = 10

/**
 * The jobs of one queue as the server keeps them, for any number of workers: what BullMQ's scripts do, one synchronous step
 * each. What is answered `false` was refused, since the caller does not have the job in work any more.
 */
export interface MemoryJobs<Payload> {
  readonly add: (jobs: readonly NewJob<Payload>[]) => void
  readonly ensure: (jobs: readonly NewJob<Payload>[]) => void
  readonly hasten: () => void
  readonly counts: () => JobCounts
  /** The next job that waits, in work for this token until its lock ends. */
  readonly take: (token: string, lockMs: number) => Job<Payload> | undefined
  readonly renew: (id: string, token: string, lockMs: number) => boolean
  readonly done: (id: string, token: string) => boolean
  /** Whoever asks: BullMQ asks for no token here. */
  readonly update: (id: string, payload: Payload) => boolean
  readonly delay: (id: string, token: string, delayMs: number) => boolean
  /** Its run threw. */
  readonly failed: (id: string, token: string) => boolean
  /** Has jobs wait again whose lock has ended: those of workers that died. @returns how many */
  readonly recover: () => number
  /** Calls `listener` whenever a job begins to wait. @returns ends it */
  readonly watch: (listener: () => void) => () => void
  readonly all: () => readonly KeptJob<Payload>[]
  /** Remembers all jobs. @returns has them be as they were, as often as it is called */
  readonly moment: () => () => void
}

export function memoryJobs<Payload>(time: QueueTime): MemoryJobs<Payload> {
  const jobs = new Map<string, Kept<Payload>>()
  const listeners = new Set<() => void>()
  const free = { token: '', lockedUntilMs: 0 } as const

  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const promote = (): void => {
    let promoted = false
    for (const [id, kept] of jobs) {
      if (kept.state !== 'delayed' || kept.dueMs > time.nowMs()) continue
      jobs.set(id, { ...kept, state: 'waiting' })
      promoted = true
    }
    if (promoted) tell()
  }
  const wait = (kept: Kept<Payload>, delayMs: number): void => {
    const dueMs = time.nowMs() + Math.max(0, delayMs)
    const state = delayMs > 0 ? 'delayed' : 'waiting'
    // At the end of the queue, as whoever comes back is.
    jobs.delete(kept.job.id)
    jobs.set(kept.job.id, { ...kept, ...free, state, dueMs })
    if (delayMs > 0) time.at(dueMs, promote)
    else tell()
  }
  const held = (id: string, token: string): Kept<Payload> | undefined => {
    const kept = jobs.get(id)
    return kept?.state === 'active' && kept.token === token ? kept : undefined
  }
  const add = (added: readonly NewJob<Payload>[]): void => {
    for (const job of added) {
      if (jobs.has(job.id)) continue
      // Bytes, as with Redis: whoever runs the job gets a copy.
      const own = { ...job, payload: structuredClone(job.payload) }
      wait({ job: own, state: 'waiting', dueMs: 0, tries: 0, ...free }, job.delayMs)
    }
  }
  const countOf = (state: State): number =>
    [...jobs.values()].filter((kept) => kept.state === state).length

  return {
    add,
    ensure: (wanted) => {
      for (const job of wanted) if (jobs.get(job.id)?.state === 'failed') jobs.delete(job.id)
      add(wanted)
    },
    hasten: () => {
      for (const kept of jobs.values()) if (kept.state === 'delayed') wait(kept, 0)
    },
    counts: () => ({
      waiting: countOf('waiting'),
      active: countOf('active'),
      delayed: countOf('delayed'),
      failed: countOf('failed'),
    }),
    take: (token, lockMs) => {
      promote()
      const waiting = [...jobs.values()].filter(({ state }) => state === 'waiting')
      const next = waiting.find(({ job }) => job.background !== true) ?? waiting[0]
      if (next === undefined) return undefined
      const { id, payload } = next.job
      jobs.set(id, { ...next, state: 'active', token, lockedUntilMs: time.nowMs() + lockMs })
      return { id, payload: structuredClone(payload) }
    },
    renew: (id, token, lockMs) => {
      const kept = held(id, token)
      if (kept === undefined) return false
      jobs.set(id, { ...kept, lockedUntilMs: time.nowMs() + lockMs })
      return true
    },
    done: (id, token) => held(id, token) !== undefined && jobs.delete(id),
    update: (id, payload) => {
      const kept = jobs.get(id)
      if (kept === undefined) return false
      jobs.set(id, { ...kept, job: { ...kept.job, payload: structuredClone(payload) } })
      return true
    },
    delay: (id, token, delayMs) => {
      const kept = held(id, token)
      if (kept === undefined) return false
      wait(kept, Math.max(1, Math.round(delayMs)))
      return true
    },
    failed: (id, token) => {
      const kept = held(id, token)
      if (kept === undefined) return false
      const tries = kept.tries + 1
      if (tries >= attempts) jobs.set(id, { ...kept, ...free, tries, state: 'failed' })
      else wait({ ...kept, tries }, 1_000 * 2 ** tries)
      return true
    },
    recover: () => {
      const stalled = [...jobs.values()].filter(
        ({ state, lockedUntilMs }) => state === 'active' && lockedUntilMs <= time.nowMs(),
      )
      for (const kept of stalled) wait(kept, 0)
      return stalled.length
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    all: () => [...jobs.values()].map(({ job, state, dueMs }) => ({ job, state, dueMs })),
    moment: () => {
      const then = [...jobs]
      return () => {
        jobs.clear()
        for (const [id, kept] of then) jobs.set(id, kept)
        for (const { state, dueMs } of jobs.values()) {
          if (state === 'delayed') time.at(dueMs, promote)
        }
        tell()
      }
    },
  }
}
