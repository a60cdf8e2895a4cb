import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { batches, halves } from './batches.ts'

const seed = 20261123

test('batches keep order, lose nothing, and keep both limits', () => {
  assert(
    property(
      array(integer({ min: 1, max: 40 })),
      integer({ min: 1, max: 10 }),
      integer({ min: 1, max: 60 }),
      (sizes, maxCount, maxBytes) => {
        const cut = batches(sizes, { maxCount, maxBytes, bytesOf: (size) => size })
        expect(cut.flat()).toEqual(sizes)
        for (const batch of cut) {
          const bytes = batch.reduce((sum, size) => sum + size, 0)
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(maxCount)
          expect(bytes <= maxBytes || batch.length === 1).toBe(true)
        }
      },
    ),
    { seed },
  )
})

test('batches are greedy: no two neighbours would have fitted into one', () => {
  const cut = batches([1, 1, 1, 1, 1, 1, 1], { maxCount: 3, maxBytes: 99, bytesOf: () => 1 })
  expect(cut.map((batch) => batch.length)).toEqual([3, 3, 1])
})

test('nothing in, nothing out', () => {
  expect(batches([], { maxCount: 3, maxBytes: 9, bytesOf: () => 1 })).toEqual([])
})

test('halving ends at one item', () => {
  expect(halves([1, 2, 3])).toEqual([[1, 2], [3]])
  expect(halves([1])).toBeUndefined()
})
