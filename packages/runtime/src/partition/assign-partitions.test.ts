import { array, assert, integer, property, string, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { assignPartitions } from './assign-partitions.ts'

const names = uniqueArray(string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 })
const partitions = integer({ min: 1, max: 64 })

test('every partition has one of the workers, and none has more than its even share', () => {
  assert(
    property(names, partitions, (workers, partitionCount) => {
      const assigned = assignPartitions(workers, partitionCount)
      expect(assigned).toHaveLength(partitionCount)
      const mostEach = Math.ceil(partitionCount / workers.length)
      for (const worker of workers) {
        expect(assigned.filter((one) => one === worker).length).toBeLessThanOrEqual(mostEach)
      }
      expect(assigned.every((one) => one !== undefined && workers.includes(one))).toBe(true)
    }),
    { seed: 5, numRuns: 200 },
  )
})

test('whoever knows the same workers comes to the same answer, in whatever order, however often named', () => {
  assert(
    property(names, partitions, array(integer()), (workers, partitionCount, keys) => {
      const shuffled = workers
        .map((worker, index) => ({ worker, key: keys[index] ?? -index }))
        .toSorted((one, other) => one.key - other.key)
        .map(({ worker }) => worker)
      const assigned = assignPartitions(workers, partitionCount)
      expect(assignPartitions([...shuffled, ...workers], partitionCount)).toEqual(assigned)
    }),
    { seed: 5, numRuns: 100 },
  )
})

test('without workers nobody has a partition', () => {
  expect(assignPartitions([], 3)).toEqual([undefined, undefined, undefined])
})

test.for([2, 3, 5, 8])(
  'a worker that joins %i others moves little more than its share',
  (count) => {
    const partitionCount = 240
    const workers = Array.from({ length: count }, (_, index) => `processor-${index}`)
    const before = assignPartitions(workers, partitionCount)
    const after = assignPartitions([...workers, 'processor-new'], partitionCount)
    const moved = after.filter((worker, partition) => worker !== before[partition]).length
    const share = partitionCount / (count + 1)
    expect(after.filter((worker) => worker === 'processor-new').length).toBeGreaterThan(share * 0.8)
    expect(moved).toBeLessThan(share * 1.5)
  },
)
