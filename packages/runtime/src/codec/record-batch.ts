import type { LogRecord } from '@segue/profile'
import { packr } from './packr.ts'

/** One entry of a partition's log: records in order, with the segments they name, each written once. */
export interface RecordBatch {
  /** `namespace:id`; records name a segment by its index here. */
  readonly segments: readonly string[]
  readonly records: readonly LogRecord[]
}

/** Version of the packed shape; its first element. */
const batchVersion = 1

/** Records one batch may hold: a record's index is two bytes of its revision. */
export const recordsPerBatchLimit = 65_536

/** @returns the batch as it goes into the log */
export function packBatch(batch: RecordBatch): Buffer {
  return packr.pack([batchVersion, batch.segments, batch.records])
}

/**
 * A batch without records, of at least so many bytes. Redis keeps entries of a stream in blocks, and frees a block when all of it
 * is trimmed: behind an entry this large a new block begins, so that what was trimmed before it is gone from memory and disk too.
 */
export function packFiller(bytes: number): Buffer {
  return packr.pack([batchVersion, [], [], Buffer.alloc(bytes)])
}

/**
 * @throws Error where the payload is not a batch of a known version: written by a newer release, or damaged
 */
export function unpackBatch(payload: Uint8Array): RecordBatch {
  const [version, segments, records]: [number, string[], LogRecord[]] = packr.unpack(payload)
  if (version !== batchVersion) {
    throw new Error(`log entry has batch version ${version}, this release reads ${batchVersion}`)
  }
  return { segments, records }
}
