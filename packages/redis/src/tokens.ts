import { createHash, randomBytes } from 'node:crypto'
import { administratorRole, Refusal } from '@segue/destinations'
import type { Clock } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { tokensKey } from './keys.ts'
import { loadScript } from './script.ts'

/** Whom a token stands for, and as what. */
export interface TokenGrant {
  /** Tells tokens apart, and says nothing of what the token is. */
  readonly id: string
  readonly name: string
  /** Names of roles; what is no role's name allows nothing. */
  readonly roles: readonly string[]
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  readonly expiresAtMs?: number
  /** Name of who issued it. */
  readonly createdBy?: string
  /** The last characters of the token, by which people tell theirs apart. */
  readonly ending?: string
  /** It stands for a browser's session, and is made from another credential. */
  readonly session?: true
  /** Id of the token that the session was made from. */
  readonly parent?: string
}

/** What a token is to be. */
export interface TokenRequest {
  readonly name: string
  readonly roles: readonly string[]
  readonly expiresAtMs?: number
  readonly createdBy?: string
  /** Makes it a session's, which ends with the credential of this id. */
  readonly sessionOf?: string
}

/** Bearer tokens. Only their SHA-256 is stored: 32 random bytes need no slow hash. */
export interface Tokens {
  /**
   * @returns the token too: it is shown this once and cannot be read again
   * @throws Refusal TOKEN_LIMIT
   */
  readonly issue: (
    request: TokenRequest,
  ) => Promise<{ readonly token: string; readonly grant: TokenGrant }>
  /** The grant of a token that is known and not expired. */
  readonly verify: (token: string) => Promise<TokenGrant | undefined>
  /** Those that are valid, sessions too, oldest first. */
  readonly list: () => Promise<readonly TokenGrant[]>
  /**
   * Revokes a token, and the sessions that were made from it.
   * @returns false where there is none of this id
   * @throws Refusal LAST_ADMINISTRATOR
   */
  readonly revoke: (id: string) => Promise<boolean>
}

/** Most tokens and sessions together. */
const tokensLimit = 10_000
/** Most sessions of one credential; the oldest ones end. */
const sessionsLimit = 50
const idLength = 20
const endingLength = 4
const revokeScript = loadScript('revoke-token')

/**
 * Tokens in Redis.
 * @param key another hash than the organisation's, for tests
 * @param clock by which they expire; default: this machine's
 */
export function redisTokens(
  redis: RedisConnection,
  key: string = tokensKey,
  clock: Pick<Clock, 'nowMs'> = { nowMs: Date.now },
): Tokens {
  const isValid = ({ expiresAtMs }: TokenGrant): boolean =>
    expiresAtMs === undefined || expiresAtMs > clock.nowMs()
  return {
    issue: async (request) => {
      await makeRoom(redis, key, request.sessionOf, isValid)
      const token = `segue_${randomBytes(32).toString('base64url')}`
      const { name, roles, expiresAtMs, createdBy, sessionOf } = request
      const stored: StoredGrant = {
        name,
        roles,
        createdAtMs: clock.nowMs(),
        ending: token.slice(-endingLength),
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        ...(createdBy === undefined ? {} : { createdBy }),
        ...(sessionOf === undefined ? {} : { session: true, parent: sessionOf }),
      }
      const hash = hashOf(token)
      await redis.hset(key, hash, JSON.stringify(stored))
      return { token, grant: grantOf(hash, stored) }
    },
    verify: async (token) => {
      const hash = hashOf(token)
      const json = await redis.hget(key, hash)
      if (json === null) return undefined
      const grant = parseGrant(hash, json)
      if (isValid(grant)) return grant
      await redis.hdel(key, hash)
      return undefined
    },
    list: async () => {
      const all = await readAll(redis, key)
      return all
        .filter(isValid)
        .toSorted(
          (one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1),
        )
    },
    revoke: async (id) => {
      if (!idPattern.test(id)) return false
      const answer = await revokeScript.run(redis, [key], [id, clock.nowMs(), administratorRole])
      if (answer === -1) {
        throw new Refusal(
          'LAST_ADMINISTRATOR',
          'no other token of an administrator would be left that lasts as long as this one',
        )
      }
      return answer === 1
    },
  }
}

type StoredGrant = Omit<TokenGrant, 'id' | 'roles'> & {
  readonly roles?: readonly string[]
  /** What grants had in place of roles before there were any: `admin` or nothing that counts now. */
  readonly permissions?: readonly string[]
}

const idPattern = new RegExp(`^[0-9a-f]{${idLength}}$`)

function parseGrant(hash: string, json: string): TokenGrant {
  const stored: StoredGrant = JSON.parse(json)
  return grantOf(hash, stored)
}

function grantOf(hash: string, { permissions = [], ...stored }: StoredGrant): TokenGrant {
  const roles = stored.roles ?? (permissions.includes('admin') ? [administratorRole] : [])
  return { ...stored, id: hash.slice(0, idLength), roles }
}

async function readAll(redis: RedisConnection, key: string): Promise<TokenGrant[]> {
  const all = await redis.hgetall(key)
  return Object.entries(all).map(([hash, json]) => parseGrant(hash, json))
}

/** Sessions of browsers end unseen: whoever issues a token sweeps out those that expired, and those that are too many. */
async function makeRoom(
  redis: RedisConnection,
  key: string,
  sessionOf: string | undefined,
  isValid: (grant: TokenGrant) => boolean,
): Promise<void> {
  const all = await redis.hgetall(key)
  const grants = Object.entries(all).map(([hash, json]) => ({
    hash,
    grant: parseGrant(hash, json),
  }))
  const siblings = grants
    .filter(({ grant }) => sessionOf !== undefined && grant.parent === sessionOf && isValid(grant))
    .toSorted((one, other) => other.grant.createdAtMs - one.grant.createdAtMs)
  const out = [
    ...grants.filter(({ grant }) => !isValid(grant)),
    ...siblings.slice(sessionsLimit - 1),
  ]
  if (grants.length - out.length >= tokensLimit) {
    throw new Refusal('TOKEN_LIMIT', `there are ${tokensLimit} tokens and sessions`)
  }
  if (out.length > 0) await redis.hdel(key, ...out.map(({ hash }) => hash))
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
