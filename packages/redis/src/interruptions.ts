import type { Interruptions } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { isCluster, type RedisConnection } from './connection.ts'

/**
 * A connection that is there again. Whether it is the same server with all that it had, nobody asks: whoever watches compares
 * what it knows with what is there.
 */
export function redisInterruptions(redis: RedisConnection): Interruptions {
  return {
    watch: (interrupted) => {
      if (!isCluster(redis)) {
        redis.on('ready', interrupted)
        return () => {
          redis.off('ready', interrupted)
        }
      }
      // Each node's connection goes and comes by itself; one that is new says so too, which costs a comparison.
      const watched = new Set<Redis>()
      const watchNode = (node: Redis): void => {
        watched.add(node)
        node.on('ready', interrupted)
      }
      for (const node of redis.nodes('master')) watchNode(node)
      redis.on('+node', watchNode)
      return () => {
        redis.off('+node', watchNode)
        for (const node of watched) node.off('ready', interrupted)
      }
    },
  }
}
