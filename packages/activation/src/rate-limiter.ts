import type { RateLimiter } from '@segue/solution-kit'
import type { Cluster, Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

/**
 * A budget of calls that all workers share, in Redis.
 *
 * @param keyPrefix of the solution's keys, with their hash tag
 * @param calls most calls in a window
 * @param windowMs length of the window, in milliseconds: whole seconds, since the keys' time to live has no finer grain;
 *   anything else is rounded up
 */
export function redisRateLimiter(
  redis: Redis | Cluster,
  keyPrefix: string,
  calls: number,
  windowMs: number,
): RateLimiter {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix,
    points: calls,
    duration: Math.ceil(windowMs / 1_000),
  })
  return {
    take: async (deadlineMs) => {
      let waitedMs = 0
      for (;;) {
        const waitMs = await consume(limiter)
        if (waitMs === 0) return 0
        if (waitedMs + waitMs > deadlineMs) return waitMs
        await new Promise((resolve) => {
          setTimeout(resolve, waitMs)
        })
        waitedMs += waitMs
      }
    },
  }
}

/** Takes a call, or answers when the next window begins. */
async function consume(limiter: RateLimiterRedis): Promise<number> {
  try {
    await limiter.consume('calls')
    return 0
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext)
    throw refusal
  }
}
