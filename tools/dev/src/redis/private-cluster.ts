import { join } from 'node:path'
import { formCluster, type ClusterServer } from '@segue/redis/testing'
import { freePort } from './free-port.ts'
import { startPrivateRedis, type PrivateRedis, type PrivateRedisOptions } from './private-redis.ts'

/** A Redis Cluster of three masters without replicas; taken as one Redis, it is its first master. */
export interface PrivateCluster extends PrivateRedis {
  readonly masters: readonly (PrivateRedis & ClusterServer)[]
}

/** Starts three masters with append-only files in folders of their own, on free ports of 127.0.0.1. */
export async function startPrivateCluster(
  dir: string,
  options: PrivateRedisOptions = {},
): Promise<PrivateCluster> {
  const masters: (PrivateRedis & ClusterServer)[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(masters.map((master) => master.stop()))
  }
  try {
    for (let index = 0; index < 3; index += 1) {
      const busPort = await freePort()
      const redis = await startPrivateRedis(join(dir, `master-${index}`), {
        ...options,
        redisSettings: {
          'cluster-enabled': 'yes',
          'cluster-port': String(busPort),
          ...options.redisSettings,
        },
      })
      masters.push({ ...redis, port: Number(new URL(redis.url).port), busPort })
    }
    await formCluster(masters)
    return {
      ...masters[0]!,
      masters,
      url: `redis://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
