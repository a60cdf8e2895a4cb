/** A job to add. Jobs are pointers: no identity is in them (design §8). */
export interface NewJob<Payload> {
  /** No colons. A job with an id that the queue still has is not added again. */
  readonly id: string
  /** For people who look at the queue. */
  readonly name: string
  readonly payload: Payload
  readonly delayMs: number
  /** It runs only while no job waits that is not background. */
  readonly background?: boolean
}

/** A job in work. */
export interface Job<Payload> {
  readonly id: string
  readonly payload: Payload
}

/** What became of a job. `again`: it is not done; after `afterMs` it runs with `payload`. */
export type JobOutcome<Payload> =
  | { readonly status: 'done' }
  | { readonly status: 'again'; readonly afterMs: number; readonly payload: Payload }

/** Number of jobs by state. */
export interface JobCounts {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

export interface JobWorker {
  /** Takes no more jobs, and waits for those in work. */
  readonly close: () => Promise<void>
}

/** Delayed jobs with an id, run at least once. BullMQ is one; its twin in memory runs simulations and tests. */
export interface JobQueue<Payload> {
  readonly add: (jobs: readonly NewJob<Payload>[]) => Promise<void>
  /** Like `add`, and brings jobs back that the queue gave up on. */
  readonly ensure: (jobs: readonly NewJob<Payload>[]) => Promise<void>
  /**
   * Runs jobs, at most `concurrency` at once. A run that throws is repeated with back-off, as often as the queue allows.
   */
  readonly work: (
    run: (job: Job<Payload>) => Promise<JobOutcome<Payload>>,
    options: { readonly concurrency: number },
  ) => Promise<JobWorker>
  /** Has every delayed job run now. */
  readonly hasten: () => Promise<void>
  readonly counts: () => Promise<JobCounts>
  readonly close: () => Promise<void>
}
