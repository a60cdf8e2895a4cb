import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketName, openName, parseBucketName, parseRange, rangeName } from './bucket-name.ts'

const bucket = fc.record(
  {
    dataflow: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    dueMs: fc.nat({ max: 4_102_444_800_000 }),
    generation: fc.nat(),
    hour: fc.nat({ max: 10_000_000 }),
    backfill: fc.record({
      order: fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/),
      solution: fc.stringMatching(/^[a-z-]{1,20}$/),
    }),
  },
  { requiredKeys: ['dataflow', 'dueMs', 'generation'] },
)

test('a bucket and its ranges come back from their names', () => {
  const solution = fc.stringMatching(/^[a-z-]{1,20}$/)
  fc.assert(
    fc.property(bucket, solution, fc.nat(), fc.nat(), (one, name, from, to) => {
      expect(parseBucketName(bucketName(one))).toEqual(one)
      expect(bucketName(one).startsWith(`${openName(one)}|${one.generation}`)).toBe(true)
      const range = { bucket: one, solution: name, from, to }
      expect(parseRange(one, rangeName(range), '01')).toEqual({ ...range, progress: '01' })
    }),
    { seed: 20_261_123 },
  )
})
