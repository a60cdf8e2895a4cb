import type { SolutionPause } from '@segue/runtime'

/** One hour of a dataflow at one solution (`reference/platform.md` §9.1). Counts of records. */
export interface RunObservation {
  readonly flowId: string
  readonly solution: string
  /** Epoch milliseconds, a whole hour. */
  readonly startedMs: number
  readonly received: number
  readonly activated: number
  readonly excluded: number
  readonly failed: number
  readonly pending: number
}

/** A sandbox at work, as far as alerts need to know. */
export interface Observation {
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** Flow → name. What is about other flows is not looked at. */
  readonly flows: ReadonlyMap<string, string>
  /** Runs that may still say something: those of the last hours, and older ones of which records are pending. */
  readonly runs: readonly RunObservation[]
  readonly pauses: readonly { readonly solution: string; readonly pause: SolutionPause }[]
  readonly deadLetters: readonly {
    readonly flowId: string
    readonly solution: string
    readonly count: number
  }[]
  readonly failedSegments: readonly {
    readonly flowId: string
    readonly solution: string
    readonly count: number
    /** Of one of them. */
    readonly code: string
  }[]
  /** Partitions whose log is not stepped to its end: since when its oldest entry waits, epoch milliseconds. */
  readonly lags: readonly { readonly partition: number; readonly oldestMs: number }[]
  readonly failedJobs: readonly { readonly queue: string; readonly count: number }[]
  /** How far the clocks of living workers’ machines are ahead of the store’s, milliseconds. */
  readonly clocks: readonly { readonly worker: string; readonly skewMs: number }[]
}
