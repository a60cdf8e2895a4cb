import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueQueue } from './due-queue.ts'
import { randomFrom } from './random.ts'
import { zipf } from './zipf.ts'

const draw = (seed: number, stream: string, count: number): number[] => {
  const random = randomFrom(seed, stream)
  return Array.from({ length: count }, random.next)
}

test('a seed and a stream give the same numbers always, others give others', () => {
  // Written down, so that a change of the generator, which changes every sample, is noticed.
  expect(draw(1, 'a', 3)).toEqual(draw(1, 'a', 3))
  expect(draw(1, 'a', 3)).not.toEqual(draw(2, 'a', 3))
  expect(draw(1, 'a', 3)).not.toEqual(draw(1, 'b', 3))
  expect(draw(1, 'a', 3)).toMatchInlineSnapshot(`
    [
      0.7212040161248296,
      0.06201333971694112,
      0.4717004995327443,
    ]
  `)
})

test('numbers are spread evenly', () => {
  const buckets = Array.from({ length: 10 }, () => 0)
  for (const number of draw(7, 'even', 100_000)) buckets[Math.floor(number * 10)]! += 1
  // Ten thousand each; 400 is four standard deviations.
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(400)
})

test('an exponential has the mean that was asked for', () => {
  const random = randomFrom(7, 'exponential')
  let sum = 0
  for (let count = 0; count < 100_000; count += 1) sum += random.exponential(5)
  expect(sum / 100_000).toBeCloseTo(5, 1)
})

test('ranks come as Zipf’s law says', () => {
  const random = randomFrom(7, 'zipf')
  const rank = zipf(1_000, 0.99)
  const counts = Array.from({ length: 1_000 }, () => 0)
  for (let count = 0; count < 200_000; count += 1) counts[rank(random)]! += 1
  const ratio = (counts[0] ?? 0) / (counts[9] ?? 1)
  expect(ratio / 10 ** 0.99).toBeCloseTo(1, 1)
  expect(counts.every((count) => count > 0)).toBe(true)
})

test('what is queued comes out by time, and by arrival where times are equal', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const queue = dueQueue<number>()
      const taken: (readonly [number, number])[] = []
      const take = (): void => {
        const next = queue.take()
        if (next !== undefined) taken.push([next.atMs, next.item])
      }
      for (const [order, atMs] of times.entries()) queue.add(atMs, order)
      while (queue.size() > 0) take()
      const sorted = times.map((atMs, order) => [atMs, order] as const)
      expect(taken).toEqual(sorted.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
    }),
    { seed: 1 },
  )
})
