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
import { packr } from './packr.ts'

const row: fc.Arbitrary<OutboxRow> = fc.record({
  profileKey: fc.string({ unit: 'grapheme' }),
  segment: fc.nat({ max: 3_999 }),
  revisionMs: fc.nat({ max: 4_102_444_800_000 }),
  revisionSequence: fc.nat({ max: 2 ** 48 }),
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

test('version 1 has these bytes: whoever changes them breaks the buckets that are waiting', () => {
  const rows: OutboxRow[] = [
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
  expect(packed(rows).toString('hex')).toBe(
    [
      '93 01',
      '92 a6454349443a31 a6474149443a32',
      '9a cd012c cb427a207d9217b000 ce00010001 03 01',
      '00 cb427a207d9217c000 00 01 00',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('a chunk of a version that this release does not know is refused by name', () => {
  expect(() => unpackChunk(packr.pack([2, [], []]))).toThrow('version 2, this release reads 1')
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
