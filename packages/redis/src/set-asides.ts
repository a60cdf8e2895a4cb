import type { SetAsides } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'
import { loadScript } from './script.ts'

const endScript = loadScript('set-aside-end')

/** What partitions set aside, in Redis. */
export function redisSetAsides(redis: RedisConnection, sandbox: string): SetAsides {
  const end = async (
    partition: number,
    place: string,
    payload: Uint8Array | '',
    records: number,
  ): Promise<boolean> => {
    const { setAside, log, counters } = partitionKeys(sandbox, partition)
    return (await endScript.run(redis, [setAside, log, counters], [place, payload, records])) === 1
  }
  return {
    list: async (partition) => {
      const { setAside } = partitionKeys(sandbox, partition)
      const flat = asArray(await redis.callBuffer('HGETALL', [setAside]))
      return Array.from({ length: flat.length / 2 }, (_, index) => ({
        place: asText(flat[index * 2]),
        packed: asBuffer(flat[index * 2 + 1]),
      }))
    },
    replay: (partition, place, { payload, records }) => end(partition, place, payload, records),
    discard: (partition, place) => end(partition, place, '', 0),
  }
}
