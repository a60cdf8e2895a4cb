import { createHash } from 'node:crypto'
import type { Hit } from './hits.ts'
import type { AnalyticsSettings } from './settings.ts'

/** A hit as it stands in a file, without its line end. */
export interface HitLine {
  readonly hit: Hit
  readonly line: string
}

/** One file of a visitor group: hits in order, as CSV. */
export interface HitFile {
  readonly rows: readonly HitLine[]
  readonly text: string
  /**
   * The file's idempotency key, a UUID made from group, content and the revisions' milliseconds: the same hits have the same key, also in
   * another process after a crash. Content alone is not enough: in, out and in again within one second would write the first file twice, and the
   * third transition would be taken for the first.
   */
  readonly key: string
}

/** The settings that a line is made of. */
export type LineSettings = Pick<
  AnalyticsSettings,
  | 'reportSuiteId'
  | 'userAgent'
  | 'linkName'
  | 'segmentVariable'
  | 'transitionVariable'
  | 'enteredEvent'
  | 'exitedEvent'
  | 'visitorIdNamespaces'
  | 'seedCustomerIdType'
>

/** Line end of RFC 4180. */
const lineEnd = '\r\n'

interface Column {
  readonly name: string
  readonly valueOf: (hit: Hit) => string
}

/**
 * Writes files' lines (`reference/solutions.md` §2.2): a custom link a hit, with the segment's id, the transition and its event. Times are those of
 * the revisions in whole seconds: Analytics takes no milliseconds. The last column is never empty, for a comma at a line's end is not allowed.
 */
export interface HitWriter {
  readonly header: string
  readonly write: (hit: Hit) => HitLine
}

export function hitWriter(settings: LineSettings): HitWriter {
  const columns = columnsOf(settings)
  return {
    header: columns.map(({ name }) => csvField(name)).join(','),
    write: (hit) => ({
      hit,
      line: columns.map(({ valueOf }) => csvField(valueOf(hit))).join(','),
    }),
  }
}

function columnsOf(settings: LineSettings): readonly Column[] {
  const columns: Column[] = [
    { name: 'timestamp', valueOf: (hit) => `${Math.floor(hit.revisionMs / 1000)}` },
    { name: 'marketingCloudVisitorID', valueOf: idOf('marketingCloudVisitorID') },
  ]
  if (settings.visitorIdNamespaces.length > 0) {
    columns.push({ name: 'visitorID', valueOf: idOf('visitorID') })
  }
  if (settings.seedCustomerIdType !== '') {
    const name = `customerID.${settings.seedCustomerIdType}`
    columns.push({ name: `${name}.id`, valueOf: idOf('customerID') })
    columns.push({ name: `${name}.isMCSeed`, valueOf: isSeed })
  }
  const { enteredEvent, exitedEvent } = settings
  return [
    ...columns,
    { name: 'reportSuiteID', valueOf: () => settings.reportSuiteId },
    { name: 'userAgent', valueOf: () => settings.userAgent },
    { name: 'linkType', valueOf: () => 'o' },
    { name: 'linkName', valueOf: () => settings.linkName },
    { name: settings.segmentVariable, valueOf: (hit) => hit.segmentId },
    { name: settings.transitionVariable, valueOf: (hit) => hit.status },
    {
      name: 'events',
      valueOf: (hit) => (hit.status === 'realized' ? enteredEvent : exitedEvent),
    },
  ]
}

function idOf(as: Hit['visitor']['as']): Column['valueOf'] {
  return ({ visitor }) => (visitor.as === as ? visitor.id : '')
}

function isSeed({ visitor }: Hit): string {
  return visitor.as === 'customerID' ? '1' : ''
}

/** A field as RFC 4180 wants it: quoted where it holds a quote, a comma or a line break, quotes doubled. */
export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** Makes a file of rows, in their order, for the group of this name. */
export function hitFile(group: string, header: string, rows: readonly HitLine[]): HitFile {
  const text = [header, ...rows.map(({ line }) => line), ''].join(lineEnd)
  const hash = createHash('sha256').update(`${group}\n`).update(text)
  for (const { hit } of rows) hash.update(`${hit.revisionMs}\n`)
  return { rows, text, key: uuidOf(hash.digest()) }
}

/** The first 16 bytes of a hash as a UUID of version 8: one of the owner's own making (RFC 9562). */
function uuidOf(hash: Buffer): string {
  const bytes = Buffer.from(hash.subarray(0, 16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** What a line adds to a file, in bytes. */
export function lineBytes({ line }: { readonly line: string }): number {
  return Buffer.byteLength(line) + lineEnd.length
}

/** A short name of a row, for remembering many; like a key it tells transitions within one second apart. */
export function lineDigest({ hit, line }: HitLine): string {
  return createHash('sha256').update(`${hit.revisionMs}\n${line}`).digest('base64').slice(0, 16)
}
