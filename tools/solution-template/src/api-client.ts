import { refusalOfTrouble, withToken } from '@segue/solution-kit'
import type { HttpClient, HttpResponse, Refusal, Secret, TokenCache } from '@segue/solution-kit'
import { codeOf, refusalOfAnswer, tokenInvalid } from './codes.ts'

/** One call of the API. */
interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the API's origin, with its slash. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: object
}

/** What a call came to: success, or the receipt for callers that do not know better, with the API's own code for those that do. */
type ApiOutcome =
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | {
      readonly kind: 'refused'
      /** Left out where the API did not answer; empty where it named none. */
      readonly apiCode?: string
      readonly refusal: Refusal
    }

export type CallApi = (call: ApiCall) => Promise<ApiOutcome>

/**
 * Makes the function that all calls go through: puts the token on, reads the answer, and repeats a call once, with a new token,
 * where the old one was not taken. Nothing else is repeated here: that is the engine's.
 */
export function apiClient(options: {
  readonly http: HttpClient
  readonly url: string
  readonly clientId: string
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallApi {
  return (call) => withToken(options.tokens, isTokenRefused, (secret) => attempt(call, secret))

  async function attempt(call: ApiCall, secret: Secret): Promise<ApiOutcome> {
    const response = await options.http.request({
      method: call.method,
      url: new URL(call.path, options.url),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${secret.reveal()}`,
        'x-api-key': options.clientId,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    if (response.kind !== 'response') {
      return { kind: 'refused', refusal: refusalOfTrouble(response) }
    }
    if (response.status >= 200 && response.status < 300) return { kind: 'answer', response }
    const apiCode = codeOf(response)
    return { kind: 'refused', apiCode, refusal: refusalOfAnswer(response, options.nowMs()) }
  }
}

function isTokenRefused(outcome: ApiOutcome): boolean {
  return outcome.kind === 'refused' && outcome.apiCode === tokenInvalid
}
