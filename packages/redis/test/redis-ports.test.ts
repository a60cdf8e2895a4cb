import { testPorts } from '@segue/runtime/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { openTestRedis, redisSubject } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

testPorts((periods) => redisSubject(redis, periods))
