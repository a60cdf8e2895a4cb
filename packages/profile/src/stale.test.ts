import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ConsentGiven,
  ConsentUnchanged,
  ConsentWithdrawn,
  membershipStride,
  UpdateKind,
  type UpdateRecord,
} from './log-record.ts'
import { emptyProfile } from './profile.ts'
import { withoutStale } from './stale.ts'

const erasedMs = 1_000
const nobody = emptyProfile('ECID:1')
const begun = { ...nobody, memberships: [0, 1, 1_001, 0, 1_001, 0, 0] }

const update: fc.Arbitrary<UpdateRecord> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(3), fc.constantFrom(1, 2), fc.nat(2_000), fc.nat(3_000))),
    fc.constantFrom(ConsentUnchanged, ConsentGiven, ConsentWithdrawn),
    fc.nat(2_000),
    fc.array(fc.constantFrom('GAID:1', 'GAID:2'), { maxLength: 2 }),
  )
  .map(([memberships, consent, consentAtMs, others]) => [
    UpdateKind,
    'ECID:1',
    others,
    memberships.flat(),
    consent,
    consent === ConsentUnchanged ? 0 : consentAtMs,
  ])

test('what is left of an update is what is younger than the erasure, as it was', () => {
  fc.assert(
    fc.property(update, (record) => {
      const [, , others, memberships, consent, consentAtMs] = record
      const { record: left, dropped } = withoutStale(record, erasedMs, begun)
      const groups: number[][] = []
      for (let at = 0; at < memberships.length; at += membershipStride) {
        groups.push(memberships.slice(at, at + membershipStride))
      }
      const younger = groups.filter(([, , qualifiedMs]) => qualifiedMs! > erasedMs)
      const consentLeft = consentAtMs === 0 || consentAtMs > erasedMs ? consent : ConsentUnchanged
      expect(dropped).toBe(groups.length - younger.length + Number(consentLeft !== consent))
      const isNothing = dropped > 0 && younger.length === 0 && consentLeft === ConsentUnchanged
      const leftMs = consentLeft === ConsentUnchanged ? 0 : consentAtMs
      expect(left).toEqual(
        isNothing ? undefined : [UpdateKind, 'ECID:1', others, younger.flat(), consentLeft, leftMs],
      )
    }),
    { seed: 20_261_123 },
  )
})

test('identities alone do not begin a profile anew, and are taken by one that has begun', () => {
  const record: UpdateRecord = [UpdateKind, 'ECID:1', ['GAID:1'], [], ConsentUnchanged, 0]
  expect(withoutStale(record, erasedMs, nobody)).toEqual({ record: undefined, dropped: 1 })
  expect(withoutStale(record, erasedMs, begun)).toEqual({ record, dropped: 0 })
})

const at = (qualifiedMs: number): UpdateRecord => [
  UpdateKind,
  'ECID:1',
  [],
  [0, 1, qualifiedMs, 0],
  ConsentUnchanged,
  0,
]

test('what was made in the very millisecond of the request is older than it', () => {
  expect(withoutStale(at(erasedMs), erasedMs, nobody).record).toBeUndefined()
  expect(withoutStale(at(erasedMs + 1), erasedMs, nobody).record).toEqual(at(erasedMs + 1))
})
