import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { seed } from './example-updates.ts'
import { partitionOf } from './partition.ts'

test('is CRC-32 modulo the count, as anybody can compute it', () => {
  // 0xcbf43926 is the check value that every definition of CRC-32 gives for these nine digits.
  expect(partitionOf('123456789', 2 ** 32)).toBe(0xcbf43926)
  expect(partitionOf('123456789', 16)).toBe(6)
})

test('is always one of the partitions', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1_024 }), (key, count) => {
      const partition = partitionOf(key, count)
      expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true)
    }),
    { seed },
  )
})

test.each([0, -1, 1.5, Number.NaN])('refuses %d partitions', (count) => {
  expect(() => partitionOf('ECID:1', count)).toThrow(RangeError)
})
