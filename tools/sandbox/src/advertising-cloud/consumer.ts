import type { Clock } from '../clock/clock.ts'
import { createRandom } from '../random/random.ts'
import { parseMembershipLine } from './membership-line.ts'
import type { Segments } from './segments.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** What became of the lines: by fate, or by the problem for which one was left out. */
export type LineCounts = Readonly<Record<string, number>>

/** Reads the delivery stream into the segments. */
export interface Consumer {
  /** Takes records of one call; each holds one JSON line or several. */
  readonly add: (records: readonly Buffer[]) => void
  readonly counts: () => LineCounts
  /** Lines by external segment key that no mapping row had, and that were dropped. */
  readonly unmapped: () => LineCounts
  /** Records that wait. */
  readonly pending: () => number
  readonly processNow: () => void
  readonly snapshot: () => ConsumerState
  readonly restore: (state: ConsumerState) => void
}

interface Waiting {
  readonly dueMs: number
  readonly atMs: number
  readonly records: readonly string[]
}

export interface ConsumerState {
  readonly waiting: readonly Waiting[]
  readonly counts: LineCounts
  readonly unmapped: LineCounts
}

/** Unknown keys that are remembered by name. */
const unmappedKeys = 1000

/**
 * Lines that are due together are consumed in an order of their own, some of them twice: the stream promises neither order
 * nor once. Data flows for mapped segments only: a line whose segment has no mapping row when it is consumed is dropped [I].
 */
export function createConsumer(
  settings: AdvertisingCloudSettings,
  segments: Segments,
  context: { readonly clock: Clock; readonly seed: number; readonly touch: () => void },
): Consumer {
  const { clock, touch } = context
  const random = createRandom(context.seed)
  const counts = new Map<string, number>()
  const unmapped = new Map<string, number>()
  let waiting: Waiting[] = []

  const consume = (text: string, atMs: number): void => {
    const line = parseMembershipLine(text, settings.sourceKey)
    if (typeof line === 'string') {
      count(counts, line)
      return
    }
    const fate = segments.take(line, atMs)
    count(counts, fate)
    if (fate !== 'unmapped') return
    if (unmapped.size < unmappedKeys || unmapped.has(line.key)) count(unmapped, line.key)
  }

  const processLines = (isDue: (one: Waiting) => boolean): void => {
    const due = waiting.filter(isDue)
    if (due.length === 0) return
    waiting = waiting.filter((one) => !isDue(one))
    const lines = due.flatMap(({ records, atMs }) =>
      records
        .flatMap((record) => record.split('\n'))
        .filter((text) => text.trim() !== '')
        .map((text) => ({ text, atMs })),
    )
    const twice = lines.filter(() => random.next() * 100 < settings.duplicatePercent)
    for (const { text, atMs } of random.shuffle([...lines, ...twice])) consume(text, atMs)
    touch()
  }

  const waitFor = (one: Waiting): void => {
    waiting.push(one)
    clock.at(one.dueMs, () => processLines(({ dueMs }) => dueMs <= clock.nowMs()))
  }

  return {
    add: (records) => {
      const atMs = clock.nowMs()
      const lagMs = Math.ceil(settings.segmentLagMs * (0.5 + random.next() / 2))
      waitFor({ dueMs: atMs + lagMs, atMs, records: records.map((record) => record.toString()) })
      touch()
    },
    counts: () => Object.fromEntries(counts),
    unmapped: () => Object.fromEntries(unmapped),
    pending: () => waiting.reduce((sum, { records }) => sum + records.length, 0),
    processNow: () => processLines(() => true),
    snapshot: () => ({
      waiting,
      counts: Object.fromEntries(counts),
      unmapped: Object.fromEntries(unmapped),
    }),
    restore: (state) => {
      for (const [name, lines] of Object.entries(state.counts)) counts.set(name, lines)
      for (const [key, lines] of Object.entries(state.unmapped)) unmapped.set(key, lines)
      for (const one of state.waiting) waitFor(one)
    },
  }
}

function count(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1)
}
