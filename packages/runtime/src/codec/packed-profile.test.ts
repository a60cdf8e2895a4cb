import { emptyProfile, type Profile } from '@segue/profile'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packProfile, unpackProfile } from './packed-profile.ts'

const segment = fc.nat({ max: 65_535 })
const state = fc.integer({ min: 1, max: 3 })
/** Mostly of our days; before 1970 and after all days that have a name too. */
const time = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 2 ** 48 - 1 }) },
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 45), max: 2 ** 52 }) },
)

test('a profile comes back as it was packed', () => {
  const profile: fc.Arbitrary<Profile> = fc.record({
    condition: fc.nat({ max: 3 }),
    consentAtMs: time,
    erasedMs: time,
    identities: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 50 }),
    memberships: fc
      .array(
        fc
          .tuple(
            segment,
            state,
            time,
            time,
            time,
            fc.oneof(fc.nat(), fc.nat({ max: 2 ** 48 })),
            time,
          )
          .map((numbers) => [...numbers]),
        { maxLength: 10 },
      )
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

const stored: Profile = {
  condition: 1,
  consentAtMs: 1_795_428_000_123,
  erasedMs: 0,
  identities: ['ECID:1', 'GAID:2'],
  memberships: [3, 1, 1_795_428_000_000, 1_798_020_000_000, 1_795_428_000_124, 65_537, 0],
}

test('version 2 has these bytes: whoever changes them breaks the profiles that are stored', () => {
  expect(packProfile(stored).toString('hex')).toBe(
    [
      // The version, condition and flags, consent time, identities beside the key, memberships.
      '02 51 01a207d9217b 00'.replace('00', ''),
      '01 0006 474149443a32',
      '0003 11 01a207d92100 01a2a257e900 01a207d9217c 00010001',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('version 1 is read as ever', () => {
  const packed = [
    '01 95 01 cb427a207d9217b000 00 91 a6474149443a32',
    '97 03 01 cb427a207d92100000 cb427a2a257e900000 cb427a207d9217c000 ce00010001 00',
  ]
  const bytes = Buffer.from(packed.join('').replaceAll(' ', ''), 'hex')
  expect(unpackProfile('ECID:1', bytes)).toEqual(stored)
})

test('bytes that were cut off within a part are refused', () => {
  const packed = packProfile(stored)
  // Version, head, consent time, then the identity beside the key; a profile without memberships ends behind that.
  const withoutMemberships = 17
  for (let length = 1; length < packed.length; length += 1) {
    const read = (): Profile => unpackProfile('ECID:1', packed.subarray(0, length))
    if (length === withoutMemberships) continue
    expect(read).toThrow(expect.objectContaining({ code: 'PROFILE_UNREADABLE', isNewer: false }))
  }
})

test('a profile of a version that this release does not know is refused by name', () => {
  const packed = packProfile(emptyProfile('ECID:1'))
  packed[0] = 9
  expect(() => unpackProfile('ECID:1', packed)).toThrow('version 9, this release reads 2')
  expect(() => unpackProfile('ECID:1', packProfile(emptyProfile('p')).subarray(0, 1))).toThrow(
    expect.objectContaining({ code: 'PROFILE_UNREADABLE', isNewer: false }),
  )
})
