import { erasureId, hashProfileKey, packBatch } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { partitionKeys } from '../src/keys.ts'
import { openTestRedis, redisPortsOf } from './redis-subject.ts'

let redis: Redis
beforeAll(async () => {
  redis = await openTestRedis()
})
afterAll(async () => {
  await redis.quit()
})

/** Kinds of `@segue/profile`, which this package does not otherwise need. */
const eraseKind = 2
const acknowledgedKind = 3
const profileKey = 'crm:somebody-to-be-erased'

test('what stood in the log before the barrier is gone from its memory, though updates of others come right behind', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { log } = partitionKeys(sandbox, 0)
  // Compressed, it could not be searched.
  await redis.config('SET', 'rdbcompression', 'no')
  onTestFinished(async () => {
    await redis.config('SET', 'rdbcompression', 'yes')
  })
  const held = async (text: string): Promise<boolean> =>
    (await redis.dumpBuffer(log))?.includes(text) ?? false
  const append = (key: string) =>
    ports.log.append([
      {
        partition: 0,
        payload: packBatch({ segments: [], records: [[eraseKind, key]] }),
        records: 1,
      },
    ])
  await append('crm:before')
  const id = erasureId(0, '00000000-0000-4000-8000-000000000001')
  await ports.erasures.request(0, {
    id,
    profileKey,
    hash: hashProfileKey(await ports.erasures.salt(), profileKey),
    requestedBy: 'me',
    payload: packBatch({ segments: [], records: [[eraseKind, profileKey]] }),
  })
  const records = [[acknowledgedKind, profileKey] as const]
  await ports.erasures.acknowledged(0, id, packBatch({ segments: [], records }))
  await append('crm:behind')
  const { barrier } = (await ports.erasures.get(0, id)) ?? {}
  expect(await held(profileKey)).toBe(true)
  await ports.log.trim(0, barrier ?? '')
  expect(await held('crm:behind')).toBe(true)
  expect(await held(profileKey)).toBe(false)
})

test('what is kept of a request goes by itself, and its index with the next', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { erasure, erasures } = partitionKeys(sandbox, 0)
  const ask = async (digit: number): Promise<string> => {
    const id = erasureId(0, `00000000-0000-4000-8000-00000000000${digit}`)
    const key = `${profileKey}-${digit}`
    await ports.erasures.request(0, {
      id,
      profileKey: key,
      hash: hashProfileKey(await ports.erasures.salt(), key),
      requestedBy: 'me',
      payload: packBatch({ segments: [], records: [[eraseKind, key]] }),
    })
    return id
  }
  const id = await ask(1)
  expect(await redis.pttl(erasure + id)).toBe(-1)
  await ports.erasures.finish(0, id, {
    atMs: 1,
    keysScanned: 1,
    entriesScanned: 1,
    found: 0,
    begunAnew: false,
    otherProfiles: 0,
  })
  const days = (await redis.pttl(erasure + id)) / 86_400_000
  expect(days).toBeGreaterThan(89)
  expect(days).toBeLessThanOrEqual(90)
  await redis.zadd(erasures, Date.now() - 91 * 86_400_000, id)
  const next = await ask(2)
  expect(await redis.zrange(erasures, '0', '-1')).toEqual([next])
})
