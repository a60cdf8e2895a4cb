import { logStart, type Commit } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataflowsVersionKey } from '../src/keys.ts'
import { openTestRedis, redisPortsOf } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

test('an order reaches a partition that was not told of its dataflows yet', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  await ports.ownership.renew()
  const commitIn = async (partition: number): Promise<string> => {
    const owner = (await ports.ownership.take(partition)) ?? ''
    const commit: Commit = {
      owner,
      expectedOffset: logStart,
      offset: '1-0',
      dataflowsVersion: 4,
      profiles: [],
      timers: [],
      newSegments: [],
      firstSegment: 0,
      outbox: [],
      counters: new Map(),
      books: new Map(),
    }
    return (await ports.store.commit(partition, commit)).status
  }
  // Whoever puts a dataflow may die before the partitions know of it.
  await redis.set(dataflowsVersionKey(sandbox), 5)
  await ports.backfills.open(0, { dataflow: 'flow', order: 'one', solution: 's' }, 5)
  expect(await commitIn(0)).toBe('outdated')
  expect(await commitIn(1)).toBe('committed')
})
