import { expect, test } from 'vitest'
import { createRandom } from './random.ts'

function draw(seed: number): number[] {
  return Array.from({ length: 20 }, createRandom(seed).next)
}

test('the same seed gives the same numbers, another one others', () => {
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  expect(draw(3).every((number) => number >= 0 && number < 1)).toBe(true)
})

test('a shuffle keeps every item, leaves its input alone, and puts each item everywhere', () => {
  const random = createRandom(5)
  const items = ['a', 'b', 'c', 'd']
  const firsts = new Set<string | undefined>()
  for (let round = 0; round < 100; round += 1) {
    const shuffled = random.shuffle(items)
    expect(shuffled.toSorted()).toEqual(items)
    firsts.add(shuffled[0])
  }
  expect(items).toEqual(['a', 'b', 'c', 'd'])
  expect(firsts.size).toBe(4)
})

test('numbers below a bound reach all of it and nothing more', () => {
  const random = createRandom(6)
  const drawn = new Set(Array.from({ length: 200 }, () => random.below(5)))
  expect([...drawn].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
})
