import { randomUUID } from 'node:crypto'
import { testAlertStore } from '@segue/destinations/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { redisAlerts } from '../src/index.ts'
import { alertKeys } from '../src/keys.ts'
import { openTestRedis } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

testAlertStore(async () => {
  const sandbox = `test-${randomUUID()}`
  return () => redisAlerts(redis, sandbox)
})

test('all keys are in one slot, and outcomes do not stay for ever', async () => {
  const sandbox = `test-${randomUUID()}`
  const tags = Object.values(alertKeys(sandbox)).map((key) => /\{.+?\}/.exec(key)?.[0])
  expect(new Set(tags)).toEqual(new Set([`{segue:${sandbox}:alerts}`]))
  const store = redisAlerts(redis, sandbox)
  const about = {
    id: 'm',
    change: 'raised',
    subscriptionId: 's',
    atMs: 1,
    alert: {
      id: 'a',
      sandboxName: 'prod',
      severity: 'critical',
      rule: 'lag',
      value: 1,
      threshold: 0,
      detail: '',
      raisedAtMs: 1,
    },
  } as const
  await store.addMessage(about)
  const told = {
    messageId: 'm',
    subscriptionId: 's',
    change: 'raised',
    atMs: 1,
    attempts: 1,
  } as const
  await store.settle(about, { ...told, status: 'sent' })
  expect(await redis.pttl(`${alertKeys(sandbox).told}a`)).toBeGreaterThan(0)
})
