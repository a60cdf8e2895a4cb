import {
  excluded,
  failed,
  misconfigured,
  readJson,
  refusal,
  refusalOfStatus,
  retryAfterMs,
  retryRow,
  retrySolution,
  segmentGone,
} from '@segue/solution-kit'
import type { HttpResponse, Refusal, Verdict } from '@segue/solution-kit'
import { errorShape } from './example-api.ts'

interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly verdict: Verdict
  /** For people: no identity, no secret. */
  readonly meaning: string
}

function entry(code: string, verdict: Verdict, meaning: string): CodeEntry {
  return { code, verdict, meaning }
}

/** Every code that the API documents: of a whole call, and of one person's result. */
export const apiCodes: ReadonlyMap<string, CodeEntry> = new Map([
  ['CALL_INVALID', entry('CALL_INVALID', failed, 'the adapter made a call that cannot be read')],
  // After the client's one repeat with a new token: wait for the identity service rather than asking it in a loop.
  ['TOKEN_INVALID', entry('ACCESS_TOKEN_REFUSED', retrySolution(2_000, false), 'a new token too')],
  [
    'PERMISSION_MISSING',
    entry('PERMISSION_MISSING', misconfigured('clientId'), 'the credential may not do this'),
  ],
  ['LIST_UNKNOWN', entry(segmentGone, retryRow(1_000, false), 'the list is gone')],
  ['KEY_TAKEN', entry('KEY_TAKEN', retryRow(1_000, false), 'made meanwhile, and not found')],
  ['TOO_MANY_PEOPLE', entry('CALL_TOO_LARGE', failed, 'too many people in one call')],
  ['RATE_LIMITED', entry('RATE_LIMIT', retrySolution(5_000, false), 'too many calls')],
  ['INTERNAL_ERROR', entry('INTERNAL_ERROR', retryRow(2_000, true), 'it failed, perhaps half way')],
  ['UNAVAILABLE', entry('UNAVAILABLE', retrySolution(10_000, true), 'not available just now')],
  ['PERSON_UNKNOWN', entry('PERSON_UNKNOWN', excluded, 'nobody of this hash')],
  ['PERSON_INVALID', entry('PERSON_INVALID', failed, 'not a hash that can be read')],
])

/** The code by which the API says that it did not take the token. */
export const tokenInvalid = 'TOKEN_INVALID'
/** The codes that a removal has nothing left to do after. */
export const listUnknown = 'LIST_UNKNOWN'
export const personUnknown = 'PERSON_UNKNOWN'
/** Another process made the list first. */
export const keyTaken = 'KEY_TAKEN'

/** The API's own code of an answer; empty where it has none. */
export function codeOf(response: Pick<HttpResponse, 'body'>): string {
  return readJson(errorShape, response.body)?.code ?? ''
}

/** The receipt of an answer that is no success. `Retry-After` is heeded; an answer without a known code goes by its status. */
export function refusalOfAnswer(
  response: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
  nowMs: number,
): Refusal {
  const known = apiCodes.get(codeOf(response))
  if (known === undefined) return refusalOfStatus(response, 'clientId', nowMs)
  const because = refusal(known.code, known.verdict, known.meaning)
  const askedMs = retryAfterMs(response.headers, nowMs)
  return because.status === 'retry' && askedMs !== undefined
    ? { ...because, afterMs: askedMs }
    : because
}

/** The receipt of one person's result where the call itself succeeded. */
export function refusalOfResult(apiCode: string): Refusal {
  const known = apiCodes.get(apiCode)
  return known === undefined
    ? refusal('RESULT_UNKNOWN', failed, 'a result that is not documented')
    : refusal(known.code, known.verdict, known.meaning)
}
