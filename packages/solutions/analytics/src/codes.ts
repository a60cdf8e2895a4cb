import {
  failed,
  misconfigured,
  readJson,
  refusal,
  refusalOfStatus,
  retryAfterMs,
  retryRow,
  retrySolution,
} from '@segue/solution-kit'
import type { HttpResponse, Refusal, Verdict } from '@segue/solution-kit'
import { z } from 'zod'

/** Which of Analytics' two APIs a call went to: Bulk Data Insertion, or the 2.0 APIs for names. */
export type Api = 'events' | 'names'

interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly events: Verdict
  readonly names: Verdict
  /** For people. */
  readonly meaning: string
}

function entry(code: string, events: Verdict, names: Verdict, meaning: string): CodeEntry {
  return { code, events, names, meaning }
}

const credentials = misconfigured('clientId')
const wait = retrySolution(6_000, false)
const maybe = retryRow(5_000, true)

/**
 * Every code that an Analytics call may answer: HTTP statuses (`reference/solutions.md` §2.2, §2.3) and the gateway's own codes (§0.4), which go
 * before the status where the body has one. 401 and 401013 are first met with a new token, once; 413 first cuts the file in two.
 */
export const analyticsCodes: ReadonlyMap<string, CodeEntry> = new Map([
  [
    '400',
    entry(
      'CALL_REFUSED',
      failed,
      misconfigured('datasetId'),
      'the file is malformed; of names: the dataset does not take them, look at its columns too',
    ),
  ],
  ['401', entry('ACCESS_TOKEN_REFUSED', credentials, credentials, 'no token is taken')],
  ['401013', entry('ACCESS_TOKEN_REFUSED', credentials, credentials, 'no token is taken')],
  ['403', entry('ACCESS_DENIED', credentials, credentials, 'the credential may not do this')],
  ['403010', entry('ACCESS_TOKEN_MISSING', credentials, credentials, 'no token arrived')],
  [
    '403023',
    entry(
      'PRODUCT_NOT_PROVISIONED',
      credentials,
      credentials,
      'the credential has no Analytics product profile, or none of this company',
    ),
  ],
  [
    '404',
    entry(
      'NOT_FOUND',
      misconfigured('collectUrl'),
      misconfigured('datasetId'),
      'no such address, or no such dataset',
    ),
  ],
  [
    '404040',
    entry(
      'RESOURCE_NOT_FOUND',
      misconfigured('collectUrl'),
      misconfigured('companyId'),
      'the gateway knows no such address, or no such company',
    ),
  ],
  ['413', entry('FILE_TOO_LARGE', failed, failed, 'one row alone is over the size limit')],
  ['429', entry('RATE_LIMIT', wait, wait, 'over 1 call in a second, for names 12 in 6 s')],
  ['429001', entry('RATE_LIMIT', wait, wait, 'the gateway’s limit')],
  ['429050', entry('RATE_LIMIT', wait, wait, 'over 12 calls in 6 s, the gateway’s limit')],
  ['500', entry('INTERNAL_ERROR', maybe, maybe, 'unhandled error in Analytics')],
  [
    '502',
    entry('GATEWAY_FAILED', maybe, maybe, 'the gateway got no answer; if it lasts, check the urls'),
  ],
])

/** Why a whole file was rejected: nothing of it was ingested (`reference/solutions.md` §2.2; the texts are those of its sources). */
export const rejections: readonly (readonly [
  pattern: RegExp,
  code: string,
  verdict: Verdict,
  meaning: string,
])[] = [
  [/gzip/i, 'FILE_NOT_GZIP', retryRow(10_000, false), 'the file was damaged on its way'],
  [
    /duplicate/i,
    'COLUMN_DUPLICATED',
    misconfigured('segmentVariable'),
    'two columns have one name',
  ],
  [
    /report ?suite|rsid/i,
    'REPORT_SUITE_REFUSED',
    misconfigured('reportSuiteId'),
    'the report suite does not take the hits',
  ],
  [/header 'x-/i, 'CALL_REFUSED', failed, 'a header of the call did not arrive'],
  [/(found in|missing).*header/i, 'COLUMN_MISSING', failed, 'a required column is missing'],
  [
    /do not conform/i,
    'FILE_INVALID',
    retryRow(1_000, false),
    'Analytics finds rows of the file invalid; those that it names are left out of the next',
  ],
  [/no valid rows|no hits/i, 'ROW_INVALID', failed, 'Analytics finds no row of the file valid'],
]

const rejectedOtherwise: (typeof rejections)[number] = [
  /^/,
  'FILE_REJECTED',
  retryRow(60_000, false),
  'Analytics rejected the whole file for a reason that is not documented',
]

/** Row trouble ("On row: 3, missing …") says nothing of the file: it goes before the words of the table are looked for. */
const rowNotes = /on row:?\s*\d+,[^.]*\.?( this row will not be submitted\.?)?/gi

/** The receipt of a file that was rejected, by what Analytics wrote about it. The text itself is never repeated. */
export function refusalOfRejection(text: string): Refusal {
  const aboutFile = text.replaceAll(rowNotes, '')
  const found = rejections.find(([pattern]) => pattern.test(aboutFile))
  const [, code, verdict, meaning] = found ?? rejectedOtherwise
  return refusal(code, verdict, meaning)
}

const gatewayError = z.object({
  error_code: z.union([z.string(), z.number()]).optional(),
  code: z.union([z.string(), z.number()]).optional(),
})

/** The code of an answer: the gateway's own where it is one of the documented, else the HTTP status. */
export function codeOf({ status, body }: Pick<HttpResponse, 'status' | 'body'>): string {
  const error = readJson(gatewayError, body)
  const own = `${error?.error_code ?? error?.code ?? ''}`
  return own.length === 6 && analyticsCodes.has(own) ? own : `${status}`
}

/** The receipt of an answer that is none of success, for one of the two APIs. */
export function refusalOfAnswer(
  response: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
  api: Api,
  nowMs: number,
): Refusal {
  const code = codeOf(response)
  const found = analyticsCodes.get(code)
  if (found === undefined) return refusalOfStatus(response, 'clientId', nowMs)
  const verdict = found[api]
  const askedMs = retryAfterMs(response.headers, nowMs)
  const waiting =
    verdict.kind === 'retry' && askedMs !== undefined ? { ...verdict, afterMs: askedMs } : verdict
  return refusal(found.code, waiting, `Analytics ${code}: ${found.meaning}`)
}
