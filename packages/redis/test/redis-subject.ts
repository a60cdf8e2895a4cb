import { randomUUID } from 'node:crypto'
import type { RunPeriods } from '@segue/runtime'
import { oneRun, subjectPartitions, type Subject } from '@segue/runtime/testing'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import {
  isCluster,
  openRedis,
  redisPorts,
  type RedisConnection,
  type RedisPorts,
} from '../src/index.ts'
import { workersKey } from '../src/keys.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

/** A connection to the tests' own Redis. */
export async function openTestRedis(): Promise<Redis> {
  const redis = await openRedis({ url: inject('redisUrl'), clientName: 'test', warn: () => {} })
  if (redis instanceof Redis) return redis
  throw new Error('the tests’ own Redis is a cluster')
}

/** The ports of one worker in a sandbox of its own. */
export function redisPortsOf(
  redis: RedisConnection,
  workerName: string,
  sandbox = `test-${randomUUID()}`,
): { readonly ports: RedisPorts; readonly sandbox: string } {
  const ports = redisPorts(redis, { sandbox, partitionCount: subjectPartitions, workerName })
  return { ports, sandbox }
}

/** A subject on Redis, in a sandbox of its own, on real time. */
export async function redisSubject(
  redis: RedisConnection,
  runPeriods: RunPeriods = oneRun,
): Promise<Subject> {
  const sandbox = `test-${randomUUID()}`
  const workers = new Map<string, RedisPorts>()
  const ports = (workerName = 'a'): RedisPorts => {
    const known = workers.get(workerName)
    if (known !== undefined) return known
    const opened = redisPorts(redis, {
      sandbox,
      partitionCount: subjectPartitions,
      workerName,
      runPeriods,
    })
    workers.set(workerName, opened)
    return opened
  }
  await ports().syncClock()
  const nowMs = async (): Promise<number> => {
    const [seconds, micros] = await redis.time()
    return Number(seconds) * 1_000 + Number(micros) / 1_000
  }
  return {
    ports,
    pass: async (ms) => {
      const untilMs = (await nowMs()) + ms
      while ((await nowMs()) < untilMs) await new Promise((resolve) => setTimeout(resolve, 1))
    },
    remember: () => remember(redis, `{segue:${sandbox}:`),
    silence: async (workerName) => {
      await redis.hdel(workersKey(sandbox), workerName)
    },
  }
}

/** Keeps every key of a sandbox as it is. @returns puts them back, and removes what is there beside them */
async function remember(redis: RedisConnection, prefix: string): Promise<() => Promise<void>> {
  const nodes = isCluster(redis) ? redis.nodes('master') : [redis]
  const keys = async (): Promise<string[]> =>
    (await Promise.all(nodes.map((node) => node.keys(`${prefix}*`)))).flat()
  const kept = await Promise.all(
    (await keys()).map(async (key) => ({
      key,
      value: await redis.dumpBuffer(key),
      ttlMs: Math.max(0, await redis.pttl(key)),
    })),
  )
  return async () => {
    const present = await keys()
    const all = new Set([...present, ...kept.map(({ key }) => key)])
    // All of a slot at once, as a failover is: nobody sees a part of it.
    for (const slot of Map.groupBy(all, (key) => key.slice(0, key.indexOf('}'))).values()) {
      const change = redis.multi()
      change.del(...slot)
      for (const { key, value, ttlMs } of kept) {
        if (value !== null && slot.includes(key)) change.restore(key, ttlMs, value)
      }
      await change.exec()
    }
  }
}
