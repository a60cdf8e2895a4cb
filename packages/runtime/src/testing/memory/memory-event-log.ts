import type { AppendBounds, AppendOutcome, EventLog, LogEntry } from '../../ports/event-log.ts'
import { count, partitionOf, type MemoryPartition, type MemoryStore } from './memory-store.ts'

/** Partition logs in memory. Ids are as Redis makes them: the time, and a number where it did not move. */
export function memoryEventLog(store: MemoryStore): EventLog {
  return {
    append: async (appends, bounds) =>
      appends.map(({ partition, payload, records, trace }) =>
        appendOne(
          partitionOf(store, partition),
          payload,
          records,
          store.clock.nowMs(),
          bounds,
          trace,
        ),
      ),
    read: async (partition, afterId, { maxEntries, waitMs, signal }) => {
      const log = partitionOf(store, partition)
      if (signal.aborted) return []
      const present = entriesAfter(log, afterId, maxEntries)
      if (present.length > 0 || waitMs <= 0) return present
      const { losses } = store
      await new Promise<void>((resolve) => {
        const end = (): void => {
          log.readers.delete(end)
          signal.removeEventListener('abort', end)
          cancel()
          resolve()
        }
        const cancel = store.clock.after(waitMs, end)
        log.readers.add(end)
        signal.addEventListener('abort', end)
      })
      if (signal.aborted) return []
      if (store.losses !== losses) throw new Error('the store lost its tail')
      return entriesAfter(log, afterId, maxEntries)
    },
    trim: async (partition, offset) => {
      const { log } = partitionOf(store, partition)
      log.splice(0, firstAfter(log, offset))
    },
  }
}

/** Appends one entry, wakes who waits for it, and counts it. */
export function appendOne(
  partition: MemoryPartition,
  payload: Uint8Array,
  records: number,
  nowMs: number,
  { logBytesMax, outboxRowsMax }: AppendBounds = { logBytesMax: 0, outboxRowsMax: 0 },
  trace?: string,
): AppendOutcome {
  const { counters, log, readers } = partition
  const waiting = (counters.get('appendedBytes') ?? 0) - (counters.get('steppedBytes') ?? 0)
  if (logBytesMax > 0 && waiting + payload.byteLength > logBytesMax) return 'log-full'
  if (outboxRowsMax > 0 && (counters.get('outboxRows') ?? 0) >= outboxRowsMax) return 'outbox-full'
  if (nowMs > partition.lastMs) {
    partition.lastMs = nowMs
    partition.lastSequence = 0
  } else {
    partition.lastSequence += 1
  }
  log.push({
    ms: partition.lastMs,
    sequence: partition.lastSequence,
    payload: Buffer.from(payload),
    ...(trace === undefined ? {} : { trace }),
  })
  count(counters, 'appendedRecords', records)
  count(counters, 'appendedBytes', payload.byteLength)
  for (const wake of readers) wake()
  return 'appended'
}

function entriesAfter({ log }: MemoryPartition, afterId: string, maxEntries: number): LogEntry[] {
  const from = firstAfter(log, afterId)
  return log.slice(from, from + maxEntries).map(({ ms, sequence, payload, trace }) => ({
    id: `${ms}-${sequence}`,
    payload: Buffer.from(payload),
    ...(trace === undefined ? {} : { trace }),
  }))
}

/** Position of the first entry after `id`. */
function firstAfter(log: MemoryPartition['log'], id: string): number {
  const [ms = 0, sequence = 0] = id.split('-').map(Number)
  const found = log.findIndex(
    (entry) => entry.ms > ms || (entry.ms === ms && entry.sequence > sequence),
  )
  return found < 0 ? log.length : found
}
