import { rowsPerChunkLimit, type OutboxRow } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { planBucket } from './plan-bucket.ts'

const bucket = { dataflow: 'eca', dueMs: 1_000, generation: 1 }
const solutions = ['audience-manager', 'marketo']

const rows: fc.Arbitrary<OutboxRow> = fc.record({
  profileKey: fc.constantFrom('ECID:1', 'ECID:2'),
  segment: fc.nat(3),
  revisionMs: fc.nat(1_000),
  revisionSequence: fc.constant(0),
  solutions: fc.constantFrom(0, 1, 2, 3),
  realized: fc.boolean(),
})

test('ranges cover each solution’s rows exactly once, in whole chunks, the same each time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(rows, { minLength: 1, maxLength: 200 }), { maxLength: 6 }),
      (chunks) => {
        const plans = planBucket(bucket, chunks, solutions, (segment) => `ups:${segment}`)
        expect(planBucket(bucket, chunks, solutions, (segment) => `ups:${segment}`)).toEqual(plans)
        for (const [bit, solution] of solutions.entries()) {
          const own = plans.filter(({ range }) => range.solution === solution)
          const covered = own.flatMap(({ range }) => {
            const inRange = chunks.slice(range.from, range.to + 1).flat()
            expect(range.progress).toHaveLength(inRange.length)
            return inRange.filter((_, position) => range.progress[position] === '0')
          })
          expect(covered).toEqual(chunks.flat().filter((row) => (row.solutions & (1 << bit)) !== 0))
          for (const { range, counts, oldestMs } of own) {
            const size = chunks.slice(range.from, range.to + 1).flat().length
            expect(range.from === range.to || size <= rowsPerChunkLimit).toBe(true)
            expect(counts.realized + counts.exited).toBe(counts.rows)
            const toDo = chunks
              .slice(range.from, range.to + 1)
              .flat()
              .filter((row) => (row.solutions & (1 << bit)) !== 0)
            expect(oldestMs).toBe(Math.min(...toDo.map(({ revisionMs }) => revisionMs)))
            const bySegment = Object.values(counts.segments).reduce((sum, count) => sum + count, 0)
            expect(bySegment).toBe(counts.rows)
          }
        }
      },
    ),
    { seed: 4711, numRuns: 200 },
  )
})
