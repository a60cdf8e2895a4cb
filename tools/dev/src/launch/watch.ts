import { setTimeout as sleep } from 'node:timers/promises'
import { readStatus, type Gateway, type StreamCounts } from './gateway.ts'
import { booksOf } from './flow-books.ts'
import type { Run } from './run.ts'

const progressEveryMs = 500

/** Shows how far the run is until it is stopped. */
export function watch(
  { progress, signal }: Run,
  gateway: Gateway,
  flows: readonly string[],
  lines: number,
): { readonly streamed: (counts: StreamCounts) => void; readonly stop: () => void } {
  let events = 0
  const stopped = new AbortController()
  const end = AbortSignal.any([signal, stopped.signal])
  const show = async (): Promise<void> => {
    while (!end.aborted) {
      const { partitions, books } = await readStatus(gateway)
      const bySolution = Object.entries(booksOf(books, flows))
      progress.show(
        {
          events,
          eventsTotal: lines,
          changes: Math.max(0, ...bySolution.map(([, { received }]) => received)),
          delivered: Object.fromEntries(
            bySolution.map(([name, { activated }]) => [name, activated]),
          ),
          lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
        },
        Date.now(),
      )
      await sleep(progressEveryMs, undefined, { signal: end })
    }
  }
  // Progress is for the eye: a status that cannot be read once is no reason to end a run.
  void show().catch(() => {})
  return {
    streamed: ({ accepted, rejected }) => {
      events = accepted + rejected
    },
    stop: () => stopped.abort(),
  }
}
