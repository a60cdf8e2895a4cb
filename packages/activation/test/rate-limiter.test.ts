import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { redisRateLimiter } from '../src/index.ts'

const connections = [1, 2].map(() => new Redis(inject('redisUrl'), { protocol: 2 }))
afterAll(() => connections.forEach((redis) => redis.disconnect()))

/** The same budget as two workers have it. */
function workers(calls: number, windowMs: number) {
  const keyPrefix = `{${randomUUID()}}:limiter`
  return connections.map((redis) => redisRateLimiter(redis, keyPrefix, calls, windowMs))
}

test('two workers together take no more calls than the budget has', async () => {
  const [one, other] = workers(5, 60_000)
  const takes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other)!.take(0)),
  )
  expect(takes.filter((waitMs) => waitMs === 0)).toHaveLength(5)
  for (const waitMs of takes.filter((wait) => wait !== 0)) {
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(60_000)
  }
})

test('who is ready to wait gets a call of the next window', async () => {
  const [one, other] = workers(1, 300 /* rounded up to a second */)
  expect(await one!.take(0)).toBe(0)
  expect(await other!.take(0)).toBeGreaterThan(0)
  expect(await other!.take(10_000)).toBe(0)
})
