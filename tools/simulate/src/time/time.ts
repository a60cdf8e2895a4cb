import type { AlarmClock } from '@segue/runtime'

/** The one true time of a simulation: events in order, each run to its end before the next. */
export interface Time {
  /** Milliseconds since the epoch, with parts. */
  readonly now: () => number
  /** Calls back once, `afterMs` from now. @returns takes it back */
  readonly after: (afterMs: number, happen: () => void) => () => void
  /**
   * Lets events happen until the time has come, or `over` says so. After each event everything that can go on does, until it
   * waits again: in memory nothing is waited for but events.
   */
  readonly run: (untilMs: number, over: () => boolean) => Promise<void>
  /** Events so far. */
  readonly events: () => number
  /** As a store has it: whole milliseconds. */
  readonly clock: AlarmClock
}

interface Event {
  readonly atMs: number
  readonly order: number
  happen: (() => void) | undefined
}

export function createTime(startMs: number): Time {
  let nowMs = startMs
  let events = 0
  let orders = 0
  const heap: Event[] = []

  const after = (afterMs: number, happen: () => void): (() => void) => {
    orders += 1
    const event: Event = { atMs: nowMs + Math.max(0, afterMs), order: orders, happen }
    push(heap, event)
    return () => {
      event.happen = undefined
    }
  }
  return {
    now: () => nowMs,
    after,
    events: () => events,
    clock: { nowMs: () => Math.floor(nowMs), after },
    run: async (untilMs, over) => {
      await everythingWaits()
      while (!over()) {
        const event = heap[0]
        if (event === undefined || event.atMs > untilMs) break
        pop(heap)
        if (event.happen === undefined) continue
        events += 1
        nowMs = event.atMs
        event.happen()
        await everythingWaits()
      }
      if (!over()) nowMs = Math.max(nowMs, untilMs)
    },
  }
}

function everythingWaits(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}

function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!isBefore(event, heap[above]!)) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1
    if (!isBefore(heap[below]!, last)) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = last
}
