import { testLoopFaults, testLoopReplay, testPartitionLoop } from '@segue/runtime/testing'
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
const create = () => redisSubject(redis)

testPartitionLoop(create)
testLoopFaults(create)
testLoopReplay(create)
