import { expect, test } from 'vitest'
import { callWindow } from './call-window.ts'

test('no window of 6 seconds has more than 12 calls, and who will not wait takes none', async () => {
  let now = 1_000
  const slept: number[] = []
  const budget = callWindow({
    calls: 12,
    windowMs: 6_000,
    nowMs: () => now,
    sleep: (ms) => Promise.resolve(void slept.push(ms)),
  })
  const out: number[] = []
  for (let call = 0; call < 30; call += 1) {
    now += 7
    const before = slept.length
    expect(await budget.take(60_000)).toBe(0)
    out.push(now + (slept[before] ?? 0))
  }
  expect(slept.length).toBe(18)
  const spans = out.slice(12).map((at, index) => at - (out[index] ?? 0))
  expect(spans).toHaveLength(18)
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(6_000)
  const waitMs = await budget.take(100)
  expect(waitMs).toBeGreaterThan(100)
  expect(await budget.take(100)).toBe(waitMs)
  now += 60_000
  expect(await budget.take(0)).toBe(0)
})
