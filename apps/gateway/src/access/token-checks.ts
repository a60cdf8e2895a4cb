import { hash } from 'node:crypto'
import type { TokenGrant } from '@segue/redis'
import { createKept } from './kept.ts'
import type { Kept } from './kept.ts'

/** Checks tokens, and remembers for a short while those that are valid, so that not every request costs a look-up. */
export interface TokenChecks {
  readonly check: (token: string) => Promise<TokenGrant | undefined>
  /** Whether this gateway has found the token valid lately: it is no guess. */
  readonly knows: (token: string) => boolean
  /** What is remembered counts no more: what was revoked here is so at once. */
  readonly forget: () => void
}

/** A token that was revoked elsewhere counts here no longer than this. With what a look-up takes it is less than a second. */
export const rememberedMs = 800
/** While tokens cannot be looked up, those that were valid count this long. */
export const rememberedInTroubleMs = 10_000
/** For which time a token that was valid is no guess. */
export const knownMs = 600_000
const rememberedMax = 1_000
/** Of a bearer token as Segue issues it, and of one that another issuer has signed: what is longer need not be looked up. */
const tokenLengthMax = 256
const signedLengthMax = 8_192

/**
 * Tokens are remembered by their hash. So how long a look-up takes says nothing about any token, and a dump of the memory
 * shows none.
 *
 * @param verify the grant of a token that is valid
 */
export function createTokenChecks(
  verify: (token: string) => Promise<TokenGrant | undefined>,
  nowMs: () => number = Date.now,
): TokenChecks {
  // Every key stands for a token that was valid once, or whose first look-up is under way.
  const remembered = new Map<string, Remembered>()

  const admit = (key: string, token: string): Remembered => {
    const entry: Remembered = {
      lastValidMs: undefined,
      kept: createKept(() => verify(token), {
        freshMs: rememberedMs,
        staleMs: rememberedInTroubleMs,
        nowMs,
      }),
    }
    const [oldest] = remembered.keys()
    if (oldest !== undefined && remembered.size >= rememberedMax) remembered.delete(oldest)
    remembered.set(key, entry)
    return entry
  }

  return {
    check: async (token) => {
      if (!isConceivable(token)) return undefined
      const key = hash('sha256', token, 'base64url')
      const entry = remembered.get(key) ?? admit(key, token)
      try {
        const grant = await entry.kept.get()
        if (grant !== undefined && (grant.expiresAtMs ?? Infinity) > nowMs()) {
          entry.lastValidMs = nowMs()
          return grant
        }
        remembered.delete(key)
        return undefined
      } catch (error) {
        if (entry.lastValidMs === undefined) remembered.delete(key)
        throw error
      }
    },
    knows: (token) => {
      const { lastValidMs } = remembered.get(hash('sha256', token, 'base64url')) ?? {}
      return lastValidMs !== undefined && nowMs() - lastValidMs < knownMs
    },
    forget: () => {
      for (const { kept } of remembered.values()) kept.forget()
    },
  }
}

interface Remembered {
  readonly kept: Kept<TokenGrant | undefined>
  lastValidMs: number | undefined
}

function isConceivable(token: string): boolean {
  return token.length > 0 && token.length <= (isSigned(token) ? signedLengthMax : tokenLengthMax)
}

/** Whether it has the form of a token that another issuer signs: three parts. Segue's own have no dots. */
export function isSigned(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}
