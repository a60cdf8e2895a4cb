import { unpackChunk, type Outbox, type OutboxRow, type Range } from '@segue/runtime'

/** A row that is still to be done. */
export interface PendingRow {
  readonly partition: number
  /** Undefined where no row of the outbox asks for it: what was told is to be told again. */
  readonly range: Range | undefined
  /** Position in the range. */
  readonly position: number
  readonly row: OutboxRow
}

/** Where a range is. */
export interface RangePointer {
  readonly partition: number
  readonly range: Range
}

/** The rows of a range that are still to be done; none where it is settled. */
export async function pendingRows(
  outbox: Outbox,
  { partition, range }: RangePointer,
): Promise<readonly PendingRow[]> {
  const [progress, chunks] = await Promise.all([
    outbox.progress(partition, range),
    outbox.chunks(partition, range.bucket, range.from, range.to),
  ])
  if (progress === undefined) return []
  return chunks
    .flatMap(unpackChunk)
    .map((row, position) => ({ partition, range, position, row }))
    .filter(({ position }) => progress[position] === '0')
}
