import { livenessMs } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { workersKey } from '../src/keys.ts'
import { loadScript } from '../src/script.ts'
import { openTestRedis, redisPortsOf } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

test('a renewal keeps the worker alive for the time of its liveness and no longer', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { storeMs, workers } = await ports.ownership.renew()
  expect(workers.map(({ name, untilMs }) => [name, untilMs - storeMs])).toEqual([['a', livenessMs]])
  // As if the time had passed.
  const [[name, kept] = ['', '']] = Object.entries(await redis.hgetall(workersKey(sandbox)))
  await redis.hset(workersKey(sandbox), name, kept.replace(/^\d+/, String(storeMs - 1)))
  expect(await ports.ownership.workers()).toEqual([])
  const { ports: other } = redisPortsOf(redis, 'b', sandbox)
  expect((await other.ownership.renew()).workers.map((worker) => worker.name)).toEqual(['b'])
  expect(await redis.hkeys(workersKey(sandbox))).toEqual(['b'])
})

test('the clock is Redis’ own, whatever this machine says', async () => {
  const { ports } = redisPortsOf(redis, 'a')
  vi.useFakeTimers({ toFake: ['Date'], now: 86_400_000 })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const redisMs = async (): Promise<number> => {
    const [seconds, micros] = await redis.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }
  /** What an answer says of Redis' time is right up to half of the time that it took. */
  const expectRedisTime = async (ask: () => Promise<unknown>): Promise<void> => {
    const askedMs = performance.now()
    await ask()
    const errorMs = (performance.now() - askedMs) / 2 + 1
    const beforeMs = await redisMs()
    const nowMs = ports.clock.nowMs()
    expect(nowMs).toBeGreaterThanOrEqual(beforeMs - errorMs)
    expect(nowMs).toBeLessThanOrEqual((await redisMs()) + errorMs)
  }
  await expectRedisTime(ports.syncClock)
  vi.setSystemTime(0)
  await expectRedisTime(ports.ownership.renew)
})

test('a script that Redis does not have any more is sent again and runs once', async () => {
  const { ports } = redisPortsOf(redis, 'a')
  const append = () => ports.log.append([{ partition: 0, payload: Buffer.from('x'), records: 1 }])
  await append()
  await redis.script('FLUSH')
  expect(await append()).toEqual(['appended'])
  expect((await ports.store.counters(0)).get('appendedRecords')).toBe(2)
})

test('an append whose answer did not come is told as unknown, and its neighbours are not', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  // A log of the wrong type: the script fails at its first write.
  await redis.set(`{segue:${sandbox}:p01}:log`, 'not a stream')
  const outcomes = await ports.log.append(
    [0, 1, 2].map((partition) => ({ partition, payload: Buffer.from('x'), records: 1 })),
  )
  expect([outcomes[0], outcomes[2]]).toEqual(['appended', 'appended'])
  expect(outcomes[1]).toBeInstanceOf(Error)
})

test('an error of a script is no reason to send it again', async () => {
  const { sandbox } = redisPortsOf(redis, 'a')
  const key = `{segue:${sandbox}}:wrong`
  await redis.rpush(key, 'a list')
  await expect(loadScript('take').run(redis, [key], ['', 'a:1'])).rejects.toThrow('WRONGTYPE')
})
