/** The time that due times are measured by: Redis' own, as well as it is known here. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}

/** A clock that also wakes. Whoever waits by it, and by nothing else, can run on simulated time. */
export interface AlarmClock extends Clock {
  /** Calls `wake` once, `delayMs` from now; not at all where the returned function is called before that. */
  readonly after: (delayMs: number, wake: () => void) => () => void
  /** Calls `run` once what is under way now has gone as far as it can. Absent: `setImmediate`. */
  readonly soon?: (run: () => void) => void
}
