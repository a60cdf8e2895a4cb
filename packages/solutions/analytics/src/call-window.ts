import { setTimeout as pause } from 'node:timers/promises'
import type { RateLimiter } from '@segue/solution-kit'

/**
 * A budget of calls in a sliding window, of this process alone: for the 2.0 APIs, whose limit is not the one that the engine's limiter keeps
 * (`reference/solutions.md` §2.3: 12 calls in 6 s a user). Several processes may meet 429 together, which is met by waiting.
 */
export function callWindow(options: {
  readonly calls: number
  readonly windowMs: number
  readonly nowMs: () => number
  readonly sleep?: (ms: number) => Promise<unknown>
}): RateLimiter {
  const { calls, windowMs, nowMs, sleep = pause } = options
  /** When the last `calls` calls go out, oldest first: some of them may still be waiting for it. */
  const times: number[] = []

  return {
    take: async (deadlineMs) => {
      const now = nowMs()
      const oldest = times.length < calls ? undefined : times[0]
      const atMs = oldest === undefined ? now : Math.max(now, oldest + windowMs)
      const waitMs = atMs - now
      if (waitMs > deadlineMs) return waitMs
      times.push(atMs)
      if (times.length > calls) times.shift()
      if (waitMs > 0) await sleep(waitMs)
      return 0
    },
  }
}
