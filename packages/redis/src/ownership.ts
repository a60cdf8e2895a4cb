import { randomBytes } from 'node:crypto'
import {
  livenessMs,
  type LiveWorker,
  type Ownership,
  type Presence,
  type Renewal,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { ownershipChannel, partitionKeys, workersKey } from './keys.ts'
import { asArray, asText } from './reply.ts'
import { loadScript } from './script.ts'
import { timeAt } from './time-at.ts'
import { watchChannel } from './watch-channel.ts'

const presenceScript = loadScript('presence')
const takeScript = loadScript('take')
const releaseScript = loadScript('release')

/**
 * Partition ownership in Redis: the owner key of a partition holds `worker:nonce`, and one hash holds until when each worker
 * counts as alive, by Redis' clock.
 *
 * @param worker name of this worker; letters, digits and dashes
 */
export function redisOwnership(
  redis: RedisConnection,
  sandbox: string,
  partitionCount: number,
  worker: string,
): Ownership {
  const key = workersKey(sandbox)
  const channel = ownershipChannel(sandbox)
  const isAlive = async (name: string): Promise<boolean> => {
    const [value, time] = await Promise.all([redis.hget(key, name), timeAt(redis, key)])
    const found = value === null ? undefined : parseWorker(name, value)
    return found !== undefined && found.untilMs > timeOf(time)
  }
  return {
    worker,
    renew: async (presence = { state: 'live' }): Promise<Renewal> => {
      const { state, ...said } = presence
      const reply = await presenceScript.run(
        redis,
        [key],
        [worker, livenessMs, state, JSON.stringify(said), channel],
      )
      const [storeMs, ...flat] = asArray(reply).map(asText)
      return { storeMs: Number(storeMs), workers: parseWorkers(flat) }
    },
    take: async (partition) => {
      const { owner } = partitionKeys(sandbox, partition)
      const present = (await redis.get(owner)) ?? ''
      const holder = workerOf(present)
      if (holder !== undefined && holder !== worker && (await isAlive(holder))) return undefined
      const nonce = `${worker}:${randomBytes(8).toString('hex')}`
      return (await takeScript.run(redis, [owner], [present, nonce])) === 1 ? nonce : undefined
    },
    release: async (partition, nonce) => {
      const { owner } = partitionKeys(sandbox, partition)
      await releaseScript.run(redis, [owner], [nonce, channel])
    },
    leave: async () => {
      await redis.hdel(key, worker)
      await redis.publish(channel, '')
    },
    owners: () =>
      Promise.all(
        Array.from({ length: partitionCount }, async (_, partition) =>
          workerOf((await redis.get(partitionKeys(sandbox, partition).owner)) ?? ''),
        ),
      ),
    workers: async () => {
      const [all, time] = await Promise.all([redis.hgetall(key), timeAt(redis, key)])
      const nowMs = timeOf(time)
      return parseWorkers(Object.entries(all).flat()).filter(({ untilMs }) => untilMs > nowMs)
    },
    watch: (changed) => watchChannel(redis, channel, changed),
  }
}

function workerOf(owner: string): string | undefined {
  const end = owner.lastIndexOf(':')
  return end < 0 ? undefined : owner.slice(0, end)
}

function parseWorkers(flat: readonly string[]): LiveWorker[] {
  const workers = Array.from({ length: flat.length / 2 }, (_, index) =>
    parseWorker(flat[index * 2]!, flat[index * 2 + 1]!),
  )
  return workers
    .filter((found) => found !== undefined)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** @param value `until state JSON`; undefined where it is none, of which nothing is known */
function parseWorker(name: string, value: string): LiveWorker | undefined {
  const [, untilMs, state, said] = /^(\d+) (live|leaving) (.*)$/s.exec(value) ?? []
  if (untilMs === undefined || said === undefined) return undefined
  return {
    ...parseAbout(said),
    name,
    untilMs: Number(untilMs),
    state: state === 'live' ? 'live' : 'leaving',
  }
}

/** What a worker says of itself is for people: what cannot be read, or is of another type, is left out. */
function parseAbout(said: string): Omit<Presence, 'state'> {
  let about: Readonly<Record<string, unknown>>
  try {
    about = Object(JSON.parse(said))
  } catch {
    return {}
  }
  const { host, startedMs, skewMs } = about
  return {
    ...(typeof host === 'string' && { host }),
    ...(typeof startedMs === 'number' && { startedMs }),
    ...(typeof skewMs === 'number' && { skewMs }),
  }
}

function timeOf(time: readonly unknown[]): number {
  const [seconds, micros] = time
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}
