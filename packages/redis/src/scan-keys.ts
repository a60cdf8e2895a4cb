import type { Redis } from 'ioredis'
import { isCluster, type RedisConnection } from './connection.ts'

/** Keys that one look at the keyspace goes through. */
const keysPerLook = 1_000

/**
 * Names of all keys that match, a few at a time; one that comes or goes meanwhile may be among them or not.
 *
 * In a cluster each master is asked, and each but the last once more: a key that moves to another master while this goes on was
 * found before it went, or is where it went to by the time that one is asked after the other.
 *
 * @param prefix whatever follows it matches; without the letters that Redis' patterns give a meaning
 */
export async function* scanKeys(
  redis: RedisConnection,
  prefix: string,
): AsyncGenerator<readonly string[]> {
  if (!isCluster(redis)) {
    yield* scanServer(redis, prefix)
    return
  }
  // A master that is new holds nothing that this client was sent on to.
  await new Promise<void>((resolve, reject) => {
    redis.refreshSlotsCache((error) => {
      if (error) reject(error)
      else resolve()
    })
  })
  const masters = redis.nodes('master')
  const seen = new Set<string>()
  for (const master of [...masters, ...masters.slice(0, -1)]) {
    for await (const keys of scanServer(master, prefix)) {
      const fresh = keys.filter((key) => !seen.has(key))
      for (const key of fresh) seen.add(key)
      if (fresh.length > 0) yield fresh
    }
  }
}

async function* scanServer(redis: Redis, prefix: string): AsyncGenerator<readonly string[]> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', keysPerLook)
    cursor = next
    yield keys
  } while (cursor !== '0')
}
