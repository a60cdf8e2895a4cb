import { isRedisAway } from '@segue/redis'

/**
 * What is wrong with Redis, where that is why something failed: it is away, does not answer, or refuses commands by its
 * present state. Undefined for everything else, which is a defect of ours.
 */
export function redisTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const refusal =
    /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|OOM|MISCONF|TRYAGAIN|BUSY|NOREPLICAS)\b/
  const [, state] = refusal.exec(error.message) ?? []
  if (state !== undefined) return refusals.get(state) ?? `Redis refuses commands (${state})`
  if (isRedisAway(error) || error.message === 'Command timed out') return 'Redis does not answer'
  return redisTrouble(error.cause)
}

const refusals: ReadonlyMap<string, string> = new Map([
  ['LOADING', 'Redis is loading its data'],
  ['READONLY', 'Redis is read-only: it has become a replica'],
  ['OOM', 'Redis is out of memory'],
  ['MISCONF', 'Redis cannot save to disk and refuses writes'],
])
