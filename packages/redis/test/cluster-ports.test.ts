import { testPorts } from '@segue/runtime/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isCluster, openRedis, type RedisConnection } from '../src/index.ts'
import { redisSubject } from './redis-subject.ts'
import { startCluster, type TestCluster } from './start-cluster.ts'

let cluster: TestCluster
let redis: RedisConnection
beforeAll(async () => {
  cluster = await startCluster()
  redis = await openRedis({ url: cluster.url, clientName: 'test', warn: () => {} })
})
afterAll(async () => {
  redis.disconnect()
  await cluster.stop()
})

test('the one address that is given is enough to find three masters', () => {
  expect(isCluster(redis) && redis.nodes('master')).toHaveLength(3)
})

testPorts((periods) => redisSubject(redis, periods))
