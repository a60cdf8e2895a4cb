import { excluded, failed, refusal, remoteSegmentId } from '@segue/solution-kit'
import type { Delivery, Refusal } from '@segue/solution-kit'
import type { AnalyticsSettings } from './settings.ts'
import { visitorOf } from './visitor.ts'
import type { Visitor, VisitorSettings } from './visitor.ts'

/** A row that Analytics will find valid, with its visitors, each once. */
export interface CheckedRow {
  readonly row: Delivery
  readonly segmentId: string
  readonly visitors: readonly Visitor[]
}

/** Bytes that a variable keeps of a value: eVars and list values 255, props 100 (general knowledge, not in the reference). */
function maxValueBytes(variable: string): number {
  return variable.startsWith('prop') ? 100 : 255
}

// 2000-01-01 to 9999-12-31: outside of it a revision is no time at all.
const earliestMs = 946_684_800_000
const latestMs = 253_402_300_799_999

/**
 * Checks all that would make a row invalid at Analytics, before anything is written: a file that was taken with invalid rows must not be sent
 * again, and bad rows that are sent later break the order (`reference/solutions.md` §2.2).
 */
export function checkRow(
  row: Delivery,
  settings: VisitorSettings & Pick<AnalyticsSettings, 'segmentVariable'>,
): CheckedRow | Refusal {
  const segmentId = remoteSegmentId(row.segment)
  if (row.remoteId !== segmentId) {
    return refusal('REMOTE_ID_INVALID', failed, 'the row’s remote id is not its segment’s id')
  }
  const trouble = segmentTrouble(segmentId, settings.segmentVariable)
  if (trouble !== undefined) return trouble
  const { revisionMs } = row
  if (!Number.isFinite(revisionMs) || revisionMs < earliestMs || revisionMs > latestMs) {
    return refusal('TIMESTAMP_INVALID', failed, 'the row’s revision is not a time')
  }
  const found = [...new Set(row.identities)].map((one) => visitorOf(one, settings))
  const visitors = found.filter((one): one is Visitor => typeof one !== 'string')
  if (visitors.length > 0) return { row, segmentId, visitors }
  if (found.includes('malformed')) {
    return refusal('IDENTITY_INVALID', failed, 'no identity of the row has the form that it needs')
  }
  return refusal('NO_IDENTITY', excluded, 'no identity of the row is in a namespace that is sent')
}

/** What keeps a segment's id from being a value of the variable; undefined where nothing does. */
export function segmentTrouble(segmentId: string, variable: string): Refusal | undefined {
  if (Buffer.byteLength(segmentId) > maxValueBytes(variable)) {
    const detail = `the segment’s id is longer than ${variable} can hold: ${maxValueBytes(variable)} bytes`
    return refusal('SEGMENT_ID_TOO_LONG', failed, detail)
  }
  // A list variable would read one id with a comma as two segments.
  const cut = variable.startsWith('list') && segmentId.includes(',')
  if (cut || /\p{Cc}/u.test(segmentId) || segmentId !== segmentId.trim()) {
    const detail = `the segment’s id has characters that ${variable} does not keep`
    return refusal('SEGMENT_ID_INVALID', failed, detail)
  }
  return undefined
}

export function isRefusal(checked: CheckedRow | Refusal): checked is Refusal {
  return 'status' in checked
}
