import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pauseMs, rowDelayMs } from './retry-policy.ts'

test('a solution that goes on asking for a pause gets longer ones, up to a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 20].map((count) => pauseMs(2_000, count))).toEqual([
    2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
  ])
})

test('a pause is never shorter than asked for, and a row never waits less either', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 86_400_000 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (afterMs, count, random) => {
        expect(pauseMs(afterMs, count)).toBeGreaterThanOrEqual(afterMs)
        expect(pauseMs(afterMs, count)).toBeLessThanOrEqual(Math.max(afterMs, 60_000))
        expect(rowDelayMs(count, afterMs, random)).toBeGreaterThanOrEqual(afterMs)
        expect(rowDelayMs(count, afterMs, random)).toBeLessThanOrEqual(Math.max(afterMs, 300_000))
      },
    ),
    { seed: 4711 },
  )
})
