/**
 * The time that the sandbox's servers live in: the machine's, moved forward by tests. Token ages, rate windows, quota
 * days and file lags are all read from it, so that a test can let a day pass at once.
 */
export interface Clock {
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** How far this clock is ahead of the machine's, milliseconds. */
  readonly offsetMs: () => number
  /** Moves the clock forward and runs what fell due. */
  readonly advance: (ms: number) => void
  /** A frozen clock moves only by `advance`. */
  readonly freeze: (frozen: boolean) => void
  /** Runs `run` once, at `dueMs` or as soon as possible after it, never inside this call. */
  readonly at: (dueMs: number, run: () => void) => void
  readonly close: () => void
}

/** Node's timers hold at most this much; a longer wait is armed again. */
const longestTimerMs = 2_000_000_000

export function createClock(options: { offsetMs?: number; frozen?: boolean } = {}): Clock {
  const due = new Set<{ dueMs: number; run: () => void }>()
  let offsetMs = options.offsetMs ?? 0
  let frozenAtMs = options.frozen === true ? Date.now() + offsetMs : undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const nowMs = (): number => frozenAtMs ?? Date.now() + offsetMs

  const arm = (): void => {
    clearTimeout(timer)
    if (closed || due.size === 0) return
    let nextMs = Number.POSITIVE_INFINITY
    for (const entry of due) nextMs = Math.min(nextMs, entry.dueMs)
    const waitMs = Math.max(0, nextMs - nowMs())
    // A frozen clock never reaches a later time by waiting; what is due already still runs.
    if (frozenAtMs !== undefined && waitMs > 0) return
    timer = setTimeout(runDue, Math.min(waitMs, longestTimerMs))
  }

  const runDue = (): void => {
    const now = nowMs()
    for (const entry of due) {
      if (entry.dueMs > now) continue
      due.delete(entry)
      entry.run()
    }
    arm()
  }

  return {
    nowMs,
    offsetMs: () => offsetMs,
    advance: (ms) => {
      offsetMs += ms
      if (frozenAtMs !== undefined) frozenAtMs += ms
      arm()
    },
    freeze: (frozen) => {
      if (frozen) frozenAtMs ??= nowMs()
      else if (frozenAtMs !== undefined) {
        offsetMs = frozenAtMs - Date.now()
        frozenAtMs = undefined
      }
      arm()
    },
    at: (dueMs, run) => {
      due.add({ dueMs, run })
      arm()
    },
    close: () => {
      closed = true
      clearTimeout(timer)
      due.clear()
    },
  }
}
