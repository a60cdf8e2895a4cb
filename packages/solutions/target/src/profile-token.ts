import { z } from 'zod'
import {
  Secret,
  misconfigured,
  notInDoubt,
  refusal,
  retrySolution,
  tokenCache,
} from '@segue/solution-kit'
import type { AccessToken, Refusal, TokenFetch, TokenOutcome } from '@segue/solution-kit'
import type { CallAdmin } from './admin-client.ts'

/** The token of the Profile API, where its authentication is on (`reference/solutions.md` §5.2). */
export interface ProfileToken {
  /** The token to send; `none` where none is needed. */
  readonly get: () => Promise<TokenOutcome | { readonly kind: 'none' }>
  /**
   * Target did not take it.
   * @returns whether another one may be had by asking again
   */
  readonly refused: (token: AccessToken) => boolean
  /** The receipt where Target takes no token that there is. */
  readonly refusal: Refusal
}

/** No token: authentication is off. */
export const noProfileToken: ProfileToken = {
  get: () => Promise.resolve({ kind: 'none' }),
  refused: () => false,
  refusal: refusal(
    'PROFILE_TOKEN_REFUSED',
    misconfigured('profileAuthentication'),
    'Target’s Profile API requires authentication: give it a profileToken',
  ),
}

/** A token that somebody made in Target. */
export function fixedProfileToken(secret: Secret): ProfileToken {
  const token = { secret }
  return {
    get: () => Promise.resolve({ kind: 'token', token }),
    refused: () => false,
    refusal: refusal(
      'PROFILE_TOKEN_REFUSED',
      misconfigured('profileToken'),
      'Target does not take the profile token: it expired, or a newer one was made',
    ),
  }
}

const granted = z.object({ accessToken: z.string().min(1), expiresIn: z.coerce.number() })

/** Tokens made in an hour because the one before was refused. */
const mostReplaced = 2
const replacedWithinMs = 3_600_000

/**
 * A token made through the Admin API. A new one makes every older one invalid, so two owners would take it from each other with every call: one that was
 * refused is replaced at most twice an hour, then the setting is to be mended.
 */
export function generatedProfileToken(call: CallAdmin, nowMs: () => number): ProfileToken {
  const tokens = tokenCache({ fetch, nowMs })
  /** Calls at once that were refused with one token count once. */
  const refusedTokens = new WeakSet<AccessToken>()
  let replacedAtMs: readonly number[] = []
  let contended = false

  function mayReplace(): boolean {
    replacedAtMs = replacedAtMs.filter((atMs) => nowMs() - atMs < replacedWithinMs)
    return replacedAtMs.length < mostReplaced
  }

  const because = refusal(
    'PROFILE_TOKEN_CONTENDED',
    misconfigured('profileAuthentication'),
    'the profile token was made invalid again and again: somebody else makes tokens too. Use one token for all, by profileToken',
  )

  async function fetch(): Promise<TokenFetch> {
    const outcome = await call({
      method: 'POST',
      path: 'authentication/token',
      query: { authorizationScope: 'profile_api' },
    })
    if (outcome.kind !== 'answer') {
      return { kind: 'refused', refusal: notInDoubt(outcome.refusal) }
    }
    const made = granted.safeParse(outcome.body)
    if (!made.success) {
      return {
        kind: 'refused',
        refusal: refusal('TOKEN_ANSWER_UNREADABLE', retrySolution(5_000, false)),
      }
    }
    // In seconds, as in every other token answer [I].
    const { accessToken, expiresIn } = made.data
    return { kind: 'token', secret: new Secret(accessToken), expiresInMs: expiresIn * 1000 }
  }

  return {
    get: () => {
      if (contended && mayReplace()) contended = false
      return contended ? Promise.resolve({ kind: 'refused', refusal: because }) : tokens.get()
    },
    refused: (token) => {
      if (refusedTokens.has(token)) return !contended
      refusedTokens.add(token)
      tokens.invalidate(token)
      contended = !mayReplace()
      if (!contended) replacedAtMs = [...replacedAtMs, nowMs()]
      return !contended
    },
    refusal: because,
  }
}
