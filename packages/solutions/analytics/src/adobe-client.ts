import { refusalOfTrouble, withToken } from '@segue/solution-kit'
import type { HttpClient, HttpResponse, Refusal, Secret, TokenCache } from '@segue/solution-kit'
import { codeOf, refusalOfAnswer } from './codes.ts'
import type { Api } from './codes.ts'

/** One call to an Adobe API. */
export interface AdobeCall {
  readonly method: 'GET' | 'POST'
  /** Below the API's origin, with its slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What a call came to: 200, or an answer with its receipt for callers that do not know better. */
export type AdobeOutcome =
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | {
      readonly kind: 'refused'
      /** Left out where there was no answer. */
      readonly response?: HttpResponse
      readonly refusal: Refusal
    }

export type CallAdobe = (call: AdobeCall) => Promise<AdobeOutcome>

/**
 * Makes the function that all calls to one of Analytics' APIs go through: puts token and key on, and repeats a call once, with a new
 * token, where the old one was not taken (`reference/solutions.md` §0.4). Nothing else is repeated here.
 */
export function adobeClient(options: {
  readonly api: Api
  readonly http: HttpClient
  readonly url: string
  readonly clientId: string
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallAdobe {
  return (call) => withToken(options.tokens, isUnauthorized, (secret) => attempt(call, secret))

  async function attempt(call: AdobeCall, secret: Secret): Promise<AdobeOutcome> {
    const response = await options.http.request({
      method: call.method,
      url: new URL(call.path, options.url),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${secret.reveal()}`,
        'x-api-key': options.clientId,
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: call.body }),
    })
    if (response.kind !== 'response') {
      return { kind: 'refused', refusal: refusalOfTrouble(response) }
    }
    if (response.status === 200) return { kind: 'answer', response }
    const refusal = refusalOfAnswer(response, options.api, options.nowMs())
    return { kind: 'refused', response, refusal }
  }
}

function isUnauthorized(outcome: AdobeOutcome): boolean {
  if (outcome.kind === 'answer' || outcome.response === undefined) return false
  return ['401', '401013'].includes(codeOf(outcome.response))
}
