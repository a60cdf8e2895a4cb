import type { Clock } from '../clock/clock.ts'
import { freeCodes } from './errors.ts'
import type { MarketoSettings } from './settings.ts'

/** What one day's calls came to. */
export interface Day {
  /** `YYYY-MM-DD`, in CST. */
  readonly date: string
  calls: number
  readonly errors: Map<string, number>
}

/** The limits of an instance, shared by all who call it (reference §6.4). */
export interface Limits {
  /** Takes one call. Answers the code that refuses it, with what the message says; undefined where it may go on. */
  readonly take: () => readonly [code: string, ...details: string[]] | undefined
  /** A call that `take` let through has ended. */
  readonly release: () => void
  /** An error was answered: counted for the statistics. Where `take` let the call through and the code is free, it is given back. */
  readonly failed: (code: string, taken: boolean) => void
  /** Newest first, at most seven. */
  readonly days: () => readonly Day[]
}

/** Central Standard Time all year: the quota resets at 00:00 CST, and nothing speaks of summer time [I]. */
const cstOffsetMs = -6 * 3_600_000
const daysKept = 7

export function createLimits(settings: MarketoSettings, clock: Clock): Limits {
  const { callsPerWindow, windowMs, callsPerDay, concurrentCalls } = settings
  /** Times of the last calls, as a ring: the slot to be overwritten holds the call of `callsPerWindow` calls ago. */
  const recent = Array.from({ length: callsPerWindow }, () => Number.NEGATIVE_INFINITY)
  const days: Day[] = []
  let turn = 0
  let running = 0

  const today = (): Day => {
    const date = new Date(clock.nowMs() + cstOffsetMs).toISOString().slice(0, 10)
    const [latest] = days
    if (latest?.date === date) return latest
    const day: Day = { date, calls: 0, errors: new Map() }
    days.unshift(day)
    days.length = Math.min(days.length, daysKept)
    return day
  }

  return {
    take: () => {
      // A refused call is not counted: a client that waits 20 s gets through, however often it asked before [I].
      if (concurrentCalls > 0 && running >= concurrentCalls) return ['615']
      const now = clock.nowMs()
      if (callsPerWindow > 0 && now - (recent[turn] ?? Number.NEGATIVE_INFINITY) < windowMs) {
        return ['606', String(callsPerWindow), String(windowMs / 1000)]
      }
      const day = today()
      if (callsPerDay > 0 && day.calls >= callsPerDay) return ['607']
      if (callsPerWindow > 0) {
        recent[turn] = now
        turn = (turn + 1) % callsPerWindow
      }
      day.calls += 1
      running += 1
      return undefined
    },
    release: () => {
      running -= 1
    },
    failed: (code, taken) => {
      const day = today()
      day.errors.set(code, (day.errors.get(code) ?? 0) + 1)
      if (!taken || !freeCodes.has(code)) return
      day.calls = Math.max(0, day.calls - 1)
      if (callsPerWindow === 0) return
      turn = (turn + callsPerWindow - 1) % callsPerWindow
      recent[turn] = Number.NEGATIVE_INFINITY
    },
    days: () => {
      today()
      return days
    },
  }
}
