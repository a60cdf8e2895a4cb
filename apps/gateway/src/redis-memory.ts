import type { RedisConnection } from '@segue/redis'

/** Whether Redis has memory to take more updates in. */
export interface RedisMemory {
  readonly isNearlyFull: () => boolean
  readonly stop: () => void
}

/** Memory fills by the minute, not by the second. */
const lookEveryMs = 5_000

/**
 * Looks now and then at how much of its memory Redis uses. At its bound it would refuse every write, those too by which what waits
 * is worked off: so updates are refused a little before, and what is left is for them.
 *
 * @param percentMax of `maxmemory`; 0, or no `maxmemory`: Redis is never nearly full
 * @param told of a change, in words
 */
export function watchRedisMemory(
  redis: RedisConnection,
  percentMax: number,
  told: (message: string) => void,
): RedisMemory {
  const state = memoryState(percentMax, told)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    // Where Redis is away, that is what senders are told.
    state.note(await highestPercent(redis).catch(() => undefined))
    if (!stopped) timer = setTimeout(() => void look(), lookEveryMs)
  }
  if (percentMax > 0) void look()
  return {
    isNearlyFull: state.isNearlyFull,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** What follows from looks, one after the other. */
export function memoryState(
  percentMax: number,
  told: (message: string) => void,
): {
  /** @param percent undefined: not known, and so as before */
  readonly note: (percent: number | undefined) => void
  readonly isNearlyFull: () => boolean
} {
  let full = false
  return {
    note: (percent) => {
      if (percent === undefined || percent > percentMax === full) return
      full = !full
      told(
        full
          ? `Redis uses ${Math.floor(percent)} % of its maxmemory: updates are refused until it uses no more than ${percentMax} %. Look at what waits in GET /v1/status, or give it more memory`
          : 'Redis has memory to spare again: updates are taken',
      )
    },
    isNearlyFull: () => full,
  }
}

/** Of `maxmemory`, by the fullest of the servers that keep data; undefined where none has a bound. */
async function highestPercent(redis: RedisConnection): Promise<number | undefined> {
  const servers = 'nodes' in redis ? redis.nodes('master') : [redis]
  const percents = await Promise.all(
    servers.map(async (one) => percentOf(await one.info('memory'))),
  )
  const known = percents.filter((percent) => percent !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** @param memory the answer to INFO memory */
export function percentOf(memory: string): number | undefined {
  const used = Number(/^used_memory:(\d+)/m.exec(memory)?.[1])
  const most = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1])
  return most > 0 ? (used / most) * 100 : undefined
}
