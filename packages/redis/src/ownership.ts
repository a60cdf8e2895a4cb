import { randomBytes } from 'node:crypto'
import { livenessMs, type Ownership } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { livenessKey, partitionKeys } from './keys.ts'
import { loadScript } from './script.ts'

const takeScript = loadScript('take')
const releaseScript = loadScript('release')

/**
 * Partition ownership in Redis: the owner key holds `worker:nonce`, and each worker keeps one key alive.
 *
 * @param worker name of this worker; letters, digits and dashes
 */
export function redisOwnership(
  redis: Redis,
  sandbox: string,
  partitionCount: number,
  worker: string,
): Ownership {
  const liveness = livenessKey(sandbox, worker)
  return {
    renew: async () => {
      const [, [seconds, micros]] = await Promise.all([
        redis.set(liveness, '1', 'PX', livenessMs),
        redis.time(),
      ])
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
    },
    take: async (partition) => {
      const { owner } = partitionKeys(sandbox, partition)
      const present = (await redis.get(owner)) ?? ''
      const holder = workerOf(present)
      if (holder !== undefined && holder !== worker) {
        if ((await redis.exists(livenessKey(sandbox, holder))) === 1) return undefined
      }
      const nonce = `${worker}:${randomBytes(8).toString('hex')}`
      return (await takeScript.run(redis, [owner], [present, nonce])) === 1 ? nonce : undefined
    },
    release: async (partition, nonce) => {
      await releaseScript.run(redis, [partitionKeys(sandbox, partition).owner], [nonce])
    },
    leave: async () => {
      await redis.del(liveness)
    },
    owners: () =>
      Promise.all(
        Array.from({ length: partitionCount }, async (_, partition) =>
          workerOf((await redis.get(partitionKeys(sandbox, partition).owner)) ?? ''),
        ),
      ),
  }
}

function workerOf(owner: string): string | undefined {
  const end = owner.lastIndexOf(':')
  return end < 0 ? undefined : owner.slice(0, end)
}
