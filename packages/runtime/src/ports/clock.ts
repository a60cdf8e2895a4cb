/** The time that due times are measured by: Redis' own, as well as it is known here. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}
