import { rowsPerChunkLimit, type Bucket, type OutboxRow, type PlannedRange } from '@segue/runtime'
import type { RowCounts } from '../queue/jobs.ts'

/** A range with what its job shows. */
export interface RangePlan {
  readonly range: PlannedRange
  readonly counts: RowCounts
  /** Time of the revision of its oldest row, epoch milliseconds. */
  readonly oldestMs: number
}

/**
 * Cuts a sealed bucket into ranges for each solution: whole chunks, together about `rowsPerChunkLimit` rows. Positions are
 * fixed, so that the same bucket always gives the same ranges.
 *
 * @param chunks the rows of each chunk, in order
 * @param solutions of the dataflow, in the order of the rows' bits
 * @param segmentName gives a segment's name from its index
 */
export function planBucket(
  bucket: Bucket,
  chunks: readonly (readonly OutboxRow[])[],
  solutions: readonly string[],
  segmentName: (segment: number) => string,
): RangePlan[] {
  const plans: RangePlan[] = []
  for (let from = 0; from < chunks.length;) {
    let to = from
    let size = chunks[from]?.length ?? 0
    while (to + 1 < chunks.length && size + (chunks[to + 1]?.length ?? 0) <= rowsPerChunkLimit) {
      to += 1
      size += chunks[to]?.length ?? 0
    }
    const rows = chunks.slice(from, to + 1).flat()
    for (const [bit, solution] of solutions.entries()) {
      const mask = 1 << bit
      const progress = rows.map((row) => ((row.solutions & mask) === 0 ? '1' : '0')).join('')
      if (!progress.includes('0')) continue
      const own = rows.filter((row) => (row.solutions & mask) !== 0)
      plans.push({
        range: { bucket, solution, from, to, progress },
        counts: countRows(own, segmentName),
        oldestMs: own.reduce((oldest, row) => Math.min(oldest, row.revisionMs), Infinity),
      })
    }
    from = to + 1
  }
  return plans
}

function countRows(
  rows: readonly OutboxRow[],
  segmentName: (segment: number) => string,
): RowCounts {
  const segments = new Map<string, number>()
  let realized = 0
  for (const row of rows) {
    const name = segmentName(row.segment)
    segments.set(name, (segments.get(name) ?? 0) + 1)
    if (row.realized) realized += 1
  }
  return {
    rows: rows.length,
    realized,
    exited: rows.length - realized,
    segments: Object.fromEntries(segments),
  }
}
