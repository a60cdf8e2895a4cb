import type { Dispatcher } from 'undici'

/** One call to a server. */
export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
  /** `none` for calls that the server does not count (token requests); each other call takes one from the limiter. */
  readonly budget?: 'shared' | 'none'
}

/** Bounds of the calls to one solution; times in milliseconds. */
export interface HttpLimits {
  /** How long a call waits for the rate limiter before it gives up unsent. */
  readonly budgetWaitMs: number
  readonly connectTimeoutMs: number
  /** From the last byte sent to the first byte of the answer. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the answer's body. */
  readonly bodyTimeoutMs: number
  /** From leaving the rate limiter to the end of the answer, the wait for a connection included. */
  readonly totalTimeoutMs: number
  readonly maxResponseBytes: number
  /** Connections to one origin; further calls wait for a free one, at most `totalTimeoutMs`. */
  readonly maxConnections: number
  readonly keepAliveMs: number
}
