import { randomUUID } from 'node:crypto'
import { logStart } from '@segue/runtime'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRedisAway, openRedis, partitionKeys, type RedisConnection } from '../src/index.ts'
import { ledgerNames } from '../src/ledger-names.ts'
import { moveSlot, slotOf } from '../src/testing.ts'
import { redisPortsOf } from './redis-subject.ts'
import { startCluster, type TestCluster } from './start-cluster.ts'

let cluster: TestCluster
let redis: RedisConnection
/** A connection to each master: what blocks the other one blocks none of these. */
let masters: readonly Redis[]
beforeAll(async () => {
  cluster = await startCluster()
  masters = cluster.servers.map(({ port }) => new Redis({ port, host: '127.0.0.1' }))
  for (const master of masters) master.on('error', () => {})
  redis = await openRedis({ url: cluster.url, clientName: 'test', warn: () => {} })
})
afterAll(async () => {
  redis.disconnect()
  for (const master of masters) master.disconnect()
  await cluster.stop()
})

/** Moves all keys of a partition to the next master. */
async function movePartition(sandbox: string, partition: number): Promise<void> {
  const slot = await slotOf(cluster.servers[0]!, partitionKeys(sandbox, partition).log)
  await moveSlot(cluster.servers, slot)
}

/** Ends every connection of a name, wherever it leads. @returns how many there were */
async function endConnections(isMeant: (client: string) => boolean): Promise<number> {
  const ended = await Promise.all(
    masters.map(async (master) => {
      const clients = String(await master.client('LIST'))
        .split('\n')
        .filter(isMeant)
      for (const client of clients)
        await master.client('KILL', 'ID', client.slice(3).split(' ')[0]!)
      return clients.length
    }),
  )
  return ended.reduce((sum, count) => sum + count, 0)
}

/** How many commands went to a master first that has not got their slot. */
async function redirected(): Promise<number> {
  const texts = await Promise.all(masters.map((master) => master.info('errorstats')))
  const counts = texts.map((text) => Number(/errorstat_MOVED:count=(\d+)/.exec(text)?.[1] ?? 0))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('a command whose connection is lost fails, and is not sent again', async () => {
  const [outcome] = await Promise.allSettled([
    redis.blpop('{segue:test}:nothing', 0),
    (async () => {
      await expect.poll(() => endConnections((client) => client.includes(' cmd=blpop '))).toBe(1)
    })(),
  ])
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { message: 'Connection is closed.' },
  })
  const blocked = await Promise.all(masters.map((master) => master.info('clients')))
  expect(blocked.filter((text) => !text.includes('blocked_clients:0'))).toEqual([])
  expect(await redis.set('{segue:test}:x', '1')).toBe('OK')
})

test('what a partition needs goes to the right master at once', async () => {
  const { ports } = redisPortsOf(redis, 'a')
  const before = await redirected()
  for (const partition of [0, 1, 2, 3]) {
    const owner = await ports.ownership.take(partition)
    await ports.log.append([{ partition, payload: Buffer.from('x'), records: 1 }])
    await ports.log.read(partition, logStart, {
      maxEntries: 1,
      waitMs: 10,
      signal: new AbortController().signal,
    })
    await ports.store.open(partition)
    await ports.outbox.buckets(partition)
    await ports.ownership.release(partition, owner ?? '')
  }
  await ports.ownership.renew()
  await ports.dataflows.list()
  expect((await redirected()) - before).toBe(0)
})

test('a blocked reader follows its partition to another master', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const reading = new AbortController()
  const read = (afterId: string): ReturnType<typeof ports.log.read> =>
    ports.log.read(0, afterId, { maxEntries: 10, waitMs: 60_000, signal: reading.signal })
  await ports.log.append([{ partition: 0, payload: Buffer.from('first'), records: 1 }])
  const [first] = await read(logStart)
  const next = read(first?.id ?? '')
  await expect
    .poll(async () => (await Promise.all(masters.map((master) => master.info('clients')))).join(''))
    .toContain('blocked_clients:1')
  await movePartition(sandbox, 0)
  await ports.log.append([{ partition: 0, payload: Buffer.from('second'), records: 1 }])
  expect((await next).map(({ payload }) => payload.toString())).toEqual(['second'])
  reading.abort()
})

test('no key is missed that moves while its partition is looked through', async () => {
  const sandbox = `test-${randomUUID()}`
  const keys = partitionKeys(sandbox, 0)
  const solutions = Array.from({ length: 60 }, (_, index) => `solution-${index}`)
  for (const solution of solutions) await redis.hset(keys.ledger('flow', solution), 'k', 'v')
  const expected = solutions.map((solution) => `flow:${solution}`).toSorted()
  const moving = (async () => {
    for (let times = 0; times < 9; times += 1) await movePartition(sandbox, 0)
    return 'moved'
  })()
  const seen: string[][] = []
  do {
    seen.push((await ledgerNames(redis, sandbox, 0)).toSorted())
  } while ((await Promise.race([moving, Promise.resolve('moving')])) === 'moving')
  expect(seen.filter((names) => names.join() !== expected.join())).toEqual([])
})

test('no part of a hash is missed that moves while it is read', async () => {
  const { ports, sandbox } = redisPortsOf(redis, 'a')
  const { profiles } = partitionKeys(sandbox, 0)
  const names = Array.from({ length: 4_000 }, (_, index) => `profile-${index}`)
  await redis.hset(profiles, Object.fromEntries(names.map((name) => [name, 'state'])))
  const seen = new Set<string | undefined>()
  let parts = 0
  for await (const part of ports.erasures.everything(0, 'nobody')) {
    for (const { field } of part) seen.add(field)
    parts += 1
    if (parts === 3) await movePartition(sandbox, 0)
  }
  expect(names.filter((name) => !seen.has(name))).toEqual([])
})

test('who watches hears of changes again when the node that it listens at is lost', async () => {
  const { ports } = redisPortsOf(redis, 'a')
  let heard = 0
  const end = await ports.dataflows.watch(() => {
    heard += 1
  })
  const settle = (): Promise<void> =>
    ports.dataflows.put({
      id: 'd',
      name: 'd',
      enabled: true,
      activationDelayMs: 0,
      solutions: [],
      segments: {},
    })
  await settle()
  await expect.poll(() => heard).toBe(1)
  expect(await endConnections((client) => client.includes('name=segue-watch'))).toBe(1)
  // What was told meanwhile nobody heard: that is a change too.
  await expect.poll(() => heard).toBe(2)
  await settle()
  await expect.poll(() => heard).toBe(3)
  await end()
  await expect.poll(() => endConnections((client) => client.includes('name=segue-watch'))).toBe(0)
})

test('while no master can be reached commands fail, and none is kept to be sent later', async () => {
  await cluster.stop()
  await expect
    .poll(async () => {
      const [outcome] = await Promise.allSettled([redis.set('{segue:test}:x', '1')])
      return outcome.status === 'rejected' && isRedisAway(outcome.reason) && redis.status
    })
    .not.toBe('ready')
  const [outcome] = await Promise.allSettled([redis.set('{segue:test}:x', '1')])
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { message: 'Connection is closed.' },
  })
})
