import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { scanKeys } from './scan-keys.ts'

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
    for await (const found of scanKeys(redis, prefix)) {
      for (const key of found) names.add(key.slice(prefix.length))
    }
  }
  return [...names]
}
