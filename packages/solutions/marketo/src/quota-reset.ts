const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

/**
 * Milliseconds until the daily quota of calls resets: 00:00 CST (`reference/solutions.md` §6.4).
 * CST is taken by its letter, UTC−6 all year. If Marketo means Central *time*, this is up to an hour late in summer; read the other way, a
 * wrong guess would wake up an hour early, be refused again, and lose a whole day.
 */
export function msUntilQuotaReset(nowMs: number): number {
  return dayMs - ((nowMs - 6 * hourMs) % dayMs)
}

/** The day whose quota is being used, as Marketo names it: `2026-11-23`, in CST. */
export function cstDate(nowMs: number): string {
  return new Date(nowMs - 6 * hourMs).toISOString().slice(0, 10)
}
