import type { BucketTraces, TracedBucket } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'

/** A bucket that nobody activates for so long after its time has lost its trace. */
const keptMs = 3_600_000

/** Traces of buckets in Redis: one key each, which ends by itself. */
export function redisBucketTraces(redis: RedisConnection, sandbox: string): BucketTraces {
  const keyOf = (partition: number, { dataflow, dueMs }: TracedBucket): string =>
    `${partitionKeys(sandbox, partition).trace}${dataflow}:${dueMs}`
  return {
    note: (partition, bucket, trace) => {
      const leftMs = Math.max(0, bucket.dueMs - Date.now()) + keptMs
      redis.set(keyOf(partition, bucket), trace, 'PX', leftMs, 'NX').catch(() => {})
    },
    take: async (partition, bucket) => (await redis.getdel(keyOf(partition, bucket))) ?? undefined,
  }
}
