import { expect, test } from 'vitest'
import { oneAfterAnother } from './one-after-another.ts'

test('runs never overlap, each call is followed by a run that began after it, and calls share runs', async () => {
  const ends: (() => void)[] = []
  let running = 0
  let begun = 0
  const run = oneAfterAnother(async () => {
    running += 1
    begun += 1
    expect(running).toBe(1)
    await new Promise<void>((resolve) => ends.push(resolve))
    running -= 1
  })
  const first = run()
  const [second, third] = [run(), run()]
  expect(begun).toBe(1)
  ends.shift()?.()
  await first
  await expect.poll(() => begun).toBe(2)
  const fourth = run()
  ends.shift()?.()
  await Promise.all([second, third])
  await expect.poll(() => begun).toBe(3)
  ends.shift()?.()
  await fourth
  expect(begun).toBe(3)
})

test('a run that fails fails its callers alone', async () => {
  let runs = 0
  const run = oneAfterAnother(async () => {
    runs += 1
    if (runs === 1) throw new Error('first')
  })
  const first = run()
  const second = run()
  await expect(first).rejects.toThrow('first')
  await second
  await run()
  expect(runs).toBe(3)
})

test('between the end of a run and the begin of the next nobody begins another', async () => {
  let running = 0
  let most = 0
  const run = oneAfterAnother(async () => {
    running += 1
    most = Math.max(most, running)
    await Promise.resolve()
    running -= 1
  })
  // Calls in every microtask around the ends of runs.
  const calls: Promise<void>[] = []
  for (let turn = 0; turn < 100; turn += 1) {
    calls.push(run())
    await Promise.resolve()
  }
  await Promise.all(calls)
  expect(most).toBe(1)
})
