import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { openRedis, schema, settleSchema, type RedisConnection, type Schema } from '../src/index.ts'

/** A database of its own: a Redis has one schema. */
const url = new URL(inject('redisUrl'))
url.pathname = '/12'
const redis: RedisConnection = await openRedis({
  url: url.href,
  clientName: 'test',
  warn: () => {},
})
const key = '{segue}:schema'
beforeEach(() => redis.del(key))
afterAll(async () => {
  await redis.del(key)
  redis.disconnect()
})

const release = (version: number, oldestReader: number, readsFrom: number): Schema => ({
  version,
  oldestReader,
  readsFrom,
})
const stored = async (): Promise<object> => redis.hgetall(key)

test('the newest release that worked on a store is noted, and no older one takes that back', async () => {
  await settleSchema(redis)
  expect(await stored()).toEqual({
    written: String(schema.version),
    oldestReader: String(schema.oldestReader),
  })
  await settleSchema(redis, release(7, 6, 1))
  await settleSchema(redis, release(6, 5, 1))
  expect(await stored()).toEqual({ written: '7', oldestReader: '6' })
  await settleSchema(redis, release(8, 4, 1))
  expect(await stored()).toEqual({ written: '8', oldestReader: '6' })
})

test('a release that cannot read what is stored is refused, and changes nothing', async () => {
  await settleSchema(redis, release(7, 6, 1))
  await expect(settleSchema(redis, release(5, 5, 1))).rejects.toMatchObject({ code: 'STORE_NEWER' })
  await expect(settleSchema(redis, release(12, 12, 8))).rejects.toMatchObject({
    code: 'STORE_TOO_OLD',
  })
  expect(await stored()).toEqual({ written: '7', oldestReader: '6' })
})

test('a store of before there was a number is taken over', async () => {
  expect(schema.readsFrom).toBe(1)
  await settleSchema(redis)
  expect(await stored()).toMatchObject({ written: String(schema.version) })
})
