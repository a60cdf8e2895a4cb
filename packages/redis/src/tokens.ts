import { createHash, randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { tokensKey } from './keys.ts'

/** What a token allows. */
export interface TokenGrant {
  readonly name: string
  readonly permissions: readonly string[]
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  readonly expiresAtMs?: number
}

/** Bearer tokens. Only their SHA-256 is stored: 32 random bytes need no slow hash. */
export interface Tokens {
  /** @returns the token; it is shown this once and cannot be read again */
  readonly issue: (grant: {
    readonly name: string
    readonly permissions: readonly string[]
    readonly expiresAtMs?: number
  }) => Promise<string>
  /** The grant of a token that is known and not expired. */
  readonly verify: (token: string) => Promise<TokenGrant | undefined>
  readonly revoke: (token: string) => Promise<void>
  readonly count: () => Promise<number>
}

/** Tokens in Redis. */
export function redisTokens(redis: Redis): Tokens {
  return {
    issue: async ({ name, permissions, expiresAtMs }) => {
      await dropExpired(redis)
      const token = `segue_${randomBytes(32).toString('base64url')}`
      const grant: TokenGrant = {
        name,
        permissions,
        createdAtMs: Date.now(),
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      }
      await redis.hset(tokensKey, hashOf(token), JSON.stringify(grant))
      return token
    },
    verify: async (token) => {
      const json = await redis.hget(tokensKey, hashOf(token))
      if (json === null) return undefined
      const grant: TokenGrant = JSON.parse(json)
      if (grant.expiresAtMs === undefined || grant.expiresAtMs > Date.now()) return grant
      await redis.hdel(tokensKey, hashOf(token))
      return undefined
    },
    revoke: async (token) => {
      await redis.hdel(tokensKey, hashOf(token))
    },
    count: () => redis.hlen(tokensKey),
  }
}

/** Sessions of browsers end unseen: whoever issues a token sweeps out those that expired. */
async function dropExpired(redis: Redis): Promise<void> {
  const all = await redis.hgetall(tokensKey)
  const nowMs = Date.now()
  const expired = Object.entries(all).flatMap(([hash, json]) => {
    const { expiresAtMs }: TokenGrant = JSON.parse(json)
    return expiresAtMs !== undefined && expiresAtMs <= nowMs ? [hash] : []
  })
  if (expired.length > 0) await redis.hdel(tokensKey, ...expired)
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
