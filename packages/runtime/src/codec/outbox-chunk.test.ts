import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  draftRow,
  erasedKey,
  isBefore,
  packChunk,
  scrubChunk,
  unpackChunk,
  type ChunkDraft,
  type OutboxRow,
} from './outbox-chunk.ts'

const row: fc.Arbitrary<OutboxRow> = fc.record({
  profileKey: fc.string({ unit: 'grapheme' }),
  segment: fc.nat({ max: 3_999 }),
  revisionMs: fc.nat({ max: 4_102_444_800_000 }),
  revisionSequence: fc.oneof(fc.nat(), fc.nat({ max: 2 ** 48 - 1 })),
  solutions: fc.nat({ max: 65_535 }),
  realized: fc.boolean(),
})

function packed(rows: readonly OutboxRow[]): Buffer {
  const draft: ChunkDraft = { keys: [], numbers: [] }
  for (const one of rows) draftRow(draft, one)
  return packChunk(draft)
}

test('rows come back as they were drafted, in their order', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      expect(unpackChunk(packed(rows))).toEqual(rows)
    }),
    { seed: 20_261_123 },
  )
})

const waiting: OutboxRow[] = [
  {
    profileKey: 'ECID:1',
    segment: 300,
    revisionMs: 1_795_428_000_123,
    revisionSequence: 65_537,
    solutions: 3,
    realized: true,
  },
  {
    profileKey: 'GAID:2',
    segment: 0,
    revisionMs: 1_795_428_000_124,
    revisionSequence: 0,
    solutions: 1,
    realized: false,
  },
]

test('version 2 has these bytes: whoever changes them breaks the buckets that are waiting', () => {
  const bytes = [
    // The version; flags, segment, solutions, revision, profile key of each row.
    '02',
    '01 012c 00000003 01a207d9217b 00010001 0006 454349443a31',
    '00 0000 00000001 01a207d9217c 00000000 0006 474149443a32',
  ]
  expect(packed(waiting).toString('hex')).toBe(bytes.join('').replaceAll(' ', ''))
})

test('version 1 is read as ever', () => {
  const bytes = [
    '93 01',
    '92 a6454349443a31 a6474149443a32',
    '9a cd012c cb427a207d9217b000 ce00010001 03 01',
    '00 cb427a207d9217c000 00 01 00',
  ]
  expect(unpackChunk(Buffer.from(bytes.join('').replaceAll(' ', ''), 'hex'))).toEqual(waiting)
})

test('a chunk of a version that this release does not know is refused by name', () => {
  expect(() => unpackChunk(Buffer.of(3))).toThrow('version 3, this release reads 2')
  const damaged = expect.objectContaining({ code: 'OUTBOX_CHUNK_UNREADABLE', isNewer: false })
  expect(() => unpackChunk(packed(waiting).subarray(0, 20))).toThrow(damaged)
  expect(() => unpackChunk(Buffer.of(0x93, 2, 0x90, 0x90))).toThrow(damaged)
})

test('an erased profile is taken out of its rows, and of no other; each row keeps its place', () => {
  const keys = fc.constantFrom('ECID:1', 'ECID:12', 'AECID:1')
  const rows = fc.array(fc.tuple(row, keys).map(([one, profileKey]) => ({ ...one, profileKey })))
  fc.assert(
    fc.property(rows, row, (all, before) => {
      const isErased = (one: OutboxRow): boolean =>
        one.profileKey === 'ECID:1' && isBefore(one, before)
      const count = all.filter(isErased).length
      const scrubbed = scrubChunk(packed(all), 'ECID:1', before)
      expect(scrubbed?.rows).toBe(count === 0 ? undefined : count)
      if (scrubbed === undefined) return
      expect(unpackChunk(scrubbed.chunk)).toEqual(
        all.map((one) => (isErased(one) ? { ...one, profileKey: erasedKey } : one)),
      )
    }),
    { seed: 20_261_123 },
  )
})
