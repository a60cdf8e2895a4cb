import { z } from 'zod'
import {
  misconfigured,
  readJson,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryAfterMs,
  withToken,
} from '@segue/solution-kit'
import type {
  HttpClient,
  HttpOutcome,
  HttpRequest,
  HttpResponse,
  Refusal,
  Secret,
  TokenCache,
} from '@segue/solution-kit'
import { answerUnreadable } from '../receipts.ts'
import { gatewayEntry, productEntry, refusalOfEntry } from './codes.ts'
import type { CodeClass } from './codes.ts'

/** One REST call. */
export interface StandardCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** A top-level resource below the base (`profileAndServices/service`), or an address that Campaign returned. */
  readonly at: { readonly path: string } | { readonly href: string }
  /** Put beside what the address has already. */
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

/** What a call came to. */
export type StandardOutcome =
  /** 2xx; `body` is undefined where there was none (204). */
  | { readonly kind: 'answer'; readonly body: unknown; readonly requestId?: string }
  /** Campaign's own error: its class, for callers that know better, and the receipt where they do not. */
  | { readonly kind: 'error'; readonly class: CodeClass['kind']; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export type CallStandard = (call: StandardCall) => Promise<StandardOutcome>

const gatewayShape = z.object({
  error_code: z.coerce.string().optional(),
  code: z.coerce.string().optional(),
})

const hrefForeign = refusal(
  'HREF_FOREIGN',
  misconfigured('url'),
  'Campaign returned an address at another host than url: it gets no token of ours',
)

/**
 * Makes the function that all REST calls go through: puts token and API key on, reads the answer, and repeats a call once, with
 * a new token, where the gateway did not take the old one (401013). Nothing else is repeated here.
 * @param options.url base of the API, `https://mc.adobe.io/<ORGANIZATION>/campaign`
 */
export function standardClient(options: {
  readonly http: HttpClient
  readonly url: string
  readonly clientId: string
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallStandard {
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`)

  return async (call) => {
    const url = addressOf(call)
    if (url === undefined) return { kind: 'refused', refusal: hrefForeign }
    const outcome = await withToken(options.tokens, isTokenRefused, async (secret) =>
      read(await options.http.request(request(call, url, secret))),
    )
    return outcome === 'token-refused' ? stillRefused : outcome
  }

  /** Undefined for an address elsewhere: the token is for this host only. */
  function addressOf(call: StandardCall): URL | undefined {
    const url = URL.parse('path' in call.at ? call.at.path : call.at.href, base.href)
    if (url === null || url.origin !== base.origin) return undefined
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
    return url
  }

  function request(call: StandardCall, url: URL, secret: Secret): HttpRequest {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${secret.reveal()}`,
      'x-api-key': options.clientId,
      'content-type': 'application/json',
      'cache-control': 'no-cache',
    }
    const { method, body } = call
    return body === undefined
      ? { method, url, headers }
      : { method, url, headers, body: JSON.stringify(body) }
  }

  function read(outcome: HttpOutcome): Attempted {
    if (outcome.kind !== 'response') return { kind: 'refused', refusal: refusalOfTrouble(outcome) }
    if (outcome.status >= 200 && outcome.status < 300) return readAnswer(outcome)
    return readError(outcome)
  }

  function readError(response: HttpResponse): Attempted {
    const { status, body } = response
    const gateway = readJson(gatewayShape, body)
    const code = gateway?.error_code ?? gateway?.code ?? ''
    const fromGateway = gatewayEntry(code)
    const unauthorised = fromGateway === undefined && status === 401
    if (fromGateway?.class.kind === 'authenticate' || unauthorised) return 'token-refused'
    // A code of six digits is the gateway's own; 500 and 502 may stand around a text of Campaign's, which tells more.
    const known =
      code.length === 6 && fromGateway !== undefined
        ? fromGateway
        : (productEntry(status, body) ?? fromGateway)
    if (known === undefined) {
      const because = refusalOfStatus(response, 'clientId', options.nowMs())
      return { kind: 'refused', refusal: because }
    }
    return { kind: 'error', class: known.class.kind, refusal: waiting(refusalOfEntry(known)) }

    /** A wait that the server asks for itself is the right one. */
    function waiting(because: Refusal): Refusal {
      const askedMs = retryAfterMs(response.headers, options.nowMs())
      if (because.status !== 'retry' || askedMs === undefined) return because
      return { ...because, afterMs: askedMs }
    }
  }
}

function readAnswer(response: HttpResponse): StandardOutcome {
  const body = readBody(response.body)
  if (body === unreadable) return { kind: 'refused', refusal: answerUnreadable }
  const requestId = response.headers['x-request-id'] ?? ''
  if (!/^[\w-]{1,100}$/.test(requestId)) return { kind: 'answer', body }
  return { kind: 'answer', body, requestId }
}

const unreadable = Symbol('unreadable')

function readBody(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return unreadable
  }
}

type Attempted = StandardOutcome | 'token-refused'

function isTokenRefused(outcome: Attempted): boolean {
  return outcome === 'token-refused'
}

const tokenInvalid = gatewayEntry('401013')
const stillRefused: StandardOutcome = {
  kind: 'refused',
  refusal: tokenInvalid === undefined ? answerUnreadable : refusalOfEntry(tokenInvalid),
}
