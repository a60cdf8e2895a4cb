import { misconfigured, refusal, refusalOfTrouble, retryRow } from '@segue/solution-kit'
import type { HttpClient, Refusal, TokenCache } from '@segue/solution-kit'
import { refusalOfRest } from './rest-codes.ts'

/** One call to Audience Manager's REST API. */
export interface RestCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/v1/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly json?: object
}

/** What a call came to: a body (undefined where the answer has none), or Audience Manager's own status with the receipt for callers that do not know better. */
export type RestOutcome =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status?: number; readonly refusal: Refusal }

export type CallRest = (call: RestCall) => Promise<RestOutcome>

/** Makes the function that REST calls go through; repeats a call once, with a new token, where the old one was not taken. */
export function restClient(options: {
  readonly http: HttpClient
  readonly url: string
  readonly clientId: string
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallRest {
  return async (call) => (await attempt(call)) ?? (await attempt(call)) ?? unauthorized

  /** @returns undefined where the token was not taken */
  async function attempt(call: RestCall): Promise<RestOutcome | undefined> {
    const outcome = await options.tokens.get()
    if (outcome.kind === 'refused') return outcome
    const { token } = outcome
    const url = new URL(`/v1/${call.path}`, options.url)
    url.search = new URLSearchParams(call.query).toString()
    const headers: Record<string, string> = {
      accept: 'application/json',
      authorization: `Bearer ${token.secret.reveal()}`,
      'x-api-key': options.clientId,
    }
    const body = call.json === undefined ? undefined : JSON.stringify(call.json)
    if (body !== undefined) headers['content-type'] = 'application/json'
    const request = { method: call.method, url, headers, ...(body === undefined ? {} : { body }) }
    const response = await options.http.request(request)
    if (response.kind !== 'response') {
      return { kind: 'refused', refusal: refusalOfTrouble(response) }
    }
    const { status } = response
    if (status === 401) {
      options.tokens.invalidate(token)
      return undefined
    }
    if (status === 204) return { kind: 'answer', body: undefined }
    if (status !== 200 && status !== 201) {
      const { refusal: because, byGateway } = refusalOfRest(response, options.nowMs())
      return { kind: 'refused', refusal: because, ...(byGateway ? {} : { status }) }
    }
    return parsed(response.body)
  }
}

const unauthorized: RestOutcome = {
  kind: 'refused',
  status: 401,
  refusal: refusal('HTTP_401', misconfigured('clientId'), 'Audience Manager takes no token of it'),
}

function parsed(text: string): RestOutcome {
  try {
    return { kind: 'answer', body: JSON.parse(text) as unknown }
  } catch {
    return { kind: 'refused', refusal: refusal('ANSWER_UNREADABLE', retryRow(1_000, true)) }
  }
}
