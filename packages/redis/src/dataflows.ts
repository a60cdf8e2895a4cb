import type { Dataflow, Dataflows } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { dataflowsChannel, dataflowsKey, dataflowsVersionKey, partitionKeys } from './keys.ts'
import { loadScript } from './script.ts'

const raiseScript = loadScript('raise')

/** The sandbox's dataflows in Redis; changes are told by a channel, so that nobody has to ask. */
export function redisDataflows(redis: Redis, sandbox: string, partitionCount: number): Dataflows {
  const key = dataflowsKey(sandbox)
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
    version: async () => Number((await redis.get(dataflowsVersionKey(sandbox))) ?? 0),
    put: async (dataflow) => {
      await redis.hset(key, dataflow.id, JSON.stringify(dataflow))
      // In this order: a worker that sees the version finds the dataflow, and so does one whose commit is refused for it.
      const version = await redis.incr(dataflowsVersionKey(sandbox))
      await Promise.all(
        Array.from({ length: partitionCount }, (_, partition) =>
          raiseScript.run(redis, [partitionKeys(sandbox, partition).dataflows], [version]),
        ),
      )
      await redis.publish(channel, dataflow.id)
    },
    watch: async (changed) => {
      const subscriber = redis.duplicate({
        connectionName: 'segue-dataflows',
        maxRetriesPerRequest: null,
        // To subscribe twice does no harm, never to hear that it is done would.
        autoResendUnfulfilledCommands: true,
      })
      subscriber.on('error', () => {})
      subscriber.on('message', () => changed())
      await subscriber.subscribe(channel)
      // What changed while the connection was away is not told, so a reconnection counts as a change.
      subscriber.on('ready', () => changed())
      return async () => {
        await subscriber.quit().catch(() => subscriber.disconnect())
      }
    },
  }
}
