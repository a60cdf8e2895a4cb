import {
  excluded,
  failed,
  misconfigured,
  refusal,
  retryRow,
  retrySolution,
  segmentGone,
} from '@segue/solution-kit'
import type { Refusal, Verdict } from '@segue/solution-kit'
import { msUntilQuotaReset } from './quota-reset.ts'

/**
 * What a Marketo code asks for. Most are a verdict; the others are handled where they arise:
 * `authenticate`: get a new token and repeat once · `quota`: pause until the quota resets ·
 * `lead-not-found`, `not-in-list`, `list-not-found`: fine on a removal, else resolve again, or make the list again ·
 * `exists`: it is already so · `skipped`: nobody knows whether it is so, ask.
 */
export type CodeClass =
  | Verdict
  | {
      readonly kind:
        | 'authenticate'
        | 'quota'
        | 'lead-not-found'
        | 'not-in-list'
        | 'list-not-found'
        | 'exists'
        | 'skipped'
    }

interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly class: CodeClass
  /** For people. */
  readonly meaning: string
}

function entry(code: string, codeClass: CodeClass, meaning: string): CodeEntry {
  return { code, class: codeClass, meaning }
}

const adapterFault = 'the adapter made a call that Marketo cannot read'

/** Every code of `reference/solutions.md` §6.5, §6.2 and §0.4. Request-level codes concern all rows of a call, record-level ones a row. */
export const marketoCodes: ReadonlyMap<string, CodeEntry> = new Map([
  ['413', entry('CALL_TOO_LARGE', failed, 'one row alone is over the size limit')],
  ['414', entry('CALL_TOO_LARGE', failed, 'one row alone is over the size limit')],
  ['502', entry('GATEWAY_TIMED_OUT', retryRow(5_000, true), 'gateway or time-out')],
  ['600', entry('ACCESS_TOKEN_MISSING', failed, adapterFault)],
  ['601', entry('ACCESS_TOKEN_INVALID', { kind: 'authenticate' }, 'the access token is not valid')],
  ['602', entry('ACCESS_TOKEN_EXPIRED', { kind: 'authenticate' }, 'the access token has expired')],
  [
    '603',
    entry('ACCESS_DENIED', misconfigured('clientId'), 'the API user’s role or the IP allow-list'),
  ],
  ['604', entry('REQUEST_TIMED_OUT', retryRow(5_000, true), 'Marketo gave up on the call')],
  ['605', entry('CALL_INVALID', failed, adapterFault)],
  ['606', entry('RATE_LIMIT', retrySolution(20_000, false), 'over 100 calls in 20 s')],
  ['607', entry('DAILY_QUOTA', { kind: 'quota' }, 'the quota of the day is spent')],
  ['608', entry('API_UNAVAILABLE', retrySolution(2_000, false), 'temporarily unavailable')],
  ['609', entry('CALL_INVALID', failed, adapterFault)],
  ['610', entry('CALL_INVALID', failed, `${adapterFault}, or the url is not Marketo’s`)],
  ['611', entry('SYSTEM_ERROR', retryRow(5_000, true), 'unhandled error in Marketo')],
  ['612', entry('CALL_INVALID', failed, adapterFault)],
  ['613', entry('CALL_INVALID', failed, adapterFault)],
  ['614', entry('SUBSCRIPTION_UNREACHABLE', retrySolution(300_000, false), 'check the url')],
  ['615', entry('CONCURRENCY_LIMIT', retrySolution(2_000, false), 'over 10 calls at once')],
  ['701', entry('FIELD_BLANK', misconfigured('listNamePrefix'), 'a required field is blank')],
  ['702', entry('NOT_FOUND', misconfigured('listFolderId'), 'no such record')],
  ['703', entry('FEATURE_OFF', misconfigured('clientId'), 'not enabled for this subscription')],
  ['704', entry('DATE_INVALID', misconfigured('listFolderId'), 'Marketo refused a date')],
  ['709', entry('BUSINESS_RULE', misconfigured('listNamePrefix'), 'a rule forbids it, as a name')],
  ['710', entry('FOLDER_NOT_FOUND', misconfigured('listFolderId'), 'no such folder')],
  ['711', entry('FOLDER_TYPE', misconfigured('listFolderType'), 'the folder is of another type')],
  ['713', entry('TRANSIENT_ERROR', retryRow(2_000, true), 'a passing error')],
  ['719', entry('LOCK_WAIT', retryRow(5_000, true), 'waited too long for a lock')],
  ['1001', entry('VALUE_TYPE', failed, 'a value is of the wrong type')],
  ['1002', entry('VALUE_MISSING', failed, 'a required value is missing')],
  ['1003', entry('VALUE_INVALID', failed, 'a value is not valid')],
  ['1004', entry('LEAD_NOT_FOUND', { kind: 'lead-not-found' }, 'no lead of this id')],
  ['1006', entry('FIELD_NOT_FOUND', failed, 'no such field')],
  ['1007', entry('LEAD_AMBIGUOUS', failed, 'several leads match')],
  ['1008', entry('PARTITION_DENIED', failed, 'the API user cannot see the lead’s partition')],
  ['1013', entry(segmentGone, { kind: 'list-not-found' }, 'the static list is gone')],
  ['1015', entry('NOT_IN_LIST', { kind: 'not-in-list' }, 'the lead is not in the list')],
  ['1017', entry('ALREADY_EXISTS', { kind: 'exists' }, 'it is already there')],
  ['1019', entry('IMPORT_IN_PROGRESS', retryRow(120_000, false), 'an import uses the list')],
  ['1022', entry('IN_USE', retryRow(120_000, false), 'something uses the list')],
  ['1037', entry('RECORD_SKIPPED', { kind: 'skipped' }, 'Marketo skipped the record')],
  // Codes of the gateway (§0.4) and of the Data Ingestion API behind it (§6.2), for instances whose calls go through it.
  ['401013', entry('ACCESS_TOKEN_INVALID', { kind: 'authenticate' }, 'the token is not valid')],
  ['403010', entry('ACCESS_TOKEN_MISSING', failed, adapterFault)],
  ['403023', entry('ACCESS_DENIED', misconfigured('clientId'), 'the token’s profile is not valid')],
  ['404040', entry('RESOURCE_UNKNOWN', misconfigured('url'), 'nothing is at this address')],
  ['429001', entry('RATE_LIMIT', retrySolution(20_000, false), 'too many calls')],
  ['429050', entry('RATE_LIMIT', retrySolution(20_000, false), 'too many calls')],
  ['4000801', entry('CALL_INVALID', failed, adapterFault)],
  ['4000802', entry('CALL_INVALID', failed, adapterFault)],
  ['4030801', entry('ACCESS_DENIED', misconfigured('clientId'), 'the API user may not do this')],
  ['4290801', entry('DAILY_QUOTA', { kind: 'quota' }, 'the quota of the day is spent')],
  ['5000801', entry('SYSTEM_ERROR', retryRow(5_000, true), 'unhandled error in Marketo')],
])

/** A code outside the table: repeated (the engine bounds how often) if it is about a call, given up if about a row. */
function unknownCode(marketoCode: string, level: 'call' | 'record'): CodeEntry {
  const name = /^[0-9A-Z_]{1,24}$/.test(marketoCode) ? marketoCode : 'UNKNOWN'
  const verdict = level === 'call' ? retryRow(10_000, true) : failed
  return entry(`MARKETO_${name}`, verdict, 'a code that is not documented')
}

/** The entry of a code that Marketo answered for a whole call or for one record of it. */
export function codeEntry(marketoCode: string, level: 'call' | 'record'): CodeEntry {
  return marketoCodes.get(marketoCode) ?? unknownCode(marketoCode, level)
}

/** After the one repeat with a new token: wait for the identity service rather than asking it in a loop. */
const stillNotAuthenticated = retrySolution(2_000, false)
const listGone = retryRow(1_000, false)

/** The receipt of a code where nothing better can be done about it in the call. */
export function refusalOfCode(
  marketoCode: string,
  level: 'call' | 'record',
  nowMs: number,
): Refusal {
  const { code, class: codeClass, meaning } = codeEntry(marketoCode, level)
  return refusal(
    code,
    finalVerdict(codeClass, nowMs),
    `Marketo ${numeric(marketoCode)}: ${meaning}`,
  )
}

function finalVerdict(codeClass: CodeClass, nowMs: number): Verdict {
  switch (codeClass.kind) {
    case 'authenticate':
      return stillNotAuthenticated
    case 'quota':
      return retrySolution(msUntilQuotaReset(nowMs), false)
    case 'list-not-found':
      return listGone
    case 'lead-not-found':
      return excluded
    case 'not-in-list':
    case 'exists':
    case 'skipped':
      return failed
    case 'retry':
    case 'excluded':
    case 'failed':
    case 'misconfigured':
      return codeClass
  }
}

function numeric(marketoCode: string): string {
  return /^\d{1,7}$/.test(marketoCode) ? marketoCode : '(unreadable code)'
}
