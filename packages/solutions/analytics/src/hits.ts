import type { Delivery } from '@segue/solution-kit'
import type { CheckedRow } from './check-row.ts'
import { groupOf, visitorKey } from './visitor.ts'
import type { Visitor } from './visitor.ts'

/** One hit: a visitor came into a segment, or left it. */
export interface Hit {
  readonly key: string
  readonly visitor: Visitor
  readonly segmentId: string
  readonly status: Delivery['status']
  readonly revisionMs: number
}

/** Names what is known of one visitor in one segment. */
export function hitKey(visitor: Visitor, segmentId: string): string {
  return `${visitorKey(visitor)}\n${segmentId}`
}

/**
 * Turns rows into hits by visitor group, each group's in the order of revisions.
 *
 * A visitor and segment have one hit in a delivery, the newest revision, `exited` on a tie: timestamps have no milliseconds, so Analytics could
 * not tell which of two transitions in one second came last but by the order in which it was given them. Within a second the milliseconds of
 * the revisions keep that order; the rest (visitor, segment) only makes the same rows the same file, whatever order they came in.
 */
export function collate(
  rows: readonly CheckedRow[],
  groups: number,
): ReadonlyMap<number, readonly Hit[]> {
  const final = new Map<string, Hit>()
  for (const { row, segmentId, visitors } of rows) {
    for (const visitor of visitors) {
      const key = hitKey(visitor, segmentId)
      const other = final.get(key)
      if (other === undefined || supersedes(row, other)) {
        const { status, revisionMs } = row
        final.set(key, { key, visitor, segmentId, status, revisionMs })
      }
    }
  }
  const byGroup = new Map<number, Hit[]>()
  for (const hit of final.values()) {
    const group = groupOf(hit.visitor, groups)
    const hits = byGroup.get(group)
    if (hits === undefined) byGroup.set(group, [hit])
    else hits.push(hit)
  }
  for (const hits of byGroup.values()) hits.sort(byRevision)
  return byGroup
}

function supersedes(row: Delivery, other: Hit): boolean {
  if (row.revisionMs !== other.revisionMs) return row.revisionMs > other.revisionMs
  return row.status === 'exited'
}

function byRevision(left: Hit, right: Hit): number {
  if (left.revisionMs !== right.revisionMs) return left.revisionMs - right.revisionMs
  return left.key < right.key ? -1 : 1
}
