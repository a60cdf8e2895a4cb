import type { AlarmClock } from '@segue/runtime'
import type { Telling } from './mend-ledger.ts'

/** What a solution was told lately by this process: what a ledger that lost its newest entries is compared with. */
export interface RecentTellings {
  readonly note: (telling: Telling) => void
  /** All that is remembered, each membership once, as it was told last. */
  readonly all: () => Iterable<Telling>
  /** Forgets this one, unless the membership was told again since. */
  readonly forget: (telling: Telling) => void
  /** Forgets everything, and remembers nothing any more. */
  readonly end: () => void
}

/**
 * In two halves: a full or old one takes the place of the one before, which goes as a whole. So noting costs the same however
 * many are remembered. An alarm sees to it that they go where nothing more is told, too: they are tens of megabytes after a flood.
 *
 * @param limit memberships that are remembered at most, and at least half of them
 * @param keptMs what was told longer ago has reached the disk and the replicas: it goes after this time, at most twice of it
 */
export function createRecentTellings(
  clock: AlarmClock,
  limit: number,
  keptMs: number,
): RecentTellings {
  let young = new Map<string, Telling>()
  let old = new Map<string, Telling>()
  let cancel: (() => void) | undefined
  let isEnded = false
  const turn = (): void => {
    cancel?.()
    old = young
    young = new Map()
    cancel = old.size === 0 ? undefined : clock.after(keptMs, turn)
  }
  return {
    note: (telling) => {
      if (isEnded) return
      if (young.size >= limit / 2) turn()
      cancel ??= clock.after(keptMs, turn)
      young.set(keyOf(telling), telling)
    },
    all: () => new Map([...old, ...young]).values(),
    forget: (telling) => {
      const key = keyOf(telling)
      for (const half of [young, old]) if (half.get(key) === telling) half.delete(key)
    },
    end: () => {
      isEnded = true
      cancel?.()
      young = new Map()
      old = new Map()
    },
  }
}

function keyOf({ partition, dataflow, segment, profileKey }: Telling): string {
  return `${partition}|${dataflow}|${segment}|${profileKey}`
}
