import type { RunPart, Runs } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asNumber, asNumbers } from './reply.ts'

/** Hours of dataflows in Redis, as the scripts count them. */
export function redisRuns(redis: RedisConnection, sandbox: string): Runs {
  return {
    hours: async (partition, dataflow, { fromHour, toHour, limit }) => {
      const index = partitionKeys(sandbox, partition).runs + dataflow
      const range = [toHour, fromHour, 'BYSCORE', 'REV', 'LIMIT', 0, limit]
      return asArray(await redis.callBuffer('ZRANGE', [index, ...range])).map(asNumber)
    },
    parts: async (partition, dataflow, hours) => {
      if (hours.length === 0) return []
      const { run } = partitionKeys(sandbox, partition)
      return Promise.all(
        hours.map(async (hour) =>
          partOf(asNumbers(await redis.call('HGETALL', [`${run}${dataflow}:${hour}`]))),
        ),
      )
    },
  }
}

function partOf(fields: ReadonlyMap<string, number>): RunPart | undefined {
  if (fields.size === 0) return undefined
  const numbers = new Map(fields)
  numbers.delete('changedMs')
  return { numbers, changedMs: fields.get('changedMs') ?? 0 }
}
