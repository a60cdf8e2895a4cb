import type { Interruptions } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { isCluster, type RedisConnection } from './connection.ts'

/** Who watches a connection: it has one listener, however many sandboxes and solutions go over it. */
const watchers = new WeakMap<RedisConnection, Set<() => void>>()

/**
 * A connection that is there again. Whether it is the same server with all that it had, nobody asks: whoever watches compares
 * what it knows with what is there.
 */
export function redisInterruptions(redis: RedisConnection): Interruptions {
  return {
    watch: (interrupted) => {
      const watching = watchers.get(redis) ?? listen(redis)
      const watcher = (): void => interrupted()
      watching.add(watcher)
      return () => {
        watching.delete(watcher)
      }
    },
  }
}

function listen(redis: RedisConnection): Set<() => void> {
  const watching = new Set<() => void>()
  watchers.set(redis, watching)
  const tell = (): void => {
    for (const interrupted of watching) interrupted()
  }
  if (!isCluster(redis)) {
    redis.on('ready', tell)
    return watching
  }
  // Each node's connection goes and comes by itself; one that is new says so too, which costs a comparison.
  const watchNode = (node: Redis): void => {
    node.on('ready', tell)
  }
  for (const node of redis.nodes('master')) watchNode(node)
  redis.on('+node', watchNode)
  return watching
}
