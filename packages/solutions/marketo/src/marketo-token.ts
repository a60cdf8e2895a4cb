import { z } from 'zod'
import {
  Secret,
  misconfigured,
  readJson,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retrySolution,
} from '@segue/solution-kit'
import type { HttpClient, Refusal, TokenFetch } from '@segue/solution-kit'

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() })

/**
 * Asks Marketo's identity service for a token (`reference/solutions.md` §6.1); used as `fetch` of a token cache.
 * The credentials go in the query because that is the one documented way; no address is ever logged here.
 * Not counted against the quota.
 */
export function marketoToken(options: {
  readonly http: HttpClient
  readonly url: URL
  readonly clientId: string
  readonly clientSecret: Secret
  readonly nowMs: () => number
}): () => Promise<TokenFetch> {
  return async () => {
    const url = new URL(options.url)
    url.search = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: options.clientId,
      client_secret: options.clientSecret.reveal(),
    }).toString()
    const headers = { accept: 'application/json' }
    const outcome = await options.http.request({ method: 'GET', url, headers, budget: 'none' })
    if (outcome.kind !== 'response') return refused(refusalOfTrouble(outcome))
    if (outcome.status === 400 || outcome.status === 401) {
      const detail = `Marketo's identity service answered ${outcome.status}: check client id and secret`
      return refused(refusal('CREDENTIALS_REFUSED', misconfigured('clientSecret'), detail))
    }
    if (outcome.status !== 200) {
      return refused(refusalOfStatus(outcome, 'identityUrl', options.nowMs()))
    }
    const token = readJson(granted, outcome.body)
    if (token === undefined) {
      return refused(refusal('TOKEN_ANSWER_UNREADABLE', retrySolution(5_000, false)))
    }
    const { access_token: value, expires_in: seconds } = token
    return { kind: 'token', secret: new Secret(value), expiresInMs: seconds * 1000 }
  }
}

function refused(because: Refusal): TokenFetch {
  return { kind: 'refused', refusal: because }
}
