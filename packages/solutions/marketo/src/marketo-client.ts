import { z } from 'zod'
import {
  readJson,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryRow,
  withToken,
} from '@segue/solution-kit'
import type { HttpClient, HttpOutcome, Refusal, Secret, TokenCache } from '@segue/solution-kit'
import { answerShape } from './answer.ts'
import type { Answer } from './answer.ts'
import { codeEntry, marketoCodes, refusalOfCode } from './codes.ts'

/** One REST call. */
export interface MarketoCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Without a leading slash: `rest/v1/leads.json`. */
  readonly path: string
  /** Already encoded, without the question mark. */
  readonly query?: string
  /** A form-encoded body. */
  readonly form?: string
}

/** What a call came to. */
export type MarketoOutcome =
  /** `success: true`; records of it may still have been skipped. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** `success: false`: the code, for callers that know better, and the receipt where they do not. */
  | { readonly kind: 'error'; readonly code: string; readonly refusal: Refusal }
  /** HTTP 413 or 414: the caller may cut the call in two. */
  | { readonly kind: 'too-large'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export type CallMarketo = (call: MarketoCall) => Promise<MarketoOutcome>

/**
 * Makes the function that all REST calls go through: puts the token on, reads the answer, and repeats a call once, with a new
 * token, where Marketo did not take the old one (601, 602, HTTP 401). Nothing else is repeated here.
 */
export function marketoClient(options: {
  readonly http: HttpClient
  readonly restUrl: URL
  readonly tokens: TokenCache
  readonly nowMs: () => number
}): CallMarketo {
  const { tokens, nowMs } = options
  return async (call) => {
    const outcome = await withToken(tokens, isTokenRefused, (secret) => attempt(call, secret))
    if (outcome !== 'token-refused') return outcome
    return { kind: 'refused', refusal: refusalOfCode('602', 'call', nowMs()) }
  }

  async function attempt(call: MarketoCall, secret: Secret): Promise<Attempted> {
    return read(await options.http.request(request(call, secret)), nowMs())
  }

  function request(call: MarketoCall, secret: Secret) {
    const url = new URL(call.path, options.restUrl)
    if (call.query !== undefined) url.search = call.query
    const headers: Record<string, string> = {
      accept: 'application/json',
      authorization: `Bearer ${secret.reveal()}`,
    }
    if (call.form === undefined) return { method: call.method, url, headers }
    headers['content-type'] = 'application/x-www-form-urlencoded'
    return { method: call.method, url, headers, body: call.form }
  }
}

type Attempted = MarketoOutcome | 'token-refused'

function isTokenRefused(outcome: Attempted): boolean {
  return outcome === 'token-refused'
}

/** How a gateway in front of Marketo says why it let no call through (`reference/solutions.md` §0.4). */
const gatewayShape = z.object({ error_code: z.coerce.string() })

/** Reads one HTTP outcome as Marketo means it. Only codes are read: messages are for people and may hold a person's e-mail. */
function read(outcome: HttpOutcome, nowMs: number): Attempted {
  if (outcome.kind !== 'response') return { kind: 'refused', refusal: refusalOfTrouble(outcome) }
  if (outcome.status === 413 || outcome.status === 414) {
    return { kind: 'too-large', refusal: refusalOfCode(`${outcome.status}`, 'call', nowMs) }
  }
  if (outcome.status === 401) return 'token-refused'
  if (outcome.status !== 200) {
    const code = readJson(gatewayShape, outcome.body)?.error_code ?? ''
    if (marketoCodes.has(code)) {
      return { kind: 'error', code, refusal: refusalOfCode(code, 'call', nowMs) }
    }
    return { kind: 'refused', refusal: refusalOfStatus(outcome, 'clientId', nowMs) }
  }
  const answer = readJson(answerShape, outcome.body)
  if (answer === undefined) {
    return { kind: 'refused', refusal: refusal('ANSWER_UNREADABLE', retryRow(1_000, true)) }
  }
  if (answer.success) return { kind: 'answer', answer }
  const code = answer.errors?.[0]?.code ?? ''
  if (codeEntry(code, 'call').class.kind === 'authenticate') return 'token-refused'
  return { kind: 'error', code, refusal: refusalOfCode(code, 'call', nowMs) }
}
