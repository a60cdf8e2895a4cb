import { randomUUID } from 'node:crypto'
import { openRedis, redisPorts, type RedisPorts, type RedisConnection } from '@segue/redis'
import type { Dataflow } from '@segue/runtime'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createObserver } from '../src/index.ts'

// What an observer sees of a sandbox on real Redis; what it makes of it is tested in memory.

let redis: RedisConnection
let ports: RedisPorts
beforeAll(async () => {
  redis = await openRedis({ url: inject('redisUrl'), clientName: 'test', warn: () => {} })
  ports = redisPorts(redis, {
    sandbox: `test-${randomUUID()}`,
    partitionCount: 2,
    workerName: 'test',
  })
  await ports.syncClock()
})
afterAll(() => redis.disconnect())

const flow: Dataflow = {
  id: 'f',
  name: 'Main',
  enabled: true,
  activationDelayMs: 0,
  solutions: ['target'],
  segments: {},
}

test('what waits in a log, a pause and a refused segment are seen when they are there, and no longer', async () => {
  const nowMs = ports.clock.nowMs()
  const observe = createObserver(ports, { partitionCount: 2, queues: [] })
  expect(await observe(nowMs, [flow])).toEqual({
    nowMs,
    flows: new Map([['f', 'Main']]),
    runs: [],
    pauses: [],
    deadLetters: [{ flowId: 'f', solution: 'target', count: 0 }],
    failedSegments: [{ flowId: 'f', solution: 'target', count: 0, code: '' }],
    lags: [],
    failedJobs: [],
    clocks: [],
  })
  const pause = { code: 'HTTP_503', detail: 'x', sinceMs: nowMs, untilMs: nowMs + 1 }
  await ports.records.setPause('target', pause)
  await ports.counterparts.failed('target', 'f', 'ups:a', {
    code: 'NAME_TAKEN',
    detail: 'x',
    atMs: nowMs,
  })
  await ports.log.append([{ partition: 1, payload: Buffer.of(1), records: 1 }])
  const seen = await observe(nowMs + 60_000, [flow])
  expect(seen).toMatchObject({
    pauses: [{ solution: 'target', pause }],
    failedSegments: [{ count: 1, code: 'NAME_TAKEN' }],
    lags: [{ partition: 1 }],
  })
  expect(Math.abs((seen.lags[0]?.oldestMs ?? 0) - nowMs)).toBeLessThan(60_000)
  await ports.records.setPause('target', undefined)
  expect((await observe(nowMs + 120_000, [flow])).pauses).toEqual([])
})
