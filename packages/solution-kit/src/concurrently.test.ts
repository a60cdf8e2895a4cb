import { expect, test } from 'vitest'
import { concurrently } from './concurrently.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('every item is done once, in its place, never more than the limit at once', async () => {
  let running = 0
  let most = 0
  const items = Array.from({ length: 50 }, (_, index) => index)
  const results = await concurrently(items, 4, async (item) => {
    running += 1
    most = Math.max(most, running)
    for (let turns = 0; turns <= (item * 7) % 5; turns += 1) await turn()
    running -= 1
    return item * 2
  })
  expect(results).toEqual(items.map((item) => item * 2))
  expect(most).toBe(4)
})

test('a task that throws rejects the whole, after the ones under way', async () => {
  let done = 0
  const run = concurrently([1, 2], 2, async (item) => {
    await turn()
    if (item === 1) throw new Error('one')
    await turn()
    done += 1
  })
  await expect(run).rejects.toThrow('one')
  expect(done).toBe(1)
})

test('no items, no tasks', async () => {
  expect(await concurrently([], 4, () => Promise.reject(new Error('never')))).toEqual([])
})
