import type { Segment } from '@segue/model'
import { remoteSegmentId } from '@segue/solution-kit'

/** Columns of the published recipe, in its order (`reference/solutions.md` §3.2). */
const columns = [
  'External Segment Key',
  'Segment Name',
  'Segment Description',
  'Parent ID',
  'Video CPM',
  'Display CPM',
  'Segment Window (TTL)',
]

/** The longest name given to a segment, in UTF-16 units; Advertising documents no bound (proposed). */
export const maxSegmentName = 255

/**
 * A segment-mapping file of one row: CSV by RFC 4180, UTF-8. The description is exactly `remoteSegmentId`, by which a person or a program at the other end finds the
 * segment's origin; parent and prices are as the recipe has them.
 * @param displayName as people gave it; control characters are dropped, white space is collapsed, empty falls back to the id
 */
export function mappingFile(row: {
  readonly externalSegmentKey: string
  readonly segment: Segment
  readonly displayName: string
  readonly segmentWindowDays: number
}): string {
  const id = remoteSegmentId(row.segment)
  const values = [
    row.externalSegmentKey,
    segmentName(row.displayName, id),
    id,
    '',
    '0',
    '0',
    `${row.segmentWindowDays}`,
  ]
  return [columns, values].map((line) => `${line.map(csvField).join(',')}\n`).join('')
}

/** The name that the segment gets: one line, bounded; its id where people gave none. */
export function segmentName(displayName: string, id: string): string {
  return bounded(clean(displayName) || id)
}

function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

/** Cuts without splitting a character: no half of a surrogate pair is left. */
function bounded(text: string): string {
  const cut = text.slice(0, maxSegmentName)
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trim()
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
