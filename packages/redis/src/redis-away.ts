/**
 * Whether an error says no more than that Redis cannot be reached. `openRedis` tells of that once; whoever waits for Redis
 * too need not repeat it with every try. A Redis that is there and does not answer is another matter.
 */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (away.has(error.name) || away.has(error.message)) return true
  if ('code' in error && typeof error.code === 'string' && away.has(error.code)) return true
  return isRedisAway(error.cause)
}

/** Names, messages and codes of the errors that the client gives its commands, and tells of, while there is no connection. */
const away: ReadonlySet<string> = new Set([
  'MaxRetriesPerRequestError',
  'AbortError',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])
