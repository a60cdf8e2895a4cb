import type { Bucket } from './partition-store.ts'

/** A fixed part of a sealed bucket for one solution: chunks `from` to `to`, both included. */
export interface Range {
  readonly bucket: Bucket
  readonly solution: string
  readonly from: number
  readonly to: number
}

/** A range as the plan wrote it: which of its rows are for its solution. */
export interface PlannedRange extends Range {
  /** One character a row of the range: `0` to do, `1` done or not for this solution. */
  readonly progress: string
}

/** How much may be held for a solution (`Backlogs`). */
export interface BacklogBound {
  /** A solution for which so many rows are held gets no more. 0: no bound. */
  readonly heldRowsMax: number
  /** Solution → time of the revision of its oldest row in the bucket, epoch ms; absent: as old as can be. */
  readonly oldestMs?: ReadonlyMap<string, number>
}

/** Rows that a commit left to be activated. */
export interface Outbox {
  /** All buckets of the partition: open ones, and sealed ones that are not settled yet. */
  readonly buckets: (
    partition: number,
  ) => Promise<readonly { readonly bucket: Bucket; readonly sealed: boolean }[]>
  /** Seals a bucket: no commit writes to it any more. Again is no error. False where the bucket is gone (settled). */
  readonly seal: (partition: number, bucket: Bucket) => Promise<boolean>
  /** Chunks `from` to `to` (-1: the last) of a bucket, in order; fewer where the bucket is gone. */
  readonly chunks: (
    partition: number,
    bucket: Bucket,
    from: number,
    to: number,
  ) => Promise<readonly Buffer[]>
  /**
   * Writes the plan of a sealed bucket: its ranges with what is to do. Only the first plan counts; an empty one settles the bucket.
   * @param rows how many rows the bucket has
   * @param bound rows of a solution over it are left out, counted and marked in the same step; not those of a backfill
   * @returns ranges of the plan that counts, as far as they are not settled
   */
  readonly plan: (
    partition: number,
    bucket: Bucket,
    rows: number,
    ranges: readonly PlannedRange[],
    bound?: BacklogBound,
  ) => Promise<readonly PlannedRange[]>
  /** The plan of a bucket as far as it is not settled, or undefined where it has none. */
  readonly planned: (
    partition: number,
    bucket: Bucket,
  ) => Promise<readonly PlannedRange[] | undefined>
  /** Progress of a range, or undefined where it is settled. */
  readonly progress: (partition: number, range: Range) => Promise<string | undefined>
}
