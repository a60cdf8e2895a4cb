import * as fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { seed, spell } from './example-updates.ts'
import { parseTimestamp } from './timestamp.ts'

describe('parseTimestamp', () => {
  test.each([
    // The spellings of reference/platform.md §1.1.
    ['2022-01-11T21:24:39Z', 1_641_936_279_000],
    ['2024-04-26T15:52:25+00:00', 1_714_146_745_000],
    ['2019-04-15T02:41:50+0000', 1_555_296_110_000],
    ['2019-04-15T02:41:50.000+0000', 1_555_296_110_000],
    ['2021-06-30T18:40:07.591378Z', 1_625_078_407_591],
    ['2021-06-30t18:40:07.5z', 1_625_078_407_500],
    ['2021-06-30T18:40:07.999999999Z', 1_625_078_407_999],
    ['2021-06-30T20:40:07+02:00', 1_625_078_407_000],
    ['2021-06-30T13:10:07-0530', 1_625_078_407_000],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ])('%s is %d', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected)
  })

  test.each([
    '',
    'Z',
    '2026-11-23',
    '2026-11-23T10:00:00',
    '2026-11-23T10:00:00.000',
    '2026-11-23T10:00Z',
    '2026-11-23 10:00:00Z',
    '2026-11-23T10:00:00 Z',
    ' 2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00ZZ',
    '2026-11-23T10:00:00Z+00:00',
    '2026-11-23T10:00:00.Z',
    '2026-11-23T10:00:00,5Z',
    '2026-11-23T10:00:00.1234567890Z',
    '2026-11-23T10:00:00+00',
    '2026-11-23T10:00:00+0:00',
    '2026-11-23T10:00:00+00:0',
    '2026-11-23T10:00:00+000000',
    '2026-11-23T10:00:00+24:00',
    '2026-11-23T10:00:00+00:60',
    '2026-11-23T10:00:00.+00:00',
    '2026-11-23T10:00:00UTC',
    '2026-13-01T10:00:00Z',
    '2026-00-01T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-02-29T10:00:00Z',
    '1900-02-29T10:00:00Z',
    '2026-11-31T10:00:00Z',
    '2026-11-00T10:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T10:60:00Z',
    '2016-12-31T23:59:60Z',
    '2O26-11-23T10:00:00Z',
    '-026-11-23T10:00:00Z',
    '+026-11-23T10:00:00Z',
    '2026-11-23T1a:00:00Z',
    '20261123T100000+00:00',
    '２０２６-11-23T10:00:00Z',
    '+012026-11-23T10:00:00Z',
  ])('%j is no timestamp', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  test('agrees with another calendar over all spellings', () => {
    const year1 = -62_135_596_800_000
    const zones = fc.oneof(
      fc.constant({ text: 'Z', minutes: 0 }),
      fc.constant({ text: 'z', minutes: 0 }),
      fc
        .tuple(fc.constantFrom(1, -1), fc.nat(23), fc.nat(59), fc.constantFrom(':', ''))
        .map(([sign, hours, minutes, colon]) => ({
          text: `${sign === 1 ? '+' : '-'}${two(hours)}${colon}${two(minutes)}`,
          minutes: sign * (hours * 60 + minutes),
        })),
    )
    const fractions = fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^[0-9]{1,9}$/).map((digits) => `.${digits}`),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: year1 / 1_000, max: 253_402_300_799 }),
        fractions,
        zones,
        fc.constantFrom('T', 't'),
        (seconds, fraction, zone, separator) => {
          const text = spell(seconds * 1_000, `${fraction}${zone.text}`, separator)
          const fractionMs = Number(`${fraction.slice(1)}000`.slice(0, 3))
          expect(parseTimestamp(text)).toBe(seconds * 1_000 + fractionMs - zone.minutes * 60_000)
        },
      ),
      { seed, numRuns: 2_000 },
    )
  })

  test('has every day of a full cycle of 400 years once, and no other', () => {
    let days = 0
    let expected = parseTimestamp('1800-01-01T00:00:00Z') ?? Number.NaN
    for (let year = 1800; year < 2200; year++) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const ms = parseTimestamp(`${year}-${two(month)}-${two(day)}T00:00:00Z`)
          if (ms === undefined) continue
          assert(ms === expected, `${year}-${month}-${day} is ${ms}, not ${expected}`)
          days += 1
          expected += 86_400_000
        }
      }
    }
    expect(days).toBe(146_097)
  })

  test('with one character changed, is read only where the grammar still allows it', () => {
    const grammar =
      /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/
    const rests = fc.constantFrom('Z', '+0100', '-09:30', '.5Z', '.123456789+00:00')
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 253_402_300_799_000 }),
        rests,
        fc.nat(),
        fc.constantFrom(...'0123456789-+:.TtZz /eE,ü\0'.split('')),
        (ms, rest, place, character) => {
          const text = spell(ms, rest)
          const at = place % text.length
          const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`
          const allowed = grammar.test(changed)
          const read = parseTimestamp(changed) !== undefined
          // What the grammar allows may still be a day that its month does not have.
          const everyMonthHasIt = changed.slice(8, 10) <= '28'
          expect({ changed, read }).toEqual({ changed, read: allowed && (read || everyMonthHasIt) })
        },
      ),
      { seed, numRuns: 3_000 },
    )
  })
})

function two(number: number): string {
  return String(number).padStart(2, '0')
}
