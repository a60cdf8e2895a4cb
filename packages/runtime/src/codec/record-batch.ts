import {
  AcknowledgedKind,
  DueKind,
  EraseKind,
  membershipStride,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import { packr } from './packr.ts'
import { isNumbers, isTexts, Unreadable, unknownVersion, unpacked } from './unreadable.ts'

/** One entry of a partition's log: records in order, with the segments they name, each written once. */
export interface RecordBatch {
  /** `namespace:id`; records name a segment by its index here. */
  readonly segments: readonly string[]
  readonly records: readonly LogRecord[]
}

/** Version of the packed shape; its first element. A reader of the next version reads this one too. */
export const batchVersion = 1

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
 * Checks all that stepping relies on: a slice is stepped in place, so what is wrong must be known before.
 *
 * @throws Unreadable where the payload is not a batch of a known version: written by a newer release, or damaged
 */
export function unpackBatch(payload: Uint8Array): RecordBatch {
  const stored = unpacked(payload)
  const [version, segments, records]: unknown[] = Array.isArray(stored) ? stored : []
  if (version !== batchVersion) {
    throw unknownVersion('LOG_ENTRY_UNREADABLE', 'log entry', version, batchVersion)
  }
  if (!isTexts(segments) || !areRecords(records, segments.length)) {
    throw new Unreadable('LOG_ENTRY_UNREADABLE', 'log entry is damaged: it is no batch', false)
  }
  return { segments, records }
}

function areRecords(records: unknown, segmentCount: number): records is LogRecord[] {
  return (
    Array.isArray(records) &&
    records.length <= recordsPerBatchLimit &&
    records.every((record) => isRecord(record, segmentCount))
  )
}

function isRecord(record: unknown, segmentCount: number): boolean {
  if (!Array.isArray(record) || typeof record[1] !== 'string') return false
  const [kind, , second, third, consent, consentAtMs]: unknown[] = record
  switch (kind) {
    case UpdateKind:
      return (
        isTexts(second) &&
        areMemberships(third, segmentCount) &&
        typeof consent === 'number' &&
        typeof consentAtMs === 'number'
      )
    case DueKind:
      return typeof second === 'number' && (third === 0 || third === 1)
    case EraseKind:
    case AcknowledgedKind:
      return true
    default:
      return false
  }
}

function areMemberships(memberships: unknown, segmentCount: number): boolean {
  if (!isNumbers(memberships) || memberships.length % membershipStride !== 0) return false
  for (let at = 0; at < memberships.length; at += membershipStride) {
    if (!(memberships[at]! >= 0 && memberships[at]! < segmentCount)) return false
  }
  return true
}
