import { setTimeout as sleep } from 'node:timers/promises'
import { refusal, retrySolution } from './verdict.ts'
import type { Refusal } from './verdict.ts'
import type { Secret } from './secret.ts'

/** One access token as it was fetched. Each fetch makes a new one, even where the server gives the same value again. */
export interface AccessToken {
  readonly secret: Secret
}

/** What a token request came to. */
export type TokenFetch =
  | { readonly kind: 'token'; readonly secret: Secret; readonly expiresInMs: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What a caller gets: a token to send, or the receipt for all rows of its call. */
export type TokenOutcome =
  | { readonly kind: 'token'; readonly token: AccessToken }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export interface TokenCache {
  /** The current token, fetched when there is none or it is about to expire. Never throws. */
  readonly get: () => Promise<TokenOutcome>
  /**
   * Drops exactly this token, because the server did not take it. A hundred calls that failed with one token
   * therefore cause one fetch, and none of them drops its successor.
   */
  readonly invalidate: (token: AccessToken) => void
}

/** Bounds of a token cache, in milliseconds. */
export interface TokenLimits {
  /** A token is renewed this long before it expires, but never in the first nine tenths of its life. */
  readonly earlyMs: number
  /** `expires_in` of 0 means: ask again shortly. How long that is, and how often. */
  readonly shortlyMs: number
  readonly attempts: number
  /** After a refused fetch nobody asks again for this long, doubled for each further one up to the longest. */
  readonly holdMs: number
  readonly longestHoldMs: number
}

export const tokenLimits: TokenLimits = {
  earlyMs: 60_000,
  shortlyMs: 500,
  attempts: 3,
  holdMs: 1_000,
  longestHoldMs: 60_000,
}

interface Held {
  readonly token: AccessToken
  readonly renewAtMs: number
  readonly expiresAtMs: number
}

/** Keeps one access token for all calls to a solution: one fetch at a time, early renewal, and bounded asking after failures. */
export function tokenCache(options: {
  readonly fetch: () => Promise<TokenFetch>
  readonly nowMs?: () => number
  readonly limits?: Partial<TokenLimits>
}): TokenCache {
  const limits = { ...tokenLimits, ...options.limits }
  const nowMs = options.nowMs ?? Date.now
  let held: Held | undefined
  let underWay: Promise<TokenOutcome> | undefined
  let refusals = 0
  let hold: { readonly refusal: Refusal; readonly untilMs: number } | undefined

  function get(): Promise<TokenOutcome> {
    if (held !== undefined && nowMs() < held.renewAtMs) {
      return Promise.resolve({ kind: 'token', token: held.token })
    }
    underWay ??= renew().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  async function renew(): Promise<TokenOutcome> {
    const now = nowMs()
    const outcome: TokenFetch | undefined =
      hold !== undefined && now < hold.untilMs ? undefined : await ask()
    if (outcome?.kind === 'token') {
      const token = { secret: outcome.secret }
      const earlyMs = Math.min(limits.earlyMs, outcome.expiresInMs / 10)
      const expiresAtMs = now + outcome.expiresInMs
      held = { token, renewAtMs: expiresAtMs - earlyMs, expiresAtMs }
      hold = undefined
      refusals = 0
      return { kind: 'token', token }
    }
    if (outcome !== undefined) {
      const holdMs = Math.min(limits.holdMs * 2 ** refusals, limits.longestHoldMs)
      refusals += 1
      hold = { refusal: outcome.refusal, untilMs: nowMs() + holdMs }
    }
    // The early margin exists for this: a token that is not renewed in time is still good until it expires.
    if (held !== undefined && nowMs() < held.expiresAtMs)
      return { kind: 'token', token: held.token }
    return { kind: 'refused', refusal: heldBack(hold, nowMs()) }
  }

  async function ask(): Promise<TokenFetch> {
    for (let attempt = 1; attempt <= limits.attempts; attempt += 1) {
      const outcome = await options.fetch()
      if (outcome.kind === 'refused' || outcome.expiresInMs > 0) return outcome
      if (attempt < limits.attempts) await sleep(limits.shortlyMs)
    }
    return {
      kind: 'refused',
      refusal: refusal('TOKEN_ALREADY_EXPIRED', retrySolution(limits.holdMs, false)),
    }
  }

  function invalidate(token: AccessToken): void {
    if (held?.token === token) held = undefined
  }

  return { get, invalidate }
}

function heldBack(
  hold: { readonly refusal: Refusal; readonly untilMs: number } | undefined,
  nowMs: number,
): Refusal {
  if (hold === undefined) return refusal('TOKEN_UNAVAILABLE', retrySolution(0, false))
  if (hold.refusal.status !== 'retry') return hold.refusal
  const afterMs = Math.max(hold.refusal.afterMs, hold.untilMs - nowMs)
  // A token request that may have reached the server has no row in it: no row is in doubt for it.
  return { ...hold.refusal, scope: 'solution', inDoubt: false, afterMs }
}
