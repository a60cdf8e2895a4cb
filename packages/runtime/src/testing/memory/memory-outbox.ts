import type { BacklogBound, Outbox, PlannedRange } from '../../ports/outbox.ts'
import type { Bucket } from '../../ports/partition-store.ts'
import {
  bucketName,
  parseBucketName,
  openName,
  rangeName,
  parseRange,
} from '../../codec/bucket-name.ts'
import { bookkeeping } from './bookkeeping.ts'
import { heldOf, hold, leaveOut } from './memory-backlogs.ts'
import {
  count,
  partitionOf,
  type MemoryPartition,
  type MemoryPlan,
  type MemoryStore,
} from './memory-store.ts'

/** Buckets of changed memberships in memory. */
export function memoryOutbox(store: MemoryStore): Outbox {
  return {
    buckets: async (partition) => {
      const { open, sealed } = partitionOf(store, partition)
      return [
        ...Array.from(open, ([name, generation]) => ({
          bucket: parseBucketName(`${name}|${generation}`),
          sealed: false,
        })),
        ...Array.from(sealed, (name) => ({ bucket: parseBucketName(name), sealed: true })),
      ]
    },
    seal: async (partition, bucket) => {
      const { open, sealed } = partitionOf(store, partition)
      if (open.get(openName(bucket)) !== bucket.generation) return sealed.has(bucketName(bucket))
      open.delete(openName(bucket))
      sealed.add(bucketName(bucket))
      return true
    },
    chunks: async (partition, bucket, from, to) => {
      const chunks = partitionOf(store, partition).outbox.get(bucketName(bucket)) ?? []
      return chunks
        .slice(from, to < 0 ? chunks.length + to + 1 : to + 1)
        .map((chunk) => Buffer.from(chunk))
    },
    plan: async (partition, bucket, rows, ranges, bound = { heldRowsMax: 0 }) =>
      planIn(store, partitionOf(store, partition), bucket, rows, ranges, bound),
    planned: async (partition, bucket) => {
      const plan = partitionOf(store, partition).plans.get(bucketName(bucket))
      return plan === undefined ? undefined : rangesOf(bucket, plan)
    },
    progress: async (partition, range) =>
      partitionOf(store, partition)
        .plans.get(bucketName(range.bucket))
        ?.ranges.get(rangeName(range)),
  }
}

function planIn(
  store: MemoryStore,
  partition: MemoryPartition,
  bucket: Bucket,
  rows: number,
  ranges: readonly PlannedRange[],
  { heldRowsMax, oldestMs }: BacklogBound,
): PlannedRange[] {
  const name = bucketName(bucket)
  if (!partition.sealed.has(name)) return []
  let plan = partition.plans.get(name)
  if (plan === undefined) {
    plan = { rows, ranges: new Map(), left: new Map() }
    const bySolution = Map.groupBy(
      ranges.filter(({ progress }) => progress.includes('0')),
      ({ solution }) => solution,
    )
    for (const [solution, own] of bySolution) {
      const of = `${bucket.dataflow}|${solution}`
      const isStream = bucket.backfill === undefined
      if (heldRowsMax > 0 && isStream && heldOf(partition, of) >= heldRowsMax) {
        leaveOut(partition, bookkeeping(store, partition), bucket, solution, own, oldestMs)
        continue
      }
      for (const range of own) plan.ranges.set(rangeName(range), range.progress)
      plan.left.set(solution, own.length)
      hold(partition, of, rows)
    }
    partition.plans.set(name, plan)
    if (plan.ranges.size === 0) dropBucket(partition, name, plan)
  }
  return rangesOf(bucket, plan)
}

/** Removes a bucket of which nothing is left to do. */
export function dropBucket(
  { plans, outbox, sealed, counters }: MemoryPartition,
  name: string,
  plan: MemoryPlan,
): void {
  plans.delete(name)
  outbox.delete(name)
  sealed.delete(name)
  count(counters, 'outboxRows', -plan.rows)
}

function rangesOf(bucket: Bucket, plan: MemoryPlan): PlannedRange[] {
  return Array.from(plan.ranges, ([name, progress]) =>
    parseRange({ ...bucket }, name, progress),
  ).toSorted((one, other) => one.from - other.from)
}
