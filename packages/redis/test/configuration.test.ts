import { randomUUID } from 'node:crypto'
import { testConfigurationStore } from '@segue/destinations/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { redisConfiguration } from '../src/index.ts'
import { openTestRedis } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

testConfigurationStore(async () => {
  const place = `test-${randomUUID()}`
  return () => redisConfiguration(redis, { place })
})

test('audit events are dropped when they are too old', async () => {
  const place = `test-${randomUUID()}`
  const store = redisConfiguration(redis, { place, auditKeptMs: 0 })
  await store.record([entry('1')])
  await expect
    .poll(async () => {
      await store.record([entry('2')])
      return (await store.audit({ limit: 1 })).map(({ id }) => id)
    })
    .toEqual(['2'])
})

function entry(id: string) {
  return { actor: 'a', action: 'created', kind: 'role', id }
}
