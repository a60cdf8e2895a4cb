import type { Clock } from '../clock/clock.ts'
import type { Entries } from './attributes.ts'
import type { IdKind, Profiles } from './profiles.ts'
import type { TargetSettings } from './settings.ts'

interface SingleUpdate {
  readonly kind: IdKind
  readonly id: string
  readonly entries: Entries
  readonly dueMs: number
}

/** Single profile updates: accepted at once, applied after their lag, a million in any rolling day (reference §5.2 B). */
export interface SingleUpdates {
  /** @returns whether there was room for it */
  readonly submit: (update: Omit<SingleUpdate, 'dueMs'>) => boolean
  readonly pending: () => number
  readonly processNow: () => void
  readonly snapshot: () => readonly SingleUpdate[]
  readonly restore: (kept: readonly SingleUpdate[]) => void
}

const dayMs = 86_400_000
/** The rolling day is counted by the minute. */
const minuteMs = 60_000
/** Updates that may wait where there is no daily limit. */
const waitingKept = 1_000_000

export function createSingleUpdates(options: {
  readonly settings: TargetSettings
  readonly profiles: Profiles
  readonly clock: Clock
  readonly touch: () => void
}): SingleUpdates {
  const { settings, profiles, clock, touch } = options
  let waiting: SingleUpdate[] = []
  let applied = 0
  let isArmed = false
  /** Calls of a minute, by its start; a day of them. */
  const minutes = new Map<number, number>()
  let lastDay = 0

  /** Applies from the front while `isDue`; the lag is one for all, so they fall due in the order in which they came. */
  const drain = (isDue: (dueMs: number) => boolean): void => {
    for (
      let next = waiting[applied];
      next !== undefined && isDue(next.dueMs);
      next = waiting[applied]
    ) {
      // Of a profile that is not there nothing is made, and nobody is told.
      profiles.update(next.kind, next.id, next.entries, clock.nowMs())
      applied += 1
    }
    if (applied > 0) touch()
    waiting = waiting.slice(applied)
    applied = 0
  }

  const arm = (): void => {
    const [first] = waiting
    if (isArmed || first === undefined) return
    isArmed = true
    clock.at(first.dueMs, () => {
      isArmed = false
      drain((dueMs) => dueMs <= clock.nowMs())
      arm()
    })
  }

  const takeQuota = (): boolean => {
    if (settings.singleUpdatesPerDay === 0) return true
    const minute = Math.floor(clock.nowMs() / minuteMs) * minuteMs
    for (const [start, calls] of minutes) {
      if (start > minute - dayMs) break
      minutes.delete(start)
      lastDay -= calls
    }
    if (lastDay >= settings.singleUpdatesPerDay) return false
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
    lastDay += 1
    return true
  }

  return {
    submit: (update) => {
      if (waiting.length >= waitingKept || !takeQuota()) return false
      waiting.push({ ...update, dueMs: clock.nowMs() + settings.singleLagMs })
      arm()
      touch()
      return true
    },
    pending: () => waiting.length,
    processNow: () => drain(() => true),
    snapshot: () => waiting,
    restore: (kept) => {
      waiting = [...kept]
      arm()
    },
  }
}
