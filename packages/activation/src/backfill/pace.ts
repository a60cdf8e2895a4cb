/** How fast something may go on. */
export interface Pace {
  /** How long to wait before the next step, in milliseconds; 0: go on. */
  readonly waitMs: () => number
  /** Something of this size was done. */
  readonly done: (size: number) => void
}

/** Steps of at most `perSecond` together, whoever takes them. What was not used is not saved up. */
export function createPace(nowMs: () => number, perSecond: number): Pace {
  let freeMs = 0
  return {
    waitMs: () => Math.max(0, freeMs - nowMs()),
    done: (size) => {
      freeMs = Math.max(freeMs, nowMs()) + (size * 1_000) / perSecond
    },
  }
}
