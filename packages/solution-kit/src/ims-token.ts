import { z } from 'zod'
import type { HttpClient } from './http.ts'
import { readJson } from './read-json.ts'
import { Secret } from './secret.ts'
import type { TokenFetch } from './token.ts'
import {
  misconfigured,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retrySolution,
} from './verdict.ts'

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() })

/**
 * Asks Adobe IMS for a server-to-server token (OAuth client credentials, `reference/solutions.md` §0.4).
 * Used as `fetch` of a token cache. There is no refresh token: one asks again.
 * @param options.url origin of IMS, `https://ims-na1.adobelogin.com`
 */
export function imsToken(options: {
  readonly http: HttpClient
  readonly url: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly nowMs?: () => number
}): () => Promise<TokenFetch> {
  const nowMs = options.nowMs ?? Date.now
  return async () => {
    const outcome = await options.http.request({
      method: 'POST',
      url: new URL('/ims/token/v3', options.url),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        client_id: options.clientId,
        client_secret: options.clientSecret.reveal(),
        grant_type: 'client_credentials',
        scope: options.scopes,
      }).toString(),
      budget: 'none',
    })
    if (outcome.kind !== 'response') return refused(refusalOfTrouble(outcome))
    if (outcome.status === 400 || outcome.status === 401 || outcome.status === 403) {
      return refused(
        refusal(
          'CREDENTIALS_REFUSED',
          misconfigured('clientSecret'),
          `IMS answered ${outcome.status}: check client id, secret and scopes`,
        ),
      )
    }
    if (outcome.status !== 200) {
      return refused(refusalOfStatus(outcome, 'clientSecret', nowMs()))
    }
    const token = readJson(granted, outcome.body)
    if (token === undefined) {
      return refused(refusal('TOKEN_ANSWER_UNREADABLE', retrySolution(5_000, false)))
    }
    return {
      kind: 'token',
      secret: new Secret(token.access_token),
      expiresInMs: token.expires_in * 1000,
    }
  }
}

function refused(because: Extract<TokenFetch, { kind: 'refused' }>['refusal']): TokenFetch {
  return { kind: 'refused', refusal: because }
}
