import type { Dataflow, Dataflows } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import {
  dataflowsChannel,
  dataflowsKey,
  dataflowsSettledKey,
  dataflowsVersionKey,
  partitionKeys,
} from './keys.ts'
import { loadScript } from './script.ts'
import { watchChannel } from './watch-channel.ts'

const putScript = loadScript('put-dataflow')
const removeScript = loadScript('remove-dataflow')
const raiseScript = loadScript('raise')

/** The sandbox's dataflows in Redis; changes are told by a channel, so that nobody has to ask. */
export function redisDataflows(
  redis: RedisConnection,
  sandbox: string,
  partitionCount: number,
): Dataflows {
  const key = dataflowsKey(sandbox)
  const versionKey = dataflowsVersionKey(sandbox)
  const settledKey = dataflowsSettledKey(sandbox)
  const channel = dataflowsChannel(sandbox)
  return {
    list: async () => {
      const all = await redis.hgetall(key)
      return Object.values(all)
        .map((json) => {
          const dataflow: Dataflow = JSON.parse(json)
          return dataflow
        })
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    },
    version: async () => Number((await redis.get(versionKey)) ?? 0),
    put: async (dataflow) => {
      // A worker that sees the version finds the dataflow, and so does one whose commit is refused for it.
      const version = await putScript.run(
        redis,
        [key, versionKey, settledKey],
        [dataflow.id, JSON.stringify(dataflow), dataflow.revision ?? ''],
      )
      if (typeof version !== 'number' || version === 0) return
      await Promise.all(
        Array.from({ length: partitionCount }, (_, partition) =>
          raiseScript.run(redis, [partitionKeys(sandbox, partition).dataflows], [version]),
        ),
      )
      await redis.publish(channel, dataflow.id)
    },
    settle: async (revision) => {
      await raiseScript.run(redis, [settledKey], [revision])
    },
    remove: async (id, revision) => {
      const removed = await removeScript.run(redis, [key, versionKey, settledKey], [id, revision])
      if (removed === 1) await redis.publish(channel, id)
    },
    watch: (changed) => watchChannel(redis, channel, changed),
  }
}
