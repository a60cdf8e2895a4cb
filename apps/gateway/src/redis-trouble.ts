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
  if (away.has(error.name) || away.has(error.message)) return 'Redis does not answer'
  if ('code' in error && typeof error.code === 'string' && away.has(error.code)) {
    return 'Redis does not answer'
  }
  return redisTrouble(error.cause)
}

/** Names, messages and codes of the errors that the client gives its commands when the connection is gone or silent. */
const away: ReadonlySet<string> = new Set([
  'MaxRetriesPerRequestError',
  'AbortError',
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])

const refusals: ReadonlyMap<string, string> = new Map([
  ['LOADING', 'Redis is loading its data'],
  ['READONLY', 'Redis is read-only: it has become a replica'],
  ['OOM', 'Redis is out of memory'],
  ['MISCONF', 'Redis cannot save to disk and refuses writes'],
])
