import { expect, test } from 'vitest'
import type { HttpClient, HttpOutcome, HttpRequest } from '@segue/solution-kit'
import { callCodes, dropCodes, recordCodes } from './codes.ts'
import { deliveryStream } from './firehose.ts'
import { mappingDrop } from './mapping-drop.ts'
import { testSettings } from './test-settings.ts'

const settings = testSettings()
const nowMs = () => Date.parse('2026-11-23T18:00:00Z')

/** The kit's HTTP with one answer for everything; Amazon's own clients sign and read above it. */
function answering(outcome: HttpOutcome) {
  const calls: HttpRequest[] = []
  const http: HttpClient = {
    request: (call) => {
      calls.push(call)
      return Promise.resolve(outcome)
    },
    close: () => Promise.resolve(),
  }
  return { http, calls }
}

function response(status: number, body: string, headers: Record<string, string> = {}): HttpOutcome {
  return { kind: 'response', status, headers, body, bytes: Buffer.from(body) }
}

async function putAnswered(outcome: HttpOutcome, records = 1) {
  const { http, calls } = answering(outcome)
  const stream = deliveryStream({ settings, http, nowMs })
  const answer = await stream.put(Array.from({ length: records }, () => Buffer.from('{}\n')))
  expect(calls).toHaveLength(1)
  return answer.kind === 'refused' ? answer.refusal : answer.receipts
}

async function writeAnswered(outcome: HttpOutcome) {
  const { http, calls } = answering(outcome)
  const answer = await mappingDrop({ settings, http, nowMs }).write('ups:a', 'A')
  expect(calls).toHaveLength(1)
  return answer
}

const retry = (scope: 'row' | 'solution', afterMs: number, inDoubt: boolean) => ({
  status: 'retry',
  scope,
  afterMs,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

/** Codes of whole calls: `reference/solutions.md` §3.3, `PutRecordBatch`'s own, and those common to Amazon's services. */
const calls: readonly (readonly [code: string, status: number, receipt: object])[] = [
  ['ResourceNotFoundException', 400, misconfigured('deliveryStreamName')],
  ['InvalidArgumentException', 400, misconfigured('deliveryStreamName')],
  ['InvalidSourceException', 400, misconfigured('deliveryStreamName')],
  ['InvalidKMSResourceException', 400, misconfigured('deliveryStreamName')],
  ['KMSAccessDeniedException', 400, misconfigured('deliveryStreamName')],
  ['KMSDisabledException', 400, misconfigured('deliveryStreamName')],
  ['KMSInvalidStateException', 400, misconfigured('deliveryStreamName')],
  ['KMSNotFoundException', 400, misconfigured('deliveryStreamName')],
  ['KMSThrottlingException', 400, retry('solution', 1_000, false)],
  ['AccessDeniedException', 400, misconfigured('accessKeyId')],
  ['NotAuthorized', 400, misconfigured('accessKeyId')],
  ['OptInRequired', 403, misconfigured('accessKeyId')],
  ['UnrecognizedClientException', 400, misconfigured('accessKeyId')],
  ['InvalidClientTokenId', 403, misconfigured('accessKeyId')],
  ['InvalidAccessKeyId', 403, misconfigured('accessKeyId')],
  ['ExpiredTokenException', 400, misconfigured('accessKeyId')],
  ['InvalidSignatureException', 400, misconfigured('secretAccessKey')],
  ['SignatureDoesNotMatch', 403, misconfigured('secretAccessKey')],
  ['IncompleteSignatureException', 400, misconfigured('region')],
  ['MissingAuthenticationTokenException', 403, misconfigured('secretAccessKey')],
  ['RequestExpired', 400, retry('solution', 2_000, false)],
  ['RequestTimeTooSkewed', 403, retry('solution', 2_000, false)],
  ['ThrottlingException', 400, retry('solution', 1_000, false)],
  ['ThrottledRequest', 400, retry('solution', 1_000, false)],
  ['RequestLimitExceeded', 503, retry('solution', 1_000, false)],
  ['TooManyRequestsException', 429, retry('solution', 1_000, false)],
  ['LimitExceededException', 400, retry('solution', 1_000, false)],
  ['ServiceUnavailableException', 503, retry('solution', 2_000, true)],
  ['InternalFailure', 500, retry('row', 1_000, true)],
  ['InternalServerException', 500, retry('row', 1_000, true)],
  ['InternalServerError', 500, retry('row', 1_000, true)],
  ['RequestTimeoutException', 400, retry('row', 1_000, true)],
  ['SerializationException', 400, failed],
  ['ValidationException', 400, failed],
  ['ValidationError', 400, failed],
  ['MissingAction', 400, failed],
  ['UnknownOperationException', 400, misconfigured('firehoseUrl')],
  ['InvalidAction', 400, misconfigured('firehoseUrl')],
]

test.each(calls)('the stream answers %s', async (code, status, receipt) => {
  const plain = await putAnswered(response(status, JSON.stringify({ __type: code })))
  expect(plain).toMatchObject(receipt)
  const prefixed = { __type: `com.amazonaws.firehose#${code}`, message: 'user@body.example' }
  const full = await putAnswered(response(status, JSON.stringify(prefixed)))
  expect(full).toEqual(plain)
  expect(full).toMatchObject({ detail: expect.stringContaining(code) })
})

/** S3's codes for the mapping drop: none of them holds the stream up. */
const drops: readonly (readonly [code: string, status: number, receipt: object])[] = [
  ['AccessDenied', 403, misconfigured('mapping.accessKeyId')],
  ['InvalidAccessKeyId', 403, misconfigured('mapping.accessKeyId')],
  ['ExpiredToken', 400, misconfigured('mapping.accessKeyId')],
  ['SignatureDoesNotMatch', 403, misconfigured('mapping.secretAccessKey')],
  ['NoSuchBucket', 404, misconfigured('mapping.bucket')],
  ['InvalidBucketName', 400, misconfigured('mapping.bucket')],
  ['PermanentRedirect', 301, misconfigured('mapping.region')],
  ['AuthorizationHeaderMalformed', 400, misconfigured('mapping.region')],
  ['IllegalLocationConstraintException', 400, misconfigured('mapping.region')],
  ['KeyTooLongError', 400, misconfigured('mapping.directory')],
  ['RequestTimeTooSkewed', 403, retry('row', 2_000, false)],
  ['SlowDown', 503, retry('row', 2_000, false)],
  ['ServiceUnavailable', 503, retry('row', 2_000, false)],
  ['InternalError', 500, retry('row', 2_000, false)],
  ['RequestTimeout', 400, retry('row', 2_000, false)],
  ['OperationAborted', 409, retry('row', 2_000, false)],
]

test.each(drops)('the drop answers %s', async (code, status, receipt) => {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`
  const answer = await writeAnswered(response(status, body, { 'content-type': 'application/xml' }))
  expect(answer).toMatchObject(receipt)
})

/** Codes of single records inside HTTP 200, as the first of two records has them. */
const records: readonly (readonly [code: string, receipt: object])[] = [
  ['ServiceUnavailableException', retry('row', 1_000, false)],
  ['ThrottlingException', retry('row', 1_000, false)],
  ['InternalFailure', retry('row', 1_000, true)],
]

test.each(records)('a record is answered with %s, its neighbour gets in', async (code, receipt) => {
  const RequestResponses = [{ ErrorCode: code, ErrorMessage: 'Slow down.' }, { RecordId: 'r2' }]
  const body = JSON.stringify({ FailedPutCount: 1, Encrypted: false, RequestResponses })
  expect(await putAnswered(response(200, body), 2)).toMatchObject([
    receipt,
    { status: 'delivered', applied: false, requestId: 'r2' },
  ])
})

function bare(table: readonly (readonly [string, ...unknown[]])[]): readonly string[] {
  return table.map(([code]) => code.replace(/Exception$/, '')).toSorted()
}

test('the tables have every documented code and no other', () => {
  expect([...callCodes.keys()].toSorted()).toEqual(bare(calls))
  expect([...dropCodes.keys()].toSorted()).toEqual(bare(drops))
  expect([...recordCodes.keys()].toSorted()).toEqual(bare(records))
})

test('where the stream takes no record of a call, nothing more is worth sending just now', async () => {
  const ErrorCode = 'ServiceUnavailableException'
  const body = JSON.stringify({
    FailedPutCount: 2,
    RequestResponses: [{ ErrorCode }, { ErrorCode }],
  })
  expect(await putAnswered(response(200, body), 2)).toMatchObject({
    code: 'STREAM_THROTTLED',
    ...retry('solution', 1_000, false),
  })
})

test.each([
  ['HTML with 200', response(200, '<html>'), 'ANSWER_UNREADABLE', retry('row', 1_000, true)],
  ['nothing', response(200, ''), 'ANSWER_UNREADABLE', retry('row', 1_000, true)],
  ['an empty object', response(200, '{}'), 'ANSWER_UNREADABLE', retry('row', 1_000, true)],
  [
    'fewer records than were sent',
    response(200, '{"FailedPutCount":0,"RequestResponses":[]}'),
    'ANSWER_UNREADABLE',
    retry('row', 1_000, true),
  ],
  [
    'a record that is null',
    response(200, '{"FailedPutCount":0,"RequestResponses":[null]}'),
    'ANSWER_UNREADABLE',
    retry('row', 1_000, true),
  ],
  ['HTML with 502', response(502, '<html>'), 'HTTP_502', retry('row', 1_000, true)],
  ['429', response(429, '{}', { 'retry-after': '7' }), 'HTTP_429', retry('solution', 7_000, false)],
  ['403', response(403, '<html>'), 'HTTP_403', misconfigured('accessKeyId')],
  ['413', response(413, ''), 'HTTP_413', failed],
  [
    'an unknown code with 400',
    response(400, '{"__type":"NeverSeenException"}'),
    'AMAZON_CODE_UNKNOWN',
    retry('row', 10_000, false),
  ],
  [
    'a pause that it asks for',
    response(503, '{"__type":"ServiceUnavailableException"}', { 'retry-after': '9' }),
    'STREAM_UNAVAILABLE',
    retry('solution', 9_000, true),
  ],
  [
    'nobody there',
    { kind: 'connect', code: 'ECONNREFUSED', inDoubt: false } as const,
    'CONNECT_FAILED',
    retry('solution', 2_000, false),
  ],
  [
    'a dropped connection',
    { kind: 'dropped', code: 'UND_ERR_SOCKET', inDoubt: true } as const,
    'CONNECTION_DROPPED',
    retry('row', 1_000, true),
  ],
  [
    'no budget left',
    { kind: 'rate-limited', afterMs: 123, inDoubt: false } as const,
    'CALL_BUDGET_SPENT',
    retry('solution', 123, false),
  ],
])('the stream answers %s', async (_what, outcome, code, receipt) => {
  expect(await putAnswered(outcome)).toMatchObject({ code, ...receipt })
})

test('one record among others: neither an id nor a code, or a code that is not known', async () => {
  const RequestResponses = [{}, { ErrorCode: 'some@body.example' }, { RecordId: 'r'.repeat(900) }]
  const body = JSON.stringify({ FailedPutCount: 1, RequestResponses })
  const answer = await putAnswered(response(200, body), 3)
  expect(answer).toMatchObject([
    { code: 'ANSWER_UNREADABLE', ...retry('row', 1_000, true) },
    { code: 'AMAZON_CODE_UNKNOWN', ...retry('row', 10_000, false) },
    { status: 'delivered', requestId: 'r'.repeat(500) },
  ])
  expect(JSON.stringify(answer)).not.toContain('some@body')
})

test('a drop that is away holds up only its segment', async () => {
  const away = { kind: 'connect', code: 'ECONNREFUSED', inDoubt: false } as const
  expect(await writeAnswered(away)).toMatchObject(retry('row', 2_000, false))
  const silent = { kind: 'timeout', code: 'TOTAL_TIMEOUT', inDoubt: true } as const
  expect(await writeAnswered(silent)).toMatchObject(retry('row', 1_000, false))
})
