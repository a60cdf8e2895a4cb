/** Tries of a row whose solution answered `retry` for it; then it becomes a dead letter. Outages do not count. */
export const rowAttemptsMax = 10
const firstDelayMs = 1_000
const delayMaxMs = 300_000
/** Calls in a row that failed for every row: from here on it is the solution that has trouble, not the rows. */
export const failuresToOpen = 3
const outageDelayMaxMs = 60_000
/** A row that is to wait longer than this waits for something of its own (a trait that is too young), not for an outage to end. */
export const outageRetryMaxMs = 120_000
/** A wrong setting is looked at again after this long. */
export const misconfiguredDelayMs = 60_000
/** A profile that another delivery holds is asked for again after this long. */
export const busyDelayMs = 250

/**
 * Back-off before the next try of rows.
 * @param attempt tries so far
 * @param afterMs what the solution asked for at least
 * @param random a number from 0 to 1: half of the delay is jitter, so that workers do not come back together
 */
export function rowDelayMs(attempt: number, afterMs: number, random: number): number {
  const delayMs = Math.min(firstDelayMs * 2 ** attempt, delayMaxMs)
  return Math.max(afterMs, delayMs * (0.5 + random / 2))
}

/** How long nothing is sent to a solution of which `failures` calls in a row failed. */
export function outageDelayMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** (failures - failuresToOpen), outageDelayMaxMs)
}

/**
 * How long nothing is sent to a solution that asks for a pause of at least `afterMs`, the `count`th in a row: twice as long
 * each time, since whoever limits calls without saying for how long wants fewer of them (`reference/solutions.md` §7.6).
 */
export function pauseMs(afterMs: number, count: number): number {
  return Math.max(afterMs, Math.min(afterMs * 2 ** (count - 1), outageDelayMaxMs))
}

/**
 * When a row is looked at again that waits until a full state before it is applied: after as long as that has taken so far,
 * so that a solution that takes an hour is asked about few times.
 */
export function unappliedDelayMs(ageMs: number): number {
  return Math.min(Math.max(ageMs, firstDelayMs), outageDelayMaxMs)
}
