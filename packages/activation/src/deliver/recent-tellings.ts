import type { Telling } from './mend-ledger.ts'

/** What a solution was told lately by this process: what a ledger that lost its newest entries is compared with. */
export interface RecentTellings {
  readonly note: (telling: Telling) => void
  /** All that is remembered, each membership once, as it was told last. */
  readonly all: () => Iterable<Telling>
  /** Forgets this one, unless the membership was told again since. */
  readonly forget: (telling: Telling) => void
}

/**
 * @param limit memberships that are remembered; the oldest go first
 * @param keptMs what was told longer ago has reached the disk and the replicas
 */
export function createRecentTellings(limit: number, keptMs: number): RecentTellings {
  // A map keeps the order in which its keys were set first.
  const tellings = new Map<string, Telling>()
  return {
    note: (telling) => {
      const key = keyOf(telling)
      tellings.delete(key)
      tellings.set(key, telling)
      for (const [oldest, { toldMs }] of tellings) {
        if (tellings.size <= limit && toldMs >= telling.toldMs - keptMs) return
        tellings.delete(oldest)
      }
    },
    all: () => tellings.values(),
    forget: (telling) => {
      const key = keyOf(telling)
      if (tellings.get(key) === telling) tellings.delete(key)
    },
  }
}

function keyOf({ partition, dataflow, segment, profileKey }: Telling): string {
  return `${partition}|${dataflow}|${segment}|${profileKey}`
}
