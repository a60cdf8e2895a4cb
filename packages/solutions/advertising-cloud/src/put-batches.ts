import { batches } from '@segue/solution-kit'

/** Firehose's bounds of one call (`reference/solutions.md` §3.3, general knowledge). */
export interface CallLimits {
  readonly maxRecords: number
  /** Of the whole call as it is written: records in base64, and what is around them. */
  readonly maxBytes: number
  /** Of a record before base64. */
  readonly maxRecordBytes: number
}

export const callLimits: CallLimits = {
  maxRecords: 500,
  maxBytes: 4 * 1024 * 1024,
  maxRecordBytes: 1_000 * 1024,
}

/** `{"DeliveryStreamName":"…","Records":[]}` with the longest name, rounded up. */
const envelopeBytes = 128
/** `{"Data":""},` */
const recordEnvelopeBytes = 12

/**
 * Cuts records into calls that keep the bounds, order kept. Firehose does not say whether its 4 MiB are counted before or after base64: after, here, which
 * keeps both.
 */
export function putBatches<Item>(
  items: Iterable<Item>,
  bytesOf: (item: Item) => number,
  limits: CallLimits = callLimits,
): readonly (readonly Item[])[] {
  return batches(items, {
    maxCount: limits.maxRecords,
    maxBytes: limits.maxBytes - envelopeBytes,
    bytesOf: (item) => Math.ceil(bytesOf(item) / 3) * 4 + recordEnvelopeBytes,
  })
}
