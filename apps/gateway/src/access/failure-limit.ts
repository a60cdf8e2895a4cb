import { isIPv6 } from 'node:net'
import type { RedisConnection } from '@segue/redis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from '../problem.ts'

/** Bounds how many tokens may be guessed from an address. */
export interface FailureLimit {
  /**
   * Counts a guess before it is looked at, so that guesses at once are counted too.
   * @throws Problem TOO_MANY_FAILURES
   */
  readonly count: (address: string) => Promise<void>
  /** It was no guess. */
  readonly takeBack: (address: string) => Promise<void>
}

export interface FailureLimitOptions {
  /** Holds the counts, for all gateways together. */
  readonly redis: RedisConnection
  readonly keyPrefix: string
  /** Failures in a minute; 0: no limit. */
  readonly failuresMax: number
}

const windowSeconds = 60

/** While Redis is away, each gateway counts by itself. */
export function createFailureLimit(options: FailureLimitOptions): FailureLimit {
  const { redis, keyPrefix, failuresMax } = options
  if (failuresMax === 0) return { count: async () => {}, takeBack: async () => {} }
  const bound = { points: failuresMax, duration: windowSeconds }
  const limiter = new RateLimiterRedis({
    ...bound,
    storeClient: redis,
    keyPrefix,
    rejectIfRedisNotReady: true,
    // Whoever is over it costs Redis nothing more.
    inMemoryBlockOnConsumed: failuresMax + 1,
    insuranceLimiter: new RateLimiterMemory({ ...bound, keyPrefix }),
  })
  return {
    count: async (address) => {
      try {
        await limiter.consume(sourceOf(address))
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw new Problem('TOO_MANY_FAILURES', 'too many tokens from this address were not valid', {
          retryAfter: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
        })
      }
    },
    takeBack: async (address) => {
      await limiter.reward(sourceOf(address))
    },
  }
}

/** Whoever has one IPv6 address has all of its network: those count as one. */
export function sourceOf(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (v4 !== undefined) return v4
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0')
  const all = tail === undefined ? groups : [...groups, ...zeros, ...rest]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
