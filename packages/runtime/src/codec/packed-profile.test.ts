import { emptyProfile, stride, type Profile } from '@segue/profile'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packProfile, unpackProfile } from './packed-profile.ts'

const number = fc.nat({ max: 2 ** 48 })

test('a profile comes back as it was packed', () => {
  const profile: fc.Arbitrary<Profile> = fc.record({
    condition: fc.nat({ max: 3 }),
    consentAtMs: number,
    erasedMs: number,
    identities: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 50 }),
    memberships: fc
      .array(fc.array(number, { minLength: stride, maxLength: stride }), { maxLength: 10 })
      .map((groups) => groups.flat()),
  })
  fc.assert(
    fc.property(profile, (one) => {
      expect(unpackProfile(one.identities[0]!, packProfile(one))).toEqual(one)
    }),
    { seed: 20_261_123 },
  )
})

test('packing one profile leaves what was packed before alone', () => {
  const profiles = Array.from({ length: 50 }, (_, index) => ({
    ...emptyProfile(`ECID:${index}`),
    consentAtMs: index,
  }))
  const packed = profiles.map(packProfile)
  expect(packed.map((bytes, index) => unpackProfile(`ECID:${index}`, bytes))).toEqual(profiles)
})

test('version 1 has these bytes: whoever changes them breaks the profiles that are stored', () => {
  const packed = packProfile({
    condition: 1,
    consentAtMs: 1_795_428_000_123,
    erasedMs: 0,
    identities: ['ECID:1', 'GAID:2'],
    memberships: [3, 1, 1_795_428_000_000, 1_798_020_000_000, 1_795_428_000_124, 65_537, 0],
  })
  expect(packed.toString('hex')).toBe(
    [
      // The version, then condition, consent time, erasure time, identities beside the key, memberships.
      '01',
      '95 01 cb427a207d9217b000 00 91 a6474149443a32',
      '97 03 01 cb427a207d92100000 cb427a2a257e900000 cb427a207d9217c000 ce00010001 00',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('a profile of a version that this release does not know is refused by name', () => {
  const packed = packProfile(emptyProfile('ECID:1'))
  packed[0] = 9
  expect(() => unpackProfile('ECID:1', packed)).toThrow('version 9, this release reads 1')
  expect(() => unpackProfile('ECID:1', packProfile(emptyProfile('p')).subarray(0, 3))).toThrow(
    expect.objectContaining({ code: 'PROFILE_UNREADABLE', isNewer: false }),
  )
})
