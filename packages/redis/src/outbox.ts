import { bucketName, openName, parseBucketName, parseRange, rangeName } from '@segue/runtime'
import type { Bucket, Outbox, PlannedRange, RunPeriods } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'
import { loadScript } from './script.ts'

const sealScript = loadScript('seal')
const planScript = loadScript('plan', 'bookkeeping', 'backlog')

/** Buckets of changed memberships in Redis. */
export function redisOutbox(redis: RedisConnection, sandbox: string, runs: RunPeriods): Outbox {
  return {
    buckets: async (partition) => {
      const keys = partitionKeys(sandbox, partition)
      const [open, sealed] = await Promise.all([
        redis.hgetall(keys.open),
        redis.smembers(keys.sealed),
      ])
      return [
        ...Object.entries(open).map(([name, generation]) => ({
          bucket: parseBucketName(`${name}|${generation}`),
          sealed: false,
        })),
        ...sealed.map((name) => ({ bucket: parseBucketName(name), sealed: true })),
      ]
    },
    seal: async (partition, bucket) => {
      const keys = partitionKeys(sandbox, partition)
      const args = [openName(bucket), bucket.generation, bucketName(bucket)]
      return (await sealScript.run(redis, [keys.open, keys.sealed], args)) === 1
    },
    chunks: async (partition, bucket, from, to) => {
      const list = partitionKeys(sandbox, partition).outbox + bucketName(bucket)
      return asArray(await redis.callBuffer('LRANGE', [list, from, to])).map(asBuffer)
    },
    plan: async (partition, bucket, rows, ranges, bound = { heldRowsMax: 0 }) => {
      const oldestMs = bound.oldestMs ?? new Map<string, number>()
      const keys = partitionKeys(sandbox, partition)
      const name = bucketName(bucket)
      const reply = await planScript.run(
        redis,
        [
          keys.sealed,
          keys.plan + name,
          keys.outbox + name,
          keys.counters,
          keys.backlog,
          keys.books,
          keys.run,
          keys.runs,
        ],
        [
          name,
          rows,
          bound.heldRowsMax,
          runs.lengthMs,
          runs.keptMs,
          oldestMs.size,
          ...[...oldestMs].flat(),
          ...ranges.flatMap((range) => [rangeName(range), range.progress]),
        ],
      )
      return rangesOf(bucket, reply)
    },
    planned: async (partition, bucket) => {
      const plan = partitionKeys(sandbox, partition).plan + bucketName(bucket)
      const reply = asArray(await redis.callBuffer('HGETALL', [plan]))
      return reply.length === 0 ? undefined : rangesOf(bucket, reply)
    },
    progress: async (partition, range) => {
      const plan = partitionKeys(sandbox, partition).plan + bucketName(range.bucket)
      return (await redis.hget(plan, rangeName(range))) ?? undefined
    },
  }
}

/** A plan's fields: ranges, the number of the bucket's rows, and how many ranges each `=solution` has left. */
function rangesOf(bucket: Bucket, reply: unknown): PlannedRange[] {
  const flat = asArray(reply).map(asText)
  const ranges: PlannedRange[] = []
  for (let at = 0; at < flat.length; at += 2) {
    const field = flat[at]!
    if (field === 'rows' || field.startsWith('=')) continue
    ranges.push(parseRange(bucket, field, flat[at + 1]!))
  }
  return ranges.toSorted((one, other) => one.from - other.from)
}
