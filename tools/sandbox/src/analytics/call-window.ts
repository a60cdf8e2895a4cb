import type { Clock } from '../clock/clock.ts'

/**
 * A limit of calls within a moving window. A call that is refused is not counted [I].
 * @param calls 0 for no limit
 * @returns whether one more call may go on; it is counted then
 */
export function createCallWindow(calls: number, windowMs: number, clock: Clock): () => boolean {
  /** Times of the last calls, oldest first; never more than the limit. */
  const times: number[] = []
  return () => {
    if (calls === 0) return true
    const now = clock.nowMs()
    if (times.length === calls && now - (times[0] ?? 0) < windowMs) return false
    times.push(now)
    if (times.length > calls) times.shift()
    return true
  }
}
