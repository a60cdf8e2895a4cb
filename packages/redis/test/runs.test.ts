import { bookField, runPeriods } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionKeys } from '../src/keys.ts'
import type { RedisPorts } from '../src/index.ts'
import { openTestRedis, redisPortsOf } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

const place = { dataflow: 'f', solution: 's' } as const

/** Commits one row for one solution. @returns the bucket that was opened for it */
async function receive({ store, ownership }: RedisPorts) {
  await ownership.renew()
  const outcome = await store.commit(0, {
    owner: (await ownership.take(0))!,
    expectedOffset: '0-0',
    offset: '1-0',
    dataflowsVersion: 0,
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: [{ dataflow: 'f', dueMs: 1_000, chunk: Buffer.from('x'), rows: 1 }],
    counters: new Map([['outboxRows', 1]]),
    books: new Map(['received', 'pending'].map((field) => [bookField('f', 's', field), 1])),
  })
  if (outcome.status !== 'committed') throw new Error(outcome.status)
  return outcome.opened[0]!
}

test('a run and its index expire by themselves 90 days after its hour', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  await ports.syncClock()
  const hourBefore = Math.floor(ports.clock.nowMs() / 3_600_000)
  const { hour = 0 } = await receive(ports)
  await ports.syncClock()
  expect([hourBefore, Math.floor(ports.clock.nowMs() / 3_600_000)]).toContain(hour)
  const { run, runs } = partitionKeys(sandbox, 0)
  const endsMs = (hour + 1) * 3_600_000 + 90 * 86_400_000
  expect(runPeriods).toEqual({ lengthMs: 3_600_000, keptMs: 90 * 86_400_000 })
  expect(await redis.pexpiretime(`${run}f:${hour}`)).toBe(endsMs)
  expect(await redis.pexpiretime(`${runs}f`)).toBe(endsMs)
})

test('a run of six solutions takes the compact form of a hash', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { hour = 0 } = await receive(ports)
  const key = `${partitionKeys(sandbox, 0).run}f:${hour}`
  for (const solution of ['audience-manager', 'analytics', 'advertising-cloud', 'campaign']) {
    for (const code of ['CONSENT_VIOLATION', 'SEGMENT_NOT_ACTIVATED', 'NO_IDENTITY']) {
      await redis.hset(key, `${solution}|excluded:${code}`, 4_000_000)
    }
  }
  expect(await redis.object('ENCODING', key)).toBe('listpack')
})

test('a bucket that a version without runs has left is settled, and counted in the books only', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { hour, generation } = await receive(ports)
  const keys = partitionKeys(sandbox, 0)
  await redis.hdel(keys.open, `f|1000@${hour}`)
  await redis.hset(keys.open, 'f|1000', generation)
  await redis.rename(`${keys.outbox}f|1000@${hour}|1`, `${keys.outbox}f|1000|1`)

  const [listed, ...more] = await ports.outbox.buckets(0)
  expect(more).toEqual([])
  const bucket = { dataflow: 'f', dueMs: 1_000, generation: 1 }
  expect(listed).toEqual({ bucket, sealed: false })
  expect(await ports.outbox.seal(0, bucket)).toBe(true)
  expect((await ports.outbox.chunks(0, bucket, 0, -1)).map(String)).toEqual(['x'])
  const range = { bucket, solution: 's', from: 0, to: 0 }
  await ports.outbox.plan(0, bucket, 1, [{ ...range, progress: '0' }])
  await ports.ledger.settle(0, {
    ...place,
    token: Buffer.alloc(6, 1),
    entries: [],
    rows: [{ range, outcomes: [{ row: 0, profileKey: 'p', outcome: 'activated' }] }],
    resent: [],
    deadLetters: [],
  })
  expect(await ports.outbox.buckets(0)).toEqual([])
  expect(Object.fromEntries(await ports.store.books(0))).toEqual({
    'f|s|received': 1,
    'f|s|pending': 0,
    'f|s|activated': 1,
  })
  const [part] = await ports.runs.parts(0, 'f', [hour!])
  expect(Object.fromEntries(part!.numbers)).toEqual({ 's|received': 1, 's|pending': 1 })
})
