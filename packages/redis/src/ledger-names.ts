import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'

/** Keys that one look at the keyspace goes through. */
const keysPerLook = 1_000

/**
 * `dataflow:solution` of every ledger, or hash of dead letters, that a partition has: those of dataflows that are gone too. Goes
 * through the names of all keys, so it is for what is rare.
 */
export async function ledgerNames(
  redis: RedisConnection,
  sandbox: string,
  partition: number,
): Promise<string[]> {
  const keys = partitionKeys(sandbox, partition)
  const names = new Set<string>()
  for (const prefix of [keys.ledgers, keys.letters]) {
    let cursor = '0'
    do {
      const [next, found] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', keysPerLook)
      cursor = next
      for (const key of found) names.add(key.slice(prefix.length))
    } while (cursor !== '0')
  }
  return [...names]
}
