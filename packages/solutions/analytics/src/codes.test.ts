import { expect, test } from 'vitest'
import { analyticsCodes, refusalOfAnswer, refusalOfRejection, rejections } from './codes.ts'

const nowMs = Date.parse('2026-11-23T18:00:00Z')
const retry = (scope: 'row' | 'solution', inDoubt: boolean) => ({
  status: 'retry',
  scope,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

/**
 * Every code of `reference/solutions.md` §2.2, §2.3 and §0.4, and what it must mean for a file and for a name. HTTP 100 is no answer but leave
 * to go on; 401 and 401013 are what they are after the client's own repeat with a new token; 413 is for one row alone.
 */
const documented: readonly (readonly [code: string, events: object, names: object])[] = [
  ['400', failed, misconfigured('datasetId')],
  ['401', misconfigured('clientId'), misconfigured('clientId')],
  ['401013', misconfigured('clientId'), misconfigured('clientId')],
  ['403', misconfigured('clientId'), misconfigured('clientId')],
  ['403010', misconfigured('clientId'), misconfigured('clientId')],
  ['403023', misconfigured('clientId'), misconfigured('clientId')],
  ['404', misconfigured('collectUrl'), misconfigured('datasetId')],
  ['404040', misconfigured('collectUrl'), misconfigured('companyId')],
  ['413', failed, failed],
  ['429', retry('solution', false), retry('solution', false)],
  ['429001', retry('solution', false), retry('solution', false)],
  ['429050', retry('solution', false), retry('solution', false)],
  ['500', retry('row', true), retry('row', true)],
  ['502', retry('row', true), retry('row', true)],
]

test.each(documented)('Analytics %s', (code, events, names) => {
  const status = Number(code.slice(0, 3))
  const body = code.length === 3 ? '' : JSON.stringify({ error_code: code, message: 'no' })
  for (const [api, expected] of [
    ['events', events],
    ['names', names],
  ] as const) {
    const answer = refusalOfAnswer({ status, headers: {}, body }, api, nowMs)
    expect(answer).toMatchObject(expected)
    expect(answer.code).toMatch(/^[A-Z][A-Z0-9_]+$/)
    expect(answer.detail).toContain(code)
  }
})

test('the table has every documented code and no other', () => {
  expect([...analyticsCodes.keys()].toSorted()).toEqual(documented.map(([code]) => code).toSorted())
})

/** Our code for a 403 with this body. */
function codeOf403(body: object): string {
  const response = { status: 403, headers: {}, body: JSON.stringify(body) }
  return refusalOfAnswer(response, 'events', nowMs).code
}

test('the gateway’s code goes before the status, in any of its spellings', () => {
  expect(codeOf403({ error_code: '403023' })).toBe('PRODUCT_NOT_PROVISIONED')
  expect(codeOf403({ error_code: 403010 })).toBe('ACCESS_TOKEN_MISSING')
  expect(codeOf403({ code: '429001' })).toBe('RATE_LIMIT')
  expect(codeOf403({ error_code: '999999' })).toBe('ACCESS_DENIED')
  expect(codeOf403({})).toBe('ACCESS_DENIED')
})

test('Retry-After is heeded, and a status without a rule has the kit’s', () => {
  const asked = { status: 429, headers: { 'retry-after': '20' }, body: '' }
  expect(refusalOfAnswer(asked, 'events', nowMs)).toMatchObject({ afterMs: 20_000 })
  const unavailable = { status: 503, headers: {}, body: '' }
  expect(refusalOfAnswer(unavailable, 'names', nowMs)).toMatchObject({
    code: 'HTTP_503',
    ...retry('solution', true),
  })
})

/** Texts of the reference and its sources, and what they must come to. */
const texts: readonly (readonly [text: string, receipt: object])[] = [
  [
    'An error occurred: Not in GZIP format No hits were found in the file.',
    { code: 'FILE_NOT_GZIP', ...retry('row', false) },
  ],
  [
    'No visitor ID found in the file header.  There must be one of VisitorID, MarketingCloudVisitorID, IPAddress, or CustomerID defined... No valid rows were found in the file.',
    { code: 'COLUMN_MISSING', ...failed },
  ],
  [
    'No timestamp field found in the file header. Processing complete: 0 rows will be submitted. 5000 rows were invalid. No valid rows were found in the file.',
    { code: 'COLUMN_MISSING', ...failed },
  ],
  ['CSV file missing required header timestamp.', { code: 'COLUMN_MISSING', ...failed }],
  [
    'Duplicate column found: eVar10',
    { code: 'COLUMN_DUPLICATED', ...misconfigured('segmentVariable') },
  ],
  ["Request is missing required header 'x-adobe-vgid'", { code: 'CALL_REFUSED', ...failed }],
  [
    'Report suite examplersid is not timestamp enabled',
    { code: 'REPORT_SUITE_REFUSED', ...misconfigured('reportSuiteId') },
  ],
  [
    'File has 2 rows that do not conform to the required CSV format! (Ex: row #59)',
    { code: 'FILE_INVALID', ...retry('row', false) },
  ],
  [
    "On row: 1, missing 'ReportSuiteId'. This row will not be submitted. No valid rows were found in the file.",
    { code: 'ROW_INVALID', ...failed },
  ],
  ['something new', { code: 'FILE_REJECTED', ...retry('row', false) }],
]

test.each(texts)('rejected: %s', (text, receipt) => {
  const answer = refusalOfRejection(text)
  expect(answer).toMatchObject(receipt)
  // What Analytics wrote may hold values of the file.
  expect(answer.detail).not.toContain(text)
})

test('every reason in the table is met by a text', () => {
  const met = new Set(texts.map(([text]) => refusalOfRejection(text).code))
  expect(rejections.map(([, code]) => code).filter((code) => !met.has(code))).toEqual([])
})
