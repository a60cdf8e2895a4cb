import { parseTimestamp } from './timestamp.ts'

/** How far the clock of a sender may run ahead of ours (design §3). */
const maxAheadMs = 24 * 60 * 60 * 1_000

/** The latest time that an update may say it was made at. */
export function latestMs(nowMs: number): number {
  return nowMs + maxAheadMs
}

/**
 * A time of an update, epoch milliseconds. `undefined` where it is not a timestamp, and before
 * 1970: nothing qualified then, so that such a date is a field that was never filled. The far end
 * is the year 9999, the last that can be spelled.
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const ms = parseTimestamp(value)
  return ms === undefined || ms < 0 ? undefined : ms
}
