import { packr } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonHeld, msgpackHeld, readCost } from './read-cost.ts'

/** Values of all sorts, keys not counted. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1)
}

const anything = fc.jsonValue({ maxDepth: 5, noUnicodeString: false })

test('no value is overlooked, however it is written, and what texts hold is not taken for values', () => {
  fc.assert(
    fc.property(anything, fc.constantFrom(0, 2), (value, indent) => {
      const values = valuesIn(value)
      expect(
        jsonHeld(Buffer.from(JSON.stringify(value, undefined, indent))).values,
      ).toBeGreaterThanOrEqual(values)
      expect(msgpackHeld(packr.pack(value)).values).toBeGreaterThanOrEqual(values)
    }),
    { seed: 20_261_124, numRuns: 500 },
  )
  const text = '[{,:"\\'.repeat(1_000)
  expect(jsonHeld(Buffer.from(JSON.stringify([text, text]))).values).toBeLessThan(10)
  expect(msgpackHeld(packr.pack([text, text])).values).toBeLessThan(10)
  const numbers = Array.from({ length: 100 }, (_, index) => 2 ** 33 + index)
  expect(msgpackHeld(packr.pack(numbers)).values).toBeLessThan(110)
})

test('a body that is cut off, or lies about its lengths, is counted to its end', () => {
  for (const head of [0xc4, 0xc6, 0xd9, 0xdb, 0xdd, 0xdf, 0xc9]) {
    expect(msgpackHeld(Buffer.from([head])).values).toBe(1)
    expect(msgpackHeld(Buffer.from([head, 0xff, 0xff, 0xff, 0xff])).values).toBe(1)
  }
  for (const text of ['"', '"\\', '"a\\"', '[{"a']) {
    expect(jsonHeld(Buffer.from(text)).values).toBeGreaterThan(0)
  }
})

test('a body that is all values costs many times its size, a usual one a few times, a small one as if it were all values', () => {
  const bomb = Buffer.from(`[${'{},'.repeat(100_000)}{}]`)
  expect(readCost(bomb, 'json', 50_000, 0)).toBeGreaterThan(bomb.length * 32)
  expect(readCost(Buffer.alloc(100_000, 0x90), 'msgpack', 50_000, 0)).toBeGreaterThan(48 * 100_000)
  const usual = Buffer.from(
    JSON.stringify(
      Array.from({ length: 1_000 }, () => ({
        identityMap: { ECID: [{ id: '1'.repeat(38), primary: true }] },
        segmentMembership: {
          ups: { segment: { status: 'realized', lastQualificationTime: '2026-11-23T10:00:00Z' } },
        },
      })),
    ),
  )
  expect(readCost(usual, 'json', 50_000, 0)).toBeLessThan(usual.length * 7)
  expect(jsonHeld(usual).updates).toBe(1_000)
  for (const count of [3, 300, 70_000]) {
    expect(msgpackHeld(packr.pack(Array.from({ length: count }, () => [1, 2]))).updates).toBe(count)
  }
  expect(jsonHeld(Buffer.from('x\n'.repeat(1_000))).updates).toBeGreaterThanOrEqual(1_000)
  expect(readCost(usual, 'json', 50_000, Infinity)).toBeGreaterThan(usual.length * 32)
  const small = bomb.subarray(0, 6_000)
  expect(readCost(small, 'json', 50_000, Infinity)).toBeGreaterThan(small.length * 32)
})
