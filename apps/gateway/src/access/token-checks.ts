import { hash } from 'node:crypto'
import type { TokenGrant, Tokens } from '@segue/redis'

/** Checks tokens, and remembers for a short while those that are valid, so that not every request costs a round trip. */
export interface TokenChecks {
  readonly check: (token: string) => Promise<TokenGrant | undefined>
  /** Forgets a token, so that its revocation counts here at once. */
  readonly forget: (token: string) => void
}

/** Revoking a token takes at most this long to be noticed by every gateway. */
export const rememberedMs = 10_000
const rememberedMax = 1_000
/** Longer than any token that was ever issued: what is longer need not be looked up. */
const tokenLengthMax = 256

/**
 * Tokens are remembered by their hash. So how long a look-up takes says nothing about any token, and a dump of the memory
 * shows none.
 */
export function createTokenChecks(
  tokens: Pick<Tokens, 'verify'>,
  nowMs: () => number = Date.now,
): TokenChecks {
  const remembered = new Map<string, { readonly grant: TokenGrant; readonly untilMs: number }>()
  const underWay = new Map<string, Promise<TokenGrant | undefined>>()

  const look = async (key: string, token: string): Promise<TokenGrant | undefined> => {
    try {
      const grant = await tokens.verify(token)
      if (grant === undefined) return undefined
      const oldest = remembered.size >= rememberedMax ? remembered.keys().next().value : undefined
      if (oldest !== undefined) remembered.delete(oldest)
      const untilMs = Math.min(nowMs() + rememberedMs, grant.expiresAtMs ?? Infinity)
      remembered.set(key, { grant, untilMs })
      return grant
    } finally {
      underWay.delete(key)
    }
  }

  return {
    check: async (token) => {
      if (token.length === 0 || token.length > tokenLengthMax) return undefined
      const key = hash('sha256', token, 'base64url')
      const known = remembered.get(key)
      if (known !== undefined) {
        if (known.untilMs > nowMs()) return known.grant
        remembered.delete(key)
      }
      let looking = underWay.get(key)
      if (looking === undefined) {
        looking = look(key, token)
        underWay.set(key, looking)
      }
      return looking
    },
    forget: (token) => {
      remembered.delete(hash('sha256', token, 'base64url'))
    },
  }
}
