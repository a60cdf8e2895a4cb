import { tableTransitions } from '@segue/profile'
import { packBatch, startPartitions, unpackProfile, type PartitionLoss } from '@segue/runtime'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisPorts } from '../src/index.ts'
import {
  append,
  direct,
  entryCount,
  inTime,
  ownRedis,
  portsOf,
  type OwnRedis,
} from './own-redis.ts'
import { startRedisProxy, type RedisProxy } from '../src/testing/redis-proxy.ts'

/** A primary and a replica, a name that means the primary, and the way between the two. */
interface Pair {
  readonly primary: OwnRedis
  readonly replica: OwnRedis
  readonly name: RedisProxy
  /** The replica gets nothing any more. */
  readonly part: () => void
  /** The primary dies, the replica takes its place, and the name means it. */
  readonly failOver: () => Promise<void>
  /** Until the replica has what the primary has. */
  readonly caughtUp: () => Promise<void>
}

async function startPair(): Promise<Pair> {
  const primary = await ownRedis(['--repl-diskless-sync-delay', '0'])
  const replica = await ownRedis()
  const name = await startRedisProxy(primary.port)
  const link = await startRedisProxy(primary.port)
  onTestFinished(async () => {
    await name.close()
    await link.close()
  })
  await direct(replica.port).replicaof('127.0.0.1', Number(new URL(link.url).port))
  const offsets = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all(
      [primary, replica].map(async ({ port }) => {
        const about = await direct(port).info('replication')
        return /^(?:slave|master)_repl_offset:(\d+)/m.exec(about)?.[1]
      }),
    )
  await expect
    .poll(() => direct(replica.port).info('replication'), inTime)
    .toContain('master_link_status:up')
  return {
    primary,
    replica,
    name,
    part: () => {
      link.pointTo(1)
      link.cut()
    },
    failOver: async () => {
      await primary.server.kill()
      await direct(replica.port).replicaof('NO', 'ONE')
      name.pointTo(replica.port)
      name.cut()
    },
    caughtUp: () =>
      expect
        .poll(async () => {
          const [one, other] = await offsets()
          return one === other
        }, inTime)
        .toBe(true),
  }
}

/** Sends one membership until it is accepted, as a client does. */
async function send({ log }: RedisPorts, profileKey: string, qualifiedMs: number): Promise<void> {
  const records = [[0, profileKey, [], [0, 1, qualifiedMs, 0], 0, 0]] as const
  const payload = packBatch({ segments: ['ups:a'], records })
  await expect
    .poll(async () => (await log.append([{ partition: 0, payload, records: 1 }]))[0], inTime)
    .toBe('appended')
}

async function qualified({ store }: RedisPorts, profileKeys: readonly string[]): Promise<unknown> {
  const packed = await store.load(0, profileKeys)
  return packed.map((one, index) =>
    one === undefined ? undefined : unpackProfile(profileKeys[index]!, one).memberships[2],
  )
}

async function stepped({ store }: RedisPorts): Promise<boolean> {
  const counters = await store.counters(0)
  return counters.get('steppedRecords') === counters.get('appendedRecords')
}

async function step(
  ports: RedisPorts,
): Promise<{ readonly losses: PartitionLoss[]; readonly swept: boolean[] }> {
  const losses: PartitionLoss[] = []
  const swept: boolean[] = []
  const partitions = await startPartitions(ports, {
    partitionCount: 1,
    residentMax: 100,
    startTransitions: () => tableTransitions,
    dataflows: () => ({ version: 0, dataflows: [] }),
    refreshDataflows: () => Promise.resolve(),
    opened: () => Promise.resolve(),
    sweep: async (_, all) => {
      swept.push(all)
    },
    log: {
      taken: () => {},
      ended: () => {},
      failed: () => {},
      mended: (_, loss) => losses.push(loss),
    },
  })
  onTestFinished(() => partitions.stop())
  return { losses, swept }
}

test('after a failover that lost its tail the owner gives back what it had read', async () => {
  const { name, part, failOver, caughtUp, replica } = await startPair()
  const { ports } = await portsOf(name.url)
  const { losses, swept } = await step(ports)
  await send(ports, 'p', 1_000)
  await expect.poll(() => stepped(ports), inTime).toBe(true)
  await caughtUp()
  part()
  await send(ports, 'p', 2_000)
  await send(ports, 'q', 1_000)
  await expect.poll(() => stepped(ports), inTime).toBe(true)
  const sweeps = swept.length
  await failOver()
  await send(ports, 'r', 1_000)
  await expect
    .poll(() => losses, inTime)
    .toEqual([{ entriesBack: 2, entriesLost: 2, updatesAppended: 2 }])
  await expect.poll(() => stepped(ports).catch(() => false), inTime).toBe(true)
  expect(await qualified(ports, ['p', 'q', 'r'])).toEqual([2_000, 1_000, 1_000])
  expect(await direct(replica.port).hget('{segue:prod:p00}:counters', 'losses')).toBe('1')
  expect(swept.slice(sweeps)).toContain(true)
})

test('with replicas waited for, what was accepted or claimed outlives a failover', async () => {
  const { name, part, failOver, primary } = await startPair()
  const { ports } = await portsOf(name.url, 1)
  expect(await append(ports)).toBe('appended')
  const token = Buffer.alloc(6, 1)
  const claim = () =>
    ports.ledger.claim(0, 'f', 's', token, 20_000, [{ profileKey: 'p', segments: [7] }])
  await claim()
  part()
  // It is there, and may be lost: whoever sent it is told to send it again.
  expect(await append(ports)).toBe('not-replicated')
  await expect(claim()).rejects.toMatchObject({ name: 'NotReplicated' })
  expect(await direct(primary.port).xlen('{segue:prod:p00}:log')).toBe(2)
  await failOver()
  await expect.poll(() => entryCount(ports).catch(() => 0), inTime).toBe(1)
  const [entry] = await ports.ledger.entries(0, 'f', 's', ['p'])
  expect(entry?.subarray(6, 12)).toEqual(token)
})

test('a script that the server lost is waited for as the others are', async () => {
  const { name, primary } = await startPair()
  const { ports } = await portsOf(name.url, 1)
  expect(await append(ports)).toBe('appended')
  await direct(primary.port).script('FLUSH')
  expect(await append(ports)).toBe('appended')
  expect(await entryCount(ports)).toBe(2)
})

test('without replicas to wait for an append and a claim are one command each, as ever', async () => {
  const own = await ownRedis()
  const { ports } = await portsOf(`redis://127.0.0.1:${own.port}`)
  const redis = direct(own.port)
  const claim = () =>
    ports.ledger.claim(0, 'f', 's', Buffer.alloc(6, 1), 1_000, [{ profileKey: 'p', segments: [7] }])
  await append(ports)
  await claim()
  await redis.config('RESETSTAT')
  await append(ports)
  await claim()
  const stats = await redis.info('commandstats')
  const calls = Object.fromEntries(
    Array.from(stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm), ([, name, count]) => [
      name,
      Number(count),
    ]),
  )
  // The scripts' own: an entry and two counters; the time, the entry as it was and as it is, and the profile.
  expect(calls).toEqual({
    'config|resetstat': 1,
    evalsha: 2,
    hget: 2,
    hincrby: 2,
    hset: 1,
    time: 1,
    xadd: 1,
  })
})

test('connections that are cut at any moment neither lose nor double anything', async () => {
  const own = await ownRedis()
  const proxy = await startRedisProxy(own.port)
  onTestFinished(() => proxy.close())
  const { ports } = await portsOf(proxy.url)
  const { losses } = await step(ports)
  const profileKeys = ['p', 'q', 'r']
  for (let time = 1; time <= 30; time += 1) {
    // Some cuts come before a request, some between it and its answer, some hit a commit.
    if (time % 3 !== 1) proxy.loseAnswer(time % 4)
    else proxy.cut()
    await send(ports, profileKeys[time % 3]!, time)
  }
  proxy.loseAnswer(Infinity)
  await expect.poll(() => stepped(ports).catch(() => false), inTime).toBe(true)
  expect(await qualified(ports, profileKeys)).toEqual([30, 28, 29])
  const counters = await ports.store.counters(0)
  expect(counters.get('realized')).toBe(3)
  expect(await entryCount(ports)).toBeLessThanOrEqual(counters.get('appendedRecords') ?? 0)
  expect(losses).toEqual([])
})
