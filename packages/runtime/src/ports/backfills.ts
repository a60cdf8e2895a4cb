import type { BackfillMark, Bucket } from './partition-store.ts'

/** One order's comparison of what is true with what one solution was told, of one dataflow. */
export interface BackfillPlace extends BackfillMark {
  readonly dataflow: string
}

/** How far an order's comparison of one partition is. */
export interface BackfillProgress {
  /** `profiles`: the profile store is read; `ledger`: what the solution was told is; `ended`: both were. */
  readonly phase: 'profiles' | 'ledger' | 'ended'
  /** Where the phase goes on: '0' at its begin, else what the last read answered. */
  readonly cursor: string
  /** Of the store that gave the cursor; another run knows nothing of it. '' at the phase's begin. */
  readonly runId: string
  /** The committed offset when the order reached the partition: what changed later is routed by the stream. */
  readonly since: string
  /** Epoch milliseconds. */
  readonly startedMs: number
  /** Epoch milliseconds; 0: not yet. */
  readonly endedMs: number
  /** Profiles looked at, of how many there were at the start. */
  readonly scanned: number
  readonly profiles: number
  /** Rows appended. */
  readonly rows: number
  /** Of those, rows of changes since the order's `movedSinceMs`. */
  readonly moved: number
  /** Pages read: another number after each. */
  readonly pages: number
}

/** An order that reached a partition. */
export interface OpenedBackfill {
  /** Undefined: nothing was compared yet. */
  readonly progress: BackfillProgress | undefined
  /** The partition's committed offset. */
  readonly offset: string
  /** Profiles in the partition's store, and profiles that the solution was told of. */
  readonly profiles: number
  readonly told: number
}

/** A part of a partition's profiles, or of a ledger. */
export interface ScannedPart {
  readonly runId: string
  /** '0' at the end. */
  readonly cursor: string
  /** Packed profiles or ledger entries by profile key; one may be met twice. */
  readonly found: readonly { readonly profileKey: string; readonly packed: Buffer }[]
}

/** Rows that a page of a comparison found and that are due together: a bucket that is sealed from the start. */
export interface BackfillRows {
  /** Epoch milliseconds, a whole second; 0 where they need not wait. */
  readonly dueMs: number
  /** Packed chunks. */
  readonly chunks: readonly Uint8Array[]
  readonly count: number
}

export type BackfillOutcome =
  /** Each bucket needs its activation job. */
  | { readonly status: 'advanced'; readonly buckets: readonly Bucket[] }
  /** Somebody else read this page, or the progress is gone: open it again. */
  | { readonly status: 'moved' }
  /** The outbox holds too many rows. */
  | { readonly status: 'full' }

/**
 * Comparisons of a partition's state with what solutions were told, as design §8 has them: page after page beside the stream,
 * each page's rows and the progress in one step, so that a page counts once whoever dies.
 */
export interface Backfills {
  /**
   * Has the order reach the partition: from now on no commit goes by dataflows older than `dataflowsVersion`, so that what
   * is committed after `offset` is routed by dataflows that have the order.
   */
  readonly open: (
    partition: number,
    place: BackfillPlace,
    dataflowsVersion: number,
  ) => Promise<OpenedBackfill>
  /**
   * Reads the partition's profiles part after part. One that stays is met at least once, however the store changes meanwhile,
   * as long as the run is the same.
   * @param cursor '0' to begin; then what the last part answered
   */
  readonly scanProfiles: (partition: number, cursor: string, count: number) => Promise<ScannedPart>
  /** Reads a ledger so. */
  readonly scanLedger: (
    partition: number,
    dataflow: string,
    solution: string,
    cursor: string,
    count: number,
  ) => Promise<ScannedPart>
  /**
   * Appends a page's rows as sealed buckets, counts them as received and pending, and replaces the progress: all of it or
   * nothing, and only where the progress is still `before`.
   * @param outboxRowsMax where the partition's outbox would hold more rows, they are not taken; into an empty one they are
   */
  readonly advance: (
    partition: number,
    place: BackfillPlace,
    before: BackfillProgress | undefined,
    after: BackfillProgress,
    rows: readonly BackfillRows[],
    outboxRowsMax: number,
  ) => Promise<BackfillOutcome>
  /** All progress that is kept of a partition. */
  readonly all: (
    partition: number,
  ) => Promise<readonly { readonly place: BackfillPlace; readonly progress: BackfillProgress }[]>
  /**
   * Drops the progress of all orders but these, and those of the engine's own (`reconcileOrderId`). Nothing is dropped where the partition goes by newer dataflows than
   * `dataflowsVersion`: those may have orders that are not among them.
   */
  readonly prune: (
    partition: number,
    keep: readonly BackfillPlace[],
    dataflowsVersion: number,
  ) => Promise<void>
}
