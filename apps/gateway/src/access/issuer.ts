import type { TokenGrant } from '@segue/redis'
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { Problem } from '../problem.ts'
import { withDeadline } from '../with-deadline.ts'
import { createIssuerJson } from './issuer-json.ts'
import { createKept } from './kept.ts'

/** Checks tokens that another issuer has signed (OpenID Connect). */
export interface Issuer {
  /**
   * @returns whom the token stands for, with the roles that its claim names
   * @throws Problem TOKEN_INVALID, which says why; ISSUER_UNAVAILABLE where its keys cannot be had
   */
  readonly verify: (token: string) => Promise<TokenGrant>
  /** Looks up the keys ahead of the first token. @throws where they cannot be had */
  readonly warm: () => Promise<void>
}

export interface IssuerOptions {
  /** Its URL, as tokens have it in `iss`. */
  readonly issuer: string
  /** What tokens for this gateway have in `aud`. */
  readonly audience: string
  /** The claim with the names of roles: a list, or a text with spaces between. `a.b` is `b` inside of `a`. */
  readonly rolesClaim: string
  /** The claim that names who it is; `sub` where it is missing. */
  readonly nameClaim: string
  /** Milliseconds between two look-ups of the keys for the sake of a key that is not known. */
  readonly refetchMs?: number
  /** Milliseconds before an issuer that did not answer is asked again. */
  readonly restMs?: number
  /** Told of each look-up at the issuer that failed. */
  readonly failed?: (error: unknown) => void
}

/** Signatures that nobody can make who can check them. `none` and those by a shared secret are not among them. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
/** How far the issuer's clock may be off. */
const toleranceSeconds = 10
const keysFreshMs = 600_000
const discoveryFreshMs = 3_600_000
const discoveryStaleMs = 86_400_000
/** Longest wait for the issuer within a request; the look-up goes on for those who come after. */
const waitMs = 800
const rolesMax = 100
const roleLengthMax = 100
const nameLengthMax = 200

/** The keys are looked up when first needed, and again when they are ten minutes old. */
export function createIssuer(options: IssuerOptions): Issuer {
  const { issuer, audience, refetchMs = 30_000, restMs = 2_000, failed = () => {} } = options
  const lookUp = createIssuerJson({ restMs, failed })
  const discovery = createKept(
    async () => keysAddress(await lookUp(discoveryUrl(issuer)), issuer),
    { freshMs: discoveryFreshMs, staleMs: discoveryStaleMs },
  )
  let keys:
    | { readonly url: string; readonly set: ReturnType<typeof createRemoteJWKSet> }
    | undefined
  const keySet = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    const url = await discovery.get()
    if (keys?.url !== url) {
      const set = createRemoteJWKSet(new URL(url), {
        cooldownDuration: refetchMs,
        cacheMaxAge: keysFreshMs,
        [customFetch]: async (address, { signal }) => Response.json(await lookUp(address, signal)),
      })
      keys = { url, set }
    }
    return keys.set
  }
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      const set = await withDeadline(keySet(), waitMs)
      return await withDeadline(set(header, token), waitMs)
    } catch (error) {
      if (faultsOfTokens.some((fault) => error instanceof fault)) throw error
      throw new Problem('ISSUER_UNAVAILABLE', "the token's issuer does not answer with its keys", {
        cause: error,
      })
    }
  }
  return {
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          issuer,
          audience,
          algorithms,
          clockTolerance: toleranceSeconds,
          requiredClaims: ['exp', 'sub'],
        })
        return grantOf(payload, options)
      } catch (error) {
        if (error instanceof errors.JOSEError) {
          throw new Problem('TOKEN_INVALID', reasonOf(error), { cause: error })
        }
        throw error
      }
    },
    warm: async () => {
      const set = await keySet()
      await set.reload()
    },
  }
}

const faultsOfTokens = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSENotSupported,
] as const

function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** The address of the keys, out of the issuer's document about itself. */
function keysAddress(document: unknown, issuer: string): string {
  const { issuer: named, jwks_uri: url } = fieldsOf(document)
  if (named !== issuer) throw new Error('the issuer calls itself otherwise than configured')
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error('the issuer names no keys')
  if (new URL(issuer).protocol === 'https:' && new URL(url).protocol !== 'https:') {
    throw new Error('the issuer has its keys where anybody between could change them')
  }
  return url
}

function grantOf(payload: JWTPayload, { rolesClaim, nameClaim }: IssuerOptions): TokenGrant {
  const { sub = '', exp = 0, iat } = payload
  const name = claimOf(payload, nameClaim)
  return {
    id: `oidc:${sub.slice(0, nameLengthMax)}`,
    name: (typeof name === 'string' && name !== '' ? name : sub).slice(0, nameLengthMax),
    roles: rolesOf(claimOf(payload, rolesClaim)),
    createdAtMs: (iat ?? 0) * 1_000,
    expiresAtMs: (exp + toleranceSeconds) * 1_000,
  }
}

function rolesOf(claim: unknown): readonly string[] {
  const names: readonly unknown[] =
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []
  return names
    .filter((name) => typeof name === 'string')
    .filter((name) => name !== '' && name.length <= roleLengthMax)
    .slice(0, rolesMax)
}

/** A claim by its name or, where there is none of it, by the path that its dots make. */
function claimOf(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  return name.split('.').reduce<unknown>((inside, part) => {
    const fields = fieldsOf(inside)
    return Object.hasOwn(fields, part) ? fields[part] : undefined
  }, payload)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Why a token is not valid, without anything of it. */
function reasonOf(error: InstanceType<typeof errors.JOSEError>): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token's claim "${error.claim}" is not what this gateway asks for`
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no key like the token’s'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is signed by another algorithm'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature is not right'
  return 'the token is not one that can be checked'
}
