import { crc32 } from 'node:zlib'
import type {
  BackfillOutcome,
  BackfillPlace,
  BackfillProgress,
  BackfillRows,
  Backfills,
  ScannedPart,
} from '../../ports/backfills.ts'
import { reconcileOf } from '../../ports/backlogs.ts'
import { bookField, type Bucket } from '../../ports/partition-store.ts'
import { bookkeeping, type Bookkeeping } from './bookkeeping.ts'
import { bucketName } from '../../codec/bucket-name.ts'
import { count, partitionOf, type MemoryPartition, type MemoryStore } from './memory-store.ts'

const nothing: ReadonlyMap<string, Buffer> = new Map()

/** Comparisons of state and ledger in memory. A run of the store has an order of its own, in which its cursors are places. */
export function memoryBackfills(store: MemoryStore): Backfills {
  return {
    open: async (partition, place, dataflowsVersion) => {
      const { backfills, offset, profiles, ledgers } = partitionOf(store, partition)
      if (dataflowsVersion > store.dataflowsVersion) {
        throw new RangeError('there are no dataflows of this version yet')
      }
      const json = backfills.get(fieldOf(place))
      return {
        progress: json === undefined ? undefined : progressOf(json),
        offset,
        profiles: profiles.size,
        told: ledgers.get(`${place.dataflow}:${place.solution}`)?.size ?? 0,
      }
    },
    scanProfiles: async (partition, cursor, limit) =>
      scan(store, partitionOf(store, partition).profiles, cursor, limit),
    scanLedger: async (partition, dataflow, solution, cursor, limit) => {
      const { ledgers } = partitionOf(store, partition)
      return scan(store, ledgers.get(`${dataflow}:${solution}`) ?? nothing, cursor, limit)
    },
    advance: async (partition, place, before, after, rows, outboxRowsMax) => {
      const held = partitionOf(store, partition)
      return advance(held, bookkeeping(store, held), place, before, after, rows, outboxRowsMax)
    },
    all: async (partition) =>
      Array.from(partitionOf(store, partition).backfills, ([field, json]) => {
        const [dataflow = '', order = '', solution = ''] = field.split('|')
        return { place: { dataflow, order, solution }, progress: progressOf(json) }
      }),
    prune: async (partition, keep, dataflowsVersion) => {
      if (store.dataflowsVersion > dataflowsVersion) return
      const { backfills } = partitionOf(store, partition)
      const kept = new Set(keep.map(fieldOf))
      for (const field of backfills.keys()) {
        const isOwn = reconcileOf(field.split('|')[1] ?? '') !== undefined
        if (!kept.has(field) && !isOwn) backfills.delete(field)
      }
    },
  }
}

function scan(
  { runs }: MemoryStore,
  held: ReadonlyMap<string, Buffer>,
  cursor: string,
  limit: number,
): ScannedPart {
  const runId = `run${runs}`
  const places = Array.from(held, ([profileKey, packed]) => ({
    place: `${crc32(runId + profileKey)
      .toString(16)
      .padStart(8, '0')}-${profileKey}`,
    profileKey,
    packed: Buffer.from(packed),
  })).toSorted((one, other) => (one.place < other.place ? -1 : 1))
  const rest = places.filter(({ place }) => cursor === '0' || place > cursor)
  const found = rest.slice(0, limit)
  return {
    runId,
    cursor: rest.length > found.length ? (found.at(-1)?.place ?? '0') : '0',
    found: found.map(({ profileKey, packed }) => ({ profileKey, packed })),
  }
}

/** Synchronous, so that nothing happens between its first check and its last write. */
function advance(
  partition: MemoryPartition,
  keeping: Bookkeeping,
  place: BackfillPlace,
  before: BackfillProgress | undefined,
  after: BackfillProgress,
  rows: readonly BackfillRows[],
  outboxRowsMax: number,
): BackfillOutcome {
  const { backfills, counters, sealed, outbox } = partition
  const present = backfills.get(fieldOf(place))
  if (present !== (before === undefined ? undefined : JSON.stringify(before))) {
    return { status: 'moved' }
  }
  const total = rows.reduce((sum, one) => sum + one.count, 0)
  const waiting = counters.get('outboxRows') ?? 0
  if (total > 0 && waiting > 0 && waiting + total > outboxRowsMax) return { status: 'full' }
  const { dataflow, order, solution } = place
  const { hour } = keeping
  const buckets = rows.map(({ dueMs, chunks }): Bucket => {
    const generation = count(counters, 'generation', 1)
    const bucket = { dataflow, dueMs, generation, hour, backfill: { order, solution } }
    const name = bucketName(bucket)
    outbox.set(
      name,
      chunks.map((chunk) => Buffer.from(chunk)),
    )
    sealed.add(name)
    return bucket
  })
  if (total > 0) {
    count(counters, 'outboxRows', total)
    for (const field of ['received', 'pending']) {
      keeping.count(bookField(dataflow, solution, field), total, hour)
    }
  }
  backfills.set(fieldOf(place), JSON.stringify(after))
  return { status: 'advanced', buckets }
}

function fieldOf({ dataflow, order, solution }: BackfillPlace): string {
  return `${dataflow}|${order}|${solution}`
}

function progressOf(json: string): BackfillProgress {
  const progress: BackfillProgress = JSON.parse(json)
  return progress
}
