import { createStoreClock, type StoreClock } from '@segue/redis'
import type { Time } from '../time/time.ts'

/** A process on a machine: it runs, is stopped for a while with all that it does, or is gone at once. */
export interface Host {
  readonly name: string
  readonly isGone: () => boolean
  readonly isPaused: () => boolean
  /** Something reaches the process: at once, when it wakes, or never. */
  readonly reach: (happen: () => void) => void
  readonly pause: () => void
  readonly wake: () => void
  readonly kill: () => void
  /** The store's time, as well as it is known here, by the product's own way to know it. */
  readonly clock: StoreClock
  /** Its machine's time of day is set anew. */
  readonly setClock: (aheadMs: number) => void
}

export function createHost(time: Time, name: string, aheadMs: number): Host {
  let isGone = false
  let isPaused = false
  let ahead = aheadMs
  let waiting: (() => void)[] = []

  const reach = (happen: () => void): void => {
    if (isGone) return
    if (isPaused) waiting.push(happen)
    else happen()
  }
  const startedMs = time.now()
  const storeClock = createStoreClock({
    monotonicMs: () => time.now() - startedMs,
    dateMs: () => Math.floor(time.now() + ahead),
  })
  const after: StoreClock['after'] = (delayMs, wake) => {
    let cancelled = false
    const cancel = time.after(delayMs, () =>
      reach(() => {
        if (!cancelled) wake()
      }),
    )
    return () => {
      cancelled = true
      cancel()
    }
  }
  return {
    name,
    isGone: () => isGone,
    isPaused: () => isPaused,
    reach,
    pause: () => {
      isPaused = true
    },
    wake: () => {
      isPaused = false
      const due = waiting
      waiting = []
      // Each as an event of its own: what one of them starts goes on before the next.
      for (const happen of due) time.after(0, () => reach(happen))
    },
    kill: () => {
      isGone = true
      waiting = []
    },
    clock: { ...storeClock, after, soon: (run) => void after(0, run) },
    setClock: (next) => {
      ahead = next
    },
  }
}
