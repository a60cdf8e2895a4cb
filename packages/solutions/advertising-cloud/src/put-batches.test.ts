import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { callLimits, putBatches } from './put-batches.ts'

const seed = 20_261_123

function body(batch: readonly number[]): string {
  const Records = batch.map((size) => ({ Data: Buffer.alloc(size, 'x').toString('base64') }))
  return JSON.stringify({ DeliveryStreamName: 's'.repeat(64), Records })
}

test('500 records a call', () => {
  const items = Array.from({ length: 1_001 }, () => 200)
  expect(putBatches(items, (size) => size).map((batch) => batch.length)).toEqual([500, 500, 1])
})

test('4 MiB a call as it is written, with the largest records', () => {
  const largest = callLimits.maxRecordBytes
  const cut = putBatches([largest, largest, largest, largest, largest], (size) => size)
  expect(cut.map((batch) => batch.length)).toEqual([3, 2])
  for (const batch of cut) expect(body(batch).length).toBeLessThanOrEqual(4 * 1024 * 1024)
})

test('no call is over the bounds, nothing is lost, and the order is kept', () => {
  const limits = { maxRecords: 7, maxBytes: 2_000, maxRecordBytes: 1_000 }
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 60 }), (sizes) => {
      const cut = putBatches(sizes, (size) => size, limits)
      expect(cut.flat()).toEqual(sizes)
      for (const batch of cut) {
        expect(batch.length).toBeGreaterThan(0)
        expect(batch.length).toBeLessThanOrEqual(7)
        expect(body(batch).length).toBeLessThanOrEqual(2_000)
      }
    }),
    { seed },
  )
})
