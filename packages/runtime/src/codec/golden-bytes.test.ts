import { readFileSync } from 'node:fs'
import { AcknowledgedKind, ConsentGiven, DueKind, EraseKind, UpdateKind } from '@segue/profile'
import { expect, test } from 'vitest'
import { bucketName, openName, parseBucketName, parseRange, rangeName } from './bucket-name.ts'
import { emptyEntry, packEntry, unknownRecord, unpackEntry } from './ledger-entry.ts'
import {
  draftRow,
  packChunk,
  unpackChunk,
  type ChunkDraft,
  type OutboxRow,
} from './outbox-chunk.ts'
import { packProfile, unpackProfile } from './packed-profile.ts'
import { packBatch, unpackBatch, type RecordBatch } from './record-batch.ts'
import { packSetAside, unpackSetAside } from './set-aside.ts'

/** What the present release wrote of each format when it was made, in hex or as text. */
const golden: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('golden-bytes.json', import.meta.url), 'utf8'),
)
const atMs = 1_795_428_000_123

const batch: RecordBatch = {
  segments: ['ups:a', 'crm:b'],
  records: [
    [UpdateKind, 'ECID:1', ['GAID:2'], [0, 1, atMs, 0, 1, 2, atMs, atMs + 1], ConsentGiven, atMs],
    [DueKind, 'ECID:3', atMs, 1],
    [EraseKind, 'ECID:4'],
    [AcknowledgedKind, 'é'],
  ],
}
const rows: readonly OutboxRow[] = [0, 4_000].map((segment) => ({
  profileKey: `ECID:${segment}`,
  segment,
  revisionMs: atMs,
  revisionSequence: 65_537,
  solutions: 63,
  realized: segment === 0,
}))
const profile = {
  condition: 2,
  consentAtMs: atMs,
  erasedMs: 7,
  identities: ['ECID:1', 'GAID:2'],
  memberships: [3, 1, atMs, 0, atMs + 1, 65_537, 0],
}
const entry = emptyEntry()
entry.doubts.add(5).add(4_000)
entry.records.set(3, {
  ...unknownRecord,
  status: 'exited',
  effect: 'followed',
  generation: 2,
  identityCount: 3,
  revisionMs: atMs,
  revisionSequence: 65_537,
  receiptMs: atMs + 1,
  receiptSequence: 9,
  heldSinceMs: atMs - 1,
})
const setAside = {
  code: 'LOG_ENTRY_UNREADABLE',
  detail: 'why',
  payload: Buffer.from([1, 2]),
} as const
const bucket = { dataflow: 'flow', dueMs: 1_795_428_000_000, generation: 3, hour: 498_730 }
const ofBackfill = { ...bucket, backfill: { order: 'order', solution: 'marketo' } }
const before = { dataflow: 'flow', dueMs: 0, generation: 1 }
const range = { bucket, solution: 'marketo', from: 0, to: 17, progress: '0' }

function chunkOf(given: readonly OutboxRow[]): Buffer {
  const draft: ChunkDraft = { keys: [], numbers: [] }
  for (const row of given) draftRow(draft, row)
  return packChunk(draft)
}

/** A format: how the present release writes its example, and that it reads what stands in the file. */
interface Format {
  /** Absent: it is of an earlier release, and read still. */
  readonly written?: () => string
  readonly read: (stored: string) => unknown
  readonly example: unknown
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

const formats: Readonly<Record<string, Format>> = {
  'log entry 1': {
    written: () => packBatch(batch).toString('hex'),
    read: (stored) => unpackBatch(hex(stored)),
    example: batch,
  },
  'outbox chunk 1': {
    read: (stored) => unpackChunk(hex(stored)),
    example: rows,
  },
  'outbox chunk 2': {
    written: () => chunkOf(rows).toString('hex'),
    read: (stored) => unpackChunk(hex(stored)),
    example: rows,
  },
  'profile 1': {
    read: (stored) => unpackProfile('ECID:1', hex(stored)),
    example: profile,
  },
  'profile 2': {
    written: () => packProfile(profile).toString('hex'),
    read: (stored) => unpackProfile('ECID:1', hex(stored)),
    example: profile,
  },
  'ledger entry 0': {
    written: () => packEntry(entry)?.toString('hex') ?? '',
    read: (stored) => unpackEntry(hex(stored)),
    example: entry,
  },
  'set aside 1': {
    written: () => packSetAside(setAside).toString('hex'),
    read: (stored) => unpackSetAside(hex(stored)),
    example: setAside,
  },
  'open bucket': {
    written: () => openName(bucket),
    read: (stored) => openName(parseBucketName(`${stored}|3`)),
    example: openName(bucket),
  },
  bucket: {
    written: () => bucketName(bucket),
    read: parseBucketName,
    example: bucket,
  },
  'bucket of a backfill': {
    written: () => bucketName(ofBackfill),
    read: parseBucketName,
    example: ofBackfill,
  },
  'bucket of before there were runs': {
    written: () => bucketName(before),
    read: parseBucketName,
    example: before,
  },
  range: {
    written: () => rangeName(range),
    read: (stored) => parseRange(bucket, stored, '0'),
    example: range,
  },
}

test('the file and the formats are the same ones', () => {
  expect(Object.keys(golden).toSorted()).toEqual(Object.keys(formats).toSorted())
})

test.for(Object.entries(formats))('%s is written and read as ever', ([name, format]) => {
  expect(format.read(golden[name] ?? ''), `${name} is not read any more: ${advice}`).toEqual(
    format.example,
  )
  if (format.written === undefined) return
  expect(format.written(), `${name} is written in another way: ${advice}`).toBe(golden[name])
})

const advice =
  'stores hold what was written so far. Give the format a new version, keep a reader of this one, add the new bytes to golden-bytes.json beside these, and raise the schema (packages/redis/src/schema.ts)'
