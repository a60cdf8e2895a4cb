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
 * In two halves: a full or old one takes the place of the one before, which goes as a whole. So noting costs the same however
 * many are remembered.
 *
 * @param limit memberships that are remembered at most, and at least half of them
 * @param keptMs what was told longer ago has reached the disk and the replicas: it goes after this time, at most twice of it
 */
export function createRecentTellings(limit: number, keptMs: number): RecentTellings {
  let young = new Map<string, Telling>()
  let old = new Map<string, Telling>()
  let youngSinceMs = -Infinity
  return {
    note: (telling) => {
      if (young.size >= limit / 2 || telling.toldMs - youngSinceMs > keptMs) {
        // Nothing for longer than both halves are kept: neither is worth anything.
        old = telling.toldMs - youngSinceMs > 2 * keptMs ? new Map() : young
        young = new Map()
        youngSinceMs = telling.toldMs
      }
      young.set(keyOf(telling), telling)
    },
    all: () => new Map([...old, ...young]).values(),
    forget: (telling) => {
      const key = keyOf(telling)
      for (const half of [young, old]) if (half.get(key) === telling) half.delete(key)
    },
  }
}

function keyOf({ partition, dataflow, segment, profileKey }: Telling): string {
  return `${partition}|${dataflow}|${segment}|${profileKey}`
}
