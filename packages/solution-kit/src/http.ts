import { Agent } from 'undici'
import { exchange } from './exchange.ts'
import type { HttpOutcome } from './http-outcome.ts'
import type { HttpLimits, HttpRequest } from './http-request.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Defaults for a web API that answers in seconds. */
export const httpLimits: HttpLimits = {
  budgetWaitMs: 10_000,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 90_000,
  maxResponseBytes: 8 * 1024 * 1024,
  maxConnections: 10,
  // Shorter than the idle time-outs of common front ends (60 s), so that a call seldom meets a closing connection.
  keepAliveMs: 20_000,
}

/** The one place that adapters send HTTP through. */
export interface HttpClient {
  /**
   * Sends one call, once. Never throws and never repeats: the engine decides about repeating.
   * @returns the complete answer, or what went wrong and whether the server may have seen the call
   */
  readonly request: (request: HttpRequest) => Promise<HttpOutcome>
  /** Waits for the calls under way and closes the connections; later calls answer `closed`. */
  readonly close: () => Promise<void>
}

/**
 * Makes a client for one solution: keep-alive connections, time-outs, a bounded answer, and the rate limiter in front.
 * HTTP/1.1 only: whether a call was written to its connection is then exact, which `inDoubt` rests on.
 */
export function httpClient(options: {
  readonly rateLimiter: RateLimiter
  readonly limits?: Partial<HttpLimits>
}): HttpClient {
  const limits = { ...httpLimits, ...options.limits }
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    connections: limits.maxConnections,
    connect: { timeout: limits.connectTimeoutMs },
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    keepAliveMaxTimeout: limits.keepAliveMs,
  })
  let closed = false

  async function request(call: HttpRequest): Promise<HttpOutcome> {
    if (closed) return { kind: 'closed', code: 'CLIENT_CLOSED', inDoubt: false }
    if (call.budget !== 'none') {
      const afterMs = await options.rateLimiter.take(limits.budgetWaitMs)
      if (afterMs > 0) return { kind: 'rate-limited', afterMs, inDoubt: false }
    }
    return exchange(agent, call, limits)
  }

  async function close(): Promise<void> {
    if (closed) return
    closed = true
    await agent.close()
  }

  return { request, close }
}
