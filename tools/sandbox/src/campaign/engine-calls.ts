import type { Clock } from '../clock/clock.ts'

/**
 * Calls of one instance in a day. The product enforces nothing (reference §4.1): the number is in the contract, which a
 * setting can stand for.
 */
export interface EngineCalls {
  /** Counts a call. False where the day's calls are used up. */
  readonly take: () => boolean
  readonly today: () => number
}

/** @param perDay 0 is no limit. The day is UTC's [I]. */
export function createEngineCalls(perDay: number, clock: Clock): EngineCalls {
  let day = ''
  let calls = 0
  const roll = (): void => {
    const today = new Date(clock.nowMs()).toISOString().slice(0, 10)
    if (today === day) return
    day = today
    calls = 0
  }
  return {
    take: () => {
      roll()
      if (perDay > 0 && calls >= perDay) return false
      calls += 1
      return true
    },
    today: () => {
      roll()
      return calls
    },
  }
}
