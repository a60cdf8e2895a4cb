import type { Delivery } from '@segue/solution-kit'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A row this old does not tell of a change that happened just now: it is a refresh, a backfill, or a repeat after a long outage. */
const renewedFromAgeMs = dayMs
/** How far in the past a renewed line's time lies: longer than any change waits in the log before it is stepped. */
const renewalLagMs = 12 * hourMs

/**
 * The time by which a line is ordered, epoch milliseconds. It is the revision's, so that whatever order lines arrive in and however often, the newest state wins.
 *
 * One exception: a join that is sent long after its revision. Advertising is to ignore a line whose key, identity and time it has seen
 * (`reference/solutions.md` §3.3), so a refresh with the old time would renew nothing and the member would lapse. Such a join says "a member still,
 * as of now"; it takes a time between its revision and now, far enough back that a change which is still on its way here has a newer one, and the same for
 * every repeat within an hour.
 */
export function lineTimeMs(row: Pick<Delivery, 'status' | 'revisionMs'>, nowMs: number): number {
  const { status, revisionMs } = row
  if (status === 'exited' || nowMs - revisionMs < renewedFromAgeMs) return revisionMs
  return Math.floor((nowMs - renewalLagMs) / hourMs) * hourMs
}
