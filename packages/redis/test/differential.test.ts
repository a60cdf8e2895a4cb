import { memorySubject } from '@segue/runtime/testing'
import * as fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations, type Operation } from './operations.ts'
import { perform } from './perform.ts'
import { openTestRedis, redisSubject } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

/** Both workers live, and one owns each partition, or most commits would be fenced. */
const prelude = inEach(['renew', 'take'])
/** Everything that can be read of what the operations left. */
const epilogue = inEach([
  'open',
  'load',
  'due',
  'numbers',
  'buckets',
  'entries',
  'dead letters',
  'read',
])

function inEach(kinds: readonly Operation['kind'][]): Operation[] {
  return kinds.flatMap((kind) =>
    [0, 1].map((partition) => ({ worker: 'a', partition, kind, picks: [0, 1, 2], odd: true })),
  )
}

test('memory and Redis give the same answers to the same operations', async () => {
  let answers = ''
  await fc.assert(
    fc.asyncProperty(operations, async (all) => {
      const performed = [...prelude, ...all, ...epilogue]
      const onRedis = await perform(await redisSubject(redis), performed)
      expect(await perform(memorySubject(), performed)).toEqual(onRedis)
      answers += JSON.stringify(onRedis)
    }),
    { seed: 20_261_123, numRuns: 80 },
  )
  // Or the operations would agree on nothing much.
  for (const answer of [
    '"log-full"',
    '"outbox-full"',
    '"fenced"',
    '"moved"',
    '"outdated"',
    '"generation":4',
    '"busy"',
    '"sealed":true',
    '["take",false]',
    '["seal",false]',
    '"progress":"00"',
    '"progress":"10"',
    '["progress","',
    '["settle",[]]',
    '"code":"Y"',
    '"f|s|activated',
    'f|s|excluded:BACKLOG_FULL',
    '"heldRows":32',
    '"due":{"first":',
    '4102444800010',
  ]) {
    expect(answers).toContain(answer)
  }
})
