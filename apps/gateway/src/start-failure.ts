/**
 * Why the gateway did not start, for whoever starts it: one line where it is something to set right (such errors have a code),
 * else all that is known.
 */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)}\n`
  return `${'code' in error ? error.message : (error.stack ?? error.message)}\n`
}
