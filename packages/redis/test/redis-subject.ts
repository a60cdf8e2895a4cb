import { randomUUID } from 'node:crypto'
import type { RunPeriods } from '@segue/runtime'
import { oneRun, subjectPartitions, type Subject } from '@segue/runtime/testing'
import type { Redis } from 'ioredis'
import { inject } from 'vitest'
import { openRedis, redisPorts, type RedisPorts } from '../src/index.ts'
import { workersKey } from '../src/keys.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

/** A connection to the tests' own Redis. */
export function openTestRedis(): Promise<Redis> {
  return openRedis({ url: inject('redisUrl'), clientName: 'test', warn: () => {} })
}

/** The ports of one worker in a sandbox of its own. */
export function redisPortsOf(
  redis: Redis,
  workerName: string,
  sandbox = `test-${randomUUID()}`,
): { readonly ports: RedisPorts; readonly sandbox: string } {
  const ports = redisPorts(redis, { sandbox, partitionCount: subjectPartitions, workerName })
  return { ports, sandbox }
}

/** A subject on Redis, in a sandbox of its own, on real time. */
export async function redisSubject(
  redis: Redis,
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
async function remember(redis: Redis, prefix: string): Promise<() => Promise<void>> {
  const keys = (): Promise<string[]> => redis.keys(`${prefix}*`)
  const kept = await Promise.all(
    (await keys()).map(async (key) => ({
      key,
      value: await redis.dumpBuffer(key),
      ttlMs: Math.max(0, await redis.pttl(key)),
    })),
  )
  return async () => {
    // At once, as a failover is: nobody sees a part of it.
    const present = await keys()
    const change = redis.multi()
    if (present.length > 0) change.del(...present)
    for (const { key, value, ttlMs } of kept) if (value !== null) change.restore(key, ttlMs, value)
    await change.exec()
  }
}
