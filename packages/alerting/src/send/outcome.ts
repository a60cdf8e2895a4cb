/** What became of one try to send a message. Codes are stable, and hold nothing of what the receiver said. */
export type SendOutcome =
  | { readonly status: 'sent' }
  | { readonly status: 'again'; readonly code: string; readonly afterMs?: number }
  /** No further try would do better. */
  | { readonly status: 'refused'; readonly code: string }

/** Tries of a message; with the delays below they reach over a little more than an hour. */
export const attemptsMax = 12
const firstDelayMs = 5_000
const delayMaxMs = 900_000

/**
 * Back-off before the next try.
 * @param attempt tries so far
 * @param afterMs what the receiver asked for at least
 */
export function sendDelayMs(attempt: number, afterMs = 0): number {
  const delayMs = Math.min(firstDelayMs * 2 ** (attempt - 1), delayMaxMs)
  return Math.min(Math.max(delayMs, afterMs), delayMaxMs)
}
