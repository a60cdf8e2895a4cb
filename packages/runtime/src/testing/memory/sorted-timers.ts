import type { DueProfile } from '../../ports/partition-store.ts'

/** Profile keys by the time they are due, as a Redis sorted set has them: by time, then by key. */
export interface SortedTimers {
  readonly set: (profileKey: string, dueMs: number) => void
  readonly remove: (profileKey: string) => void
  /** Those due up to and including `nowMs`, the longest due first. */
  readonly due: (nowMs: number, limit: number) => DueProfile[]
  /** Earliest due time after `afterMs`; 0: none. */
  readonly nextMs: (afterMs: number) => number
}

export function sortedTimers(): SortedTimers {
  const sorted: DueProfile[] = []
  const dueTimes = new Map<string, number>()

  /** Position of the first timer that does not come before the given one. */
  const position = (dueMs: number, profileKey: string): number => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = sorted[middle]!
      const before = other.dueMs < dueMs || (other.dueMs === dueMs && other.profileKey < profileKey)
      if (before) low = middle + 1
      else high = middle
    }
    return low
  }
  const remove = (profileKey: string): void => {
    const dueMs = dueTimes.get(profileKey)
    if (dueMs === undefined) return
    sorted.splice(position(dueMs, profileKey), 1)
    dueTimes.delete(profileKey)
  }
  return {
    set: (profileKey, dueMs) => {
      remove(profileKey)
      sorted.splice(position(dueMs, profileKey), 0, { profileKey, dueMs })
      dueTimes.set(profileKey, dueMs)
    },
    remove,
    due: (nowMs, limit) =>
      sorted.slice(0, Math.min(limit, position(nowMs + 1, ''))).map((timer) => ({ ...timer })),
    nextMs: (afterMs) => sorted[position(afterMs + 1, '')]?.dueMs ?? 0,
  }
}
