import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  claimBytes,
  emptyEntry,
  packEntry,
  unknownRecord,
  unpackEntry,
  type LedgerRecord,
} from './ledger-entry.ts'

const time = fc.nat({ max: 2 ** 48 - 1 })
const segment = fc.nat({ max: 65_535 })
const record: fc.Arbitrary<LedgerRecord> = fc.record({
  status: fc.constantFrom('none' as const, 'realized' as const, 'exited' as const),
  effect: fc.constantFrom('accepted' as const, 'followed' as const, 'applied' as const),
  generation: fc.nat({ max: 65_535 }),
  identityCount: fc.nat({ max: 255 }),
  revisionMs: time,
  revisionSequence: time,
  receiptMs: time,
  receiptSequence: fc.nat({ max: 65_535 }),
  heldSinceMs: fc.oneof(fc.constant(0), time),
})
const entry = fc.record({
  claimedUntilMs: fc.constant(0),
  doubts: fc.array(segment, { maxLength: 300 }).map((doubts) => new Set(doubts)),
  records: fc
    .array(fc.tuple(segment, record), { maxLength: 20 })
    .map((records) => new Map(records)),
})

test('an entry comes back with all that is worth keeping, and with its claim released', () => {
  fc.assert(
    fc.property(entry, (one) => {
      const kept = [...one.records].filter(
        ([, { status, heldSinceMs }]) => status !== 'none' || heldSinceMs > 0,
      )
      const packed = packEntry({ ...one, claimedUntilMs: 77 })
      expect(unpackEntry(packed)).toEqual({ ...one, records: new Map(kept) })
      expect(packed?.subarray(0, claimBytes) ?? Buffer.alloc(claimBytes)).toEqual(
        Buffer.alloc(claimBytes),
      )
    }),
    { seed: 20_261_123 },
  )
})

test('an entry with nothing worth keeping is none', () => {
  const empty = emptyEntry()
  expect(packEntry(empty)).toBeUndefined()
  empty.records.set(1, { ...unknownRecord, revisionMs: 5, effect: 'applied' })
  expect(packEntry(empty)).toBeUndefined()
  expect(unpackEntry(undefined)).toEqual(emptyEntry())
})

test('an entry that the claim script began is read: its claim, its doubts and no record', () => {
  const claimed = Buffer.concat([
    Buffer.from('01a2b3c4d5e6', 'hex'),
    Buffer.alloc(6, 9),
    Buffer.from([0, 2, 0, 3, 1, 44]),
  ])
  expect(unpackEntry(claimed)).toEqual({
    claimedUntilMs: 0x01a2b3c4d5e6,
    doubts: new Set([3, 300]),
    records: new Map(),
  })
})

test('the layout has these bytes: whoever changes them breaks the claim script and the ledgers', () => {
  const one = emptyEntry()
  one.doubts.add(3).add(300)
  one.records.set(4_000, {
    status: 'exited',
    effect: 'followed',
    generation: 513,
    identityCount: 50,
    revisionMs: 1_795_428_000_123,
    revisionSequence: 65_537,
    receiptMs: 1_795_428_001_000,
    receiptSequence: 12,
    heldSinceMs: 1_795_428_000_000,
  })
  expect(packEntry(one)!.toString('hex')).toBe(
    [
      // No claim, two doubts.
      '000000000000 000000000000 0002 0003 012c',
      // Segment, status, effect, identities, revision, receipt, held since, generation.
      '0fa0 02 02 32 01a207d9217b 000000010001 01a207d924e8 000c 01a207d92100 0201',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})
