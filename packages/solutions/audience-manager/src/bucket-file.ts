/** A `.sync` file of one data source as the bucket shows it. */
export interface BucketFile {
  readonly key: string
  /** The second in its name: the order of names is the order of truth. */
  readonly unixSeconds: number
  /** When it was stored, by the bucket's clock; 0 where that is not known. */
  readonly storedMs: number
  /** Compressed. */
  readonly bytes: number
  /** From then on it counts as processed without a receipt, epoch milliseconds. */
  readonly untilMs: number
  /** When its receipt was stored, by the bucket's clock. */
  readonly receiptMs?: number
  /** Why Audience Manager applied nothing of it, by its receipt. */
  readonly problem?: string
}

/** Whether the file is known to be processed. */
export function isProcessed(file: BucketFile, nowMs: number): boolean {
  return file.receiptMs !== undefined || nowMs >= file.untilMs
}

/**
 * Whether a file was processed before another one was stored, so that the other one is surely applied after it. Two times of the bucket are
 * compared, or two seconds of names, never a time of one clock with one of another; what is equal is not before.
 */
export function wasProcessedBefore(file: BucketFile, later: BucketFile): boolean {
  if (file.receiptMs !== undefined && file.receiptMs < later.storedMs) return true
  return later.unixSeconds * 1000 >= file.untilMs
}
