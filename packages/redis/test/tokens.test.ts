import { randomUUID } from 'node:crypto'
import { administratorRole } from '@segue/destinations'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { RedisConnection } from '../src/connection.ts'
import { openRedis } from '../src/open-redis.ts'
import { redisTokens } from '../src/tokens.ts'

let redis: RedisConnection
beforeAll(async () => {
  redis = await openRedis({ url: inject('redisUrl'), clientName: 'test', warn: () => {} })
})
afterAll(() => redis.quit())

function place(): { key: string; tokens: ReturnType<typeof redisTokens> } {
  const key = `{segue:${randomUUID()}}:tokens`
  return { key, tokens: redisTokens(redis, key) }
}
const administrator = { name: 'a', roles: [administratorRole] }

test('a token is known by its hash only, until it is revoked or its time is over', async () => {
  const { key, tokens } = place()
  const { token, grant } = await tokens.issue({ name: 'ci', roles: ['x'], createdBy: 'ana' })
  const other = await tokens.issue({ name: 'other', roles: [] })
  expect(grant).toMatchObject({ name: 'ci', roles: ['x'], ending: token.slice(-4) })
  expect(await tokens.verify(token)).toEqual(grant)
  expect(await tokens.verify(`${token}x`)).toBeUndefined()
  expect(await tokens.list()).toEqual([grant, other.grant])
  expect(JSON.stringify([await redis.hgetall(key), grant])).not.toContain(token.slice(6, -4))

  expect(await tokens.revoke(grant.id)).toBe(true)
  expect(await tokens.revoke(grant.id)).toBe(false)
  expect(await tokens.verify(token)).toBeUndefined()
  expect(await tokens.verify(other.token)).toMatchObject({ name: 'other' })

  const past = await tokens.issue({ name: 'past', roles: [], expiresAtMs: Date.now() - 1 })
  expect(await tokens.list()).toEqual([other.grant])
  expect(await tokens.revoke(past.grant.id)).toBe(false)
  expect(await tokens.verify(past.token)).toBeUndefined()
  expect(await redis.hlen(key)).toBe(1)
})

test('a token lasts as the clock says that it is given, whatever this machine’s says', async () => {
  const key = `{segue:${randomUUID()}}:tokens`
  let aheadMs = -300_000
  const tokens = redisTokens(redis, key, { nowMs: () => Date.now() + aheadMs })
  const expiresAtMs = Date.now() - 60_000
  const { token, grant } = await tokens.issue({ name: 'ci', roles: [], expiresAtMs })
  expect(grant.createdAtMs).toBeLessThan(expiresAtMs)
  expect(await tokens.verify(token)).toEqual(grant)
  aheadMs = 0
  expect(await tokens.verify(token)).toBeUndefined()
})

test('only a whole id revokes', async () => {
  const { tokens } = place()
  const { grant } = await tokens.issue({ name: 'ci', roles: [] })
  for (const id of ['', grant.id.slice(0, 8), `${grant.id}00`, '.*']) {
    expect(await tokens.revoke(id)).toBe(false)
  }
  expect(await tokens.list()).toHaveLength(1)
})

test('what was granted before there were roles: administrators stay so, all else allows nothing', async () => {
  const { key, tokens } = place()
  const { token, grant } = await tokens.issue({ name: 'old', roles: [] })
  const [hash = ''] = await redis.hkeys(key)
  for (const [permissions, roles] of [
    [['admin'], [administratorRole]],
    [['view-profiles'], []],
  ]) {
    await redis.hset(key, hash, JSON.stringify({ name: 'old', permissions, createdAtMs: 1 }))
    expect(await tokens.verify(token)).toEqual({ id: grant.id, name: 'old', roles, createdAtMs: 1 })
  }
  await redis.hset(key, hash, JSON.stringify({ name: 'old', permissions: ['admin'] }))
  await expect(tokens.revoke(grant.id)).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' })
})

const inMs = (ms: number): number => Date.now() + ms

test("an administrator's token is only revoked where another one lasts as long", async () => {
  const { tokens } = place()
  const lasting = await tokens.issue(administrator)
  const short = await tokens.issue({ ...administrator, expiresAtMs: inMs(100_000) })
  await tokens.issue({ ...administrator, expiresAtMs: inMs(1) - 1 })
  await tokens.issue({ name: 'other', roles: ['Administrator', 'other'] })
  await tokens.issue({ ...administrator, sessionOf: short.grant.id })
  const last = { code: 'LAST_ADMINISTRATOR' }
  await expect(tokens.revoke(lasting.grant.id)).rejects.toMatchObject(last)
  expect(await tokens.revoke(short.grant.id)).toBe(true)
  await expect(tokens.revoke(lasting.grant.id)).rejects.toMatchObject(last)
  expect(await tokens.verify(lasting.token)).toBeDefined()
  await tokens.issue(administrator)
  expect(await tokens.revoke(lasting.grant.id)).toBe(true)
})

test('however many administrators revoke each other at once, one is left', async () => {
  const { tokens } = place()
  const all = await Promise.all(Array.from({ length: 8 }, () => tokens.issue(administrator)))
  const outcomes = await Promise.allSettled(all.map(({ grant }) => tokens.revoke(grant.id)))
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(await tokens.list()).toHaveLength(1)
})

test('sessions end with the token that they were made from, and are bounded', async () => {
  const { tokens } = place()
  const { token, grant } = await tokens.issue({ name: 'ana', roles: ['x'] })
  const kept = await tokens.issue({ name: 'ben', roles: [] })
  const session = (): ReturnType<typeof tokens.issue> =>
    tokens.issue({ name: 'ana', roles: ['x'], sessionOf: grant.id })
  const first = await session()
  for (let index = 0; index < 55; index++) await session()
  const sessions = (await tokens.list()).filter((one) => one.session === true)
  expect(sessions).toHaveLength(50)
  expect(await tokens.verify(first.token)).toBeUndefined()
  const [one] = sessions
  expect(await tokens.revoke(one?.id ?? '')).toBe(true)
  expect(await tokens.verify(token)).toBeDefined()
  await tokens.revoke(grant.id)
  expect(await tokens.list()).toEqual([kept.grant])
})
