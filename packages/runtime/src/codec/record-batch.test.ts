import {
  AcknowledgedKind,
  ConsentGiven,
  DueKind,
  EraseKind,
  StatusRealized,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packr } from './packr.ts'
import { packBatch, packFiller, unpackBatch } from './record-batch.ts'
import { Unreadable } from './unreadable.ts'

const time = fc.nat({ max: 4_102_444_800_000 })
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.tuple(
    fc.constant<0>(UpdateKind),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.string(), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(1, 2), time, time), { maxLength: 3 })
      .map((groups) => groups.flat()),
    fc.constantFrom(0 as const, 1 as const, 2 as const),
    time,
  ),
  fc.tuple(fc.constant<1>(DueKind), fc.string(), time, fc.constantFrom(0 as const, 1 as const)),
  fc.tuple(fc.constant<2>(EraseKind), fc.string()),
  fc.tuple(fc.constant<3>(AcknowledgedKind), fc.string()),
)

test('a batch comes back as it was packed', () => {
  const batch = fc.record({
    segments: fc.array(fc.string(), { minLength: 3 }),
    records: fc.array(record),
  })
  fc.assert(
    fc.property(batch, (one) => {
      expect(unpackBatch(packBatch(one))).toEqual(one)
    }),
    { seed: 20_261_123 },
  )
})

test('version 1 has these bytes: whoever changes them breaks the logs that are there', () => {
  const packed = packBatch({
    segments: ['ups:a'],
    records: [
      [
        UpdateKind,
        'ECID:1',
        ['GAID:2'],
        [0, StatusRealized, 1_795_428_000_123, 0],
        ConsentGiven,
        7,
      ],
      [DueKind, 'ECID:3', 1_795_428_000_000, 1],
      [EraseKind, 'ECID:4'],
      [AcknowledgedKind, 'ECID:5'],
    ],
  })
  expect(packed.toString('hex')).toBe(
    [
      '93 01 91 a57570733a61 94',
      '96 00 a6454349443a31 91 a6474149443a32 94 00 01 cb427a207d9217b000 00 01 07',
      '94 01 a6454349443a33 cb427a207d92100000 01',
      '92 02 a6454349443a34',
      '92 03 a6454349443a35',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('a filler is a batch of no records that is as large as was asked for', () => {
  const filler = packFiller(4_096)
  expect(filler.byteLength).toBeGreaterThan(4_096)
  expect(unpackBatch(filler)).toEqual({ segments: [], records: [] })
})

test('a batch of a version that this release does not know is refused by name', () => {
  expect(() => unpackBatch(packr.pack([2, [], []]))).toThrow('version 2, this release reads 1')
  expect(() => unpackBatch(packr.pack([2, [], []]))).toThrow(
    expect.objectContaining({ code: 'WRITTEN_BY_NEWER', isNewer: true }),
  )
})

test('whatever is damaged is a batch still or is told by code, and by nothing else', () => {
  const batch = fc.record({
    segments: fc.array(fc.string(), { minLength: 3 }),
    records: fc.array(record),
  })
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 })
  let told = 0
  fc.assert(
    fc.property(batch, damage, fc.nat(), (one, bytes, length) => {
      const packed = packBatch(one)
      for (const [at, byte] of bytes) packed[at % packed.length] = byte
      try {
        unpackBatch(packed.subarray(0, 1 + (length % packed.length)))
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        told += 1
      }
    }),
    { seed: 20_261_124, numRuns: 500 },
  )
  expect(told).toBeGreaterThan(100)
})

test.for([
  ['no msgpack', Buffer.from('not a batch')],
  ['nothing', Buffer.alloc(0)],
  ['a record of no kind', packr.pack([1, [], [[9, 'p']]])],
  ['a record without a profile', packr.pack([1, [], [[DueKind]]])],
  [
    'a segment that is not listed',
    packr.pack([1, [], [[UpdateKind, 'p', [], [0, 1, 2, 0], 0, 0]]]),
  ],
  ['half a membership', packr.pack([1, ['ups:a'], [[UpdateKind, 'p', [], [0, 1], 0, 0]]])],
] as const)('%s is damage', ([, payload]) => {
  expect(() => unpackBatch(payload)).toThrow(
    expect.objectContaining({ code: 'LOG_ENTRY_UNREADABLE', isNewer: false }),
  )
})
