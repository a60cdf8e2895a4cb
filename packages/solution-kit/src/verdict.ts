import type { HttpResponse, HttpTrouble } from './http-outcome.ts'
import type { Receipt } from './receipt.ts'

/** Every receipt that is not a delivery; also what `ensureSegment` may answer. */
export type Refusal = Exclude<Receipt, { readonly status: 'delivered' }>

/** What one answer of a solution means for the engine. Each adapter keeps one table from its solution's codes to these. */
export type Verdict =
  | {
      readonly kind: 'retry'
      readonly scope: 'row' | 'solution'
      readonly afterMs: number
      readonly inDoubt: boolean
    }
  | { readonly kind: 'excluded' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'misconfigured'; readonly setting: string }

/** This row again: it had trouble of its own. */
export function retryRow(afterMs: number, inDoubt: boolean): Verdict {
  return { kind: 'retry', scope: 'row', afterMs, inDoubt }
}

/** Nothing more to this solution until then. */
export function retrySolution(afterMs: number, inDoubt: boolean): Verdict {
  return { kind: 'retry', scope: 'solution', afterMs, inDoubt }
}

/** The row is not for this solution. */
export const excluded: Verdict = { kind: 'excluded' }

/** It should have worked and never will. */
export const failed: Verdict = { kind: 'failed' }

/** Somebody has to mend a setting first. */
export function misconfigured(setting: string): Verdict {
  return { kind: 'misconfigured', setting }
}

/** The receipt of a verdict. `detail` goes to people: no identity, no secret. */
export function refusal(code: string, verdict: Verdict, detail?: string): Refusal {
  const more = detail === undefined ? {} : { detail }
  switch (verdict.kind) {
    case 'retry': {
      const { scope, afterMs, inDoubt } = verdict
      return { status: 'retry', code, afterMs, scope, inDoubt, ...more }
    }
    case 'misconfigured':
      return { status: 'misconfigured', code, setting: verdict.setting, ...more }
    case 'excluded':
    case 'failed':
      return { status: 'rejected', code, kind: verdict.kind, ...more }
  }
}

/** The same receipt where the call only read: whatever came of it, no row was written. */
export function notInDoubt(because: Refusal): Refusal {
  return because.status === 'retry' ? { ...because, inDoubt: false } : because
}

/** Short, since the engine lengthens the pause of a solution that goes on asking for one. */
const outageAfterMs = 2_000
const againAfterMs = 1_000

const troubles: Readonly<
  Record<Exclude<HttpTrouble['kind'], 'rate-limited'>, readonly [code: string, unsent: Verdict]>
> = {
  connect: ['CONNECT_FAILED', retrySolution(outageAfterMs, false)],
  timeout: ['TIMED_OUT', retrySolution(outageAfterMs, false)],
  dropped: ['CONNECTION_DROPPED', retryRow(againAfterMs, false)],
  'too-large': ['ANSWER_TOO_LARGE', retryRow(againAfterMs, false)],
  malformed: ['ANSWER_MALFORMED', retryRow(againAfterMs, false)],
  aborted: ['CALL_ABORTED', retryRow(0, false)],
  closed: ['CLIENT_CLOSED', retryRow(0, false)],
  invalid: ['CALL_INVALID', failed],
}

/** The receipt for a call that got no complete answer: in doubt, and only that row's trouble, once anything was written. */
export function refusalOfTrouble(trouble: HttpTrouble): Refusal {
  if (trouble.kind === 'rate-limited') {
    return refusal('CALL_BUDGET_SPENT', retrySolution(trouble.afterMs, false))
  }
  const [code, unsent] = troubles[trouble.kind]
  const sent = trouble.inDoubt && unsent.kind === 'retry'
  return refusal(code, sent ? retryRow(againAfterMs, true) : unsent, trouble.code)
}

const longestRetryAfterMs = 24 * 60 * 60 * 1000

/** `Retry-After` in milliseconds from now: seconds or an HTTP date, at most a day; undefined where absent or unreadable. */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | undefined {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  if (Number.isNaN(ms)) return undefined
  return Math.min(Math.max(ms, 0), longestRetryAfterMs)
}

/**
 * The receipt for an HTTP status that the adapter has no rule of its own for. A 5xx may have acted before it failed.
 * @param setting the setting to look at when the server refuses the credentials (401, 403)
 */
export function refusalOfStatus(
  response: Pick<HttpResponse, 'status' | 'headers'>,
  setting: string,
  nowMs: number,
): Refusal {
  const { status } = response
  const askedMs = retryAfterMs(response.headers, nowMs)
  return refusal(`HTTP_${status}`, verdictOfStatus(status, setting, askedMs))
}

function verdictOfStatus(status: number, setting: string, askedMs: number | undefined): Verdict {
  if (status === 401 || status === 403) return misconfigured(setting)
  if (status === 429) return retrySolution(askedMs ?? outageAfterMs, false)
  if (status === 503) return retrySolution(askedMs ?? outageAfterMs, true)
  if (status === 408 || status === 425) return retryRow(askedMs ?? againAfterMs, true)
  if (status === 501 || status === 505) return failed
  if (status >= 500) return retryRow(askedMs ?? againAfterMs, true)
  return failed
}
