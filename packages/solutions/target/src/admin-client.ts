import { z } from 'zod'
import { readJson, refusal, refusalOfTrouble, retryRow, withToken } from '@segue/solution-kit'
import type { HttpClient, HttpResponse, Refusal, Secret, TokenCache } from '@segue/solution-kit'
import { classOfCode, refusalOfCode } from './codes.ts'

/** One call to Target's Admin API. */
export interface AdminCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/{tenant}/target/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly json?: object
}

/** What a call came to: a body, or a code with the receipt for callers that do not know better. */
export type AdminOutcome =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'gone'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly status?: number; readonly refusal: Refusal }

export type CallAdmin = (call: AdminCall) => Promise<AdminOutcome>

/** Without exactly this media type audiences answer 406 (`reference/solutions.md` §5.3). */
const mediaType = 'application/vnd.adobe.target.v3+json'

/**
 * Makes the function that calls of the Admin API go through: puts token, key and media type on, reads the answer's code, and repeats a call once, with a new
 * token, where the old one was not taken.
 */
export function adminClient(options: {
  readonly http: HttpClient
  readonly url: string
  readonly tenant: string
  readonly clientId: string
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallAdmin {
  return async (call) => {
    const outcome = await withToken(options.tokens, isTokenRefused, (secret) =>
      attempt(call, secret),
    )
    return outcome === 'token-refused' ? stillRefused : outcome
  }

  async function attempt(call: AdminCall, secret: Secret): Promise<Attempted> {
    const url = new URL(`/${options.tenant}/target/${call.path}`, options.url)
    url.search = new URLSearchParams(call.query).toString()
    const headers: Record<string, string> = {
      accept: mediaType,
      authorization: `Bearer ${secret.reveal()}`,
      'x-api-key': options.clientId,
    }
    const body = call.json === undefined ? {} : { body: JSON.stringify(call.json) }
    if (call.json !== undefined) headers['content-type'] = mediaType
    const response = await options.http.request({ method: call.method, url, headers, ...body })
    if (response.kind !== 'response') {
      return { kind: 'refused', refusal: refusalOfTrouble(response) }
    }
    return read(response, call.method, options.nowMs())
  }
}

type Attempted = AdminOutcome | 'token-refused'

function isTokenRefused(outcome: Attempted): boolean {
  return outcome === 'token-refused'
}

const stillRefused: AdminOutcome = {
  kind: 'refused',
  status: 401,
  refusal: refusalOfCode('admin', '401', { status: 401, headers: {} }, 0),
}

/** The gateway's errors and Target's own envelope; only codes are read, messages are for people. */
const errorShape = z.object({
  error_code: z.coerce.string().optional(),
  errors: z.array(z.object({ errorCode: z.string().optional() })).optional(),
})

function read(response: HttpResponse, method: AdminCall['method'], nowMs: number): Attempted {
  const { status } = response
  if (status >= 200 && status < 300) return answerOf(response, method)
  const gatewayCode = readJson(errorShape, response.body)?.error_code ?? ''
  const known = classOfCode('admin', gatewayCode) !== undefined
  const code = known ? gatewayCode : `${status}`
  const because = refusalOfCode('admin', code, response, nowMs)
  const kind = classOfCode('admin', code)?.kind
  if (kind === 'authenticate') return 'token-refused'
  return kind === 'not-found'
    ? { kind: 'gone', refusal: because }
    : { kind: 'refused', status, refusal: because }
}

function answerOf(response: HttpResponse, method: AdminCall['method']): AdminOutcome {
  // What a DELETE answers says nothing that its status does not say.
  if (method === 'DELETE') return { kind: 'answer', body: undefined }
  const body = readJson(z.unknown(), response.body)
  return body === undefined ? unreadable : { kind: 'answer', body }
}

export const unreadable: Extract<AdminOutcome, { readonly kind: 'refused' }> = {
  kind: 'refused',
  refusal: refusal('ANSWER_UNREADABLE', retryRow(1_000, true)),
}
