import { setAsidesLimit } from '../../ports/set-asides.ts'
import type { Bucket, Commit, CommitOutcome, PartitionStore } from '../../ports/partition-store.ts'
import { bookkeeping } from './bookkeeping.ts'
import { bucketName, openName } from '../../codec/bucket-name.ts'
import { eraseProfile } from './memory-erasures.ts'
import {
  count,
  entryOf,
  partitionOf,
  type MemoryPartition,
  type MemoryStore,
} from './memory-store.ts'

/** State, outbox and offset of partitions in memory. */
export function memoryPartitionStore(store: MemoryStore): PartitionStore {
  return {
    open: async (partition) => {
      const { offset, segments } = partitionOf(store, partition)
      return { offset, segments: [...segments] }
    },
    load: async (partition, profileKeys) => {
      const { profiles } = partitionOf(store, partition)
      return profileKeys.map((profileKey) => {
        const packed = profiles.get(profileKey)
        return packed === undefined ? undefined : Buffer.from(packed)
      })
    },
    commit: async (partition, commit) => commitTo(store, partitionOf(store, partition), commit),
    nextDueMs: async (partition, afterMs) => partitionOf(store, partition).timers.nextMs(afterMs),
    dueProfiles: async (partition, limit) =>
      partitionOf(store, partition).timers.due(store.clock.nowMs(), limit),
    counters: async (partition) => new Map(partitionOf(store, partition).counters),
    books: async (partition) => new Map(partitionOf(store, partition).books),
  }
}

/** Synchronous, so that nothing happens between its first check and its last write. */
function commitTo(store: MemoryStore, partition: MemoryPartition, commit: Commit): CommitOutcome {
  if (partition.owner !== commit.owner) return { status: 'fenced' }
  if (partition.offset !== commit.expectedOffset) return { status: 'moved' }
  if (store.dataflowsVersion > commit.dataflowsVersion) return { status: 'outdated' }
  const setAside = commit.setAside ?? []
  if (partition.setAside.size + setAside.length > setAsidesLimit) return { status: 'full' }
  for (const { place, packed } of setAside) partition.setAside.set(place, Buffer.from(packed))
  const { profiles, segments, timers, counters } = partition
  // What is written comes before what is removed, as in the script.
  for (const { profileKey, packed } of commit.profiles) {
    if (packed !== undefined) profiles.set(profileKey, Buffer.from(packed))
  }
  for (const { profileKey, packed } of commit.profiles) {
    if (packed === undefined) profiles.delete(profileKey)
  }
  for (const [index, segment] of commit.newSegments.entries()) {
    segments[commit.firstSegment + index] = segment
  }
  for (const { profileKey, dueMs } of commit.timers) if (dueMs > 0) timers.set(profileKey, dueMs)
  for (const { profileKey, dueMs } of commit.timers) if (dueMs === 0) timers.remove(profileKey)
  for (const [field, number] of commit.counters) if (number !== 0) count(counters, field, number)
  const keeping = bookkeeping(store, partition)
  for (const [field, number] of commit.books) {
    if (number !== 0) keeping.count(field, number, keeping.hour)
  }
  const opened = appendRows(partition, commit, keeping.hour)
  for (const erased of commit.erased ?? []) eraseProfile(store, partition, erased)
  partition.offset = commit.offset
  return { status: 'committed', opened, nextDueMs: timers.nextMs(0) }
}

/** Writes the commit's chunks. @returns the buckets that were opened for them */
function appendRows(
  { open, outbox, counters }: MemoryPartition,
  commit: Commit,
  hour: number,
): Bucket[] {
  const opened: Bucket[] = []
  for (const { dataflow, dueMs, chunk } of commit.outbox) {
    const name = openName({ dataflow, dueMs, hour })
    let generation = open.get(name)
    if (generation === undefined) {
      generation = count(counters, 'generation', 1)
      open.set(name, generation)
      opened.push({ dataflow, dueMs, generation, hour })
    }
    const bucket = bucketName({ dataflow, dueMs, generation, hour })
    entryOf(outbox, bucket, (): Buffer[] => []).push(Buffer.from(chunk))
  }
  return opened
}
