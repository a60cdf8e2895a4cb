import { expect, test } from 'vitest'
import { gatewayCodes, gatewayEntry, productCodes, productEntry, refusalOfEntry } from './codes.ts'

const retry = (scope: 'row' | 'solution', afterMs: number, inDoubt: boolean) => ({
  status: 'retry',
  scope,
  afterMs,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

/** Every code of the gateway in `reference/solutions.md` §0.4, and what it means for a row where nothing better can be done. */
const gateway: readonly (readonly [code: string, receipt: object])[] = [
  // After the client's own repeat with a new token.
  ['401013', misconfigured('clientId')],
  ['403000', misconfigured('clientId')],
  ['403003', misconfigured('clientId')],
  ['403010', misconfigured('url')],
  ['403023', misconfigured('clientId')],
  ['404040', misconfigured('url')],
  ['429001', retry('solution', 2_000, false)],
  ['429050', retry('solution', 2_000, false)],
  ['500', retry('row', 2_000, true)],
  ['502', retry('row', 2_000, true)],
]

test.each(gateway)('gateway %s', (code, receipt) => {
  const entry = gatewayEntry(code)
  expect(entry && refusalOfEntry(entry)).toMatchObject(receipt)
})

test('the gateway’s table has every documented code and no other', () => {
  expect([...gatewayCodes.keys()]).toEqual(gateway.map(([code]) => code))
})

/** Texts as the documentation shows them (`reference/solutions.md` §4.1), one for each code, with where they are handled. */
const product: readonly (readonly [string, number, string, kind: string, receipt: object])[] = [
  [
    'RST-360011',
    500,
    'RST-360011 An error has occurred - please contact your administrator.',
    'refused',
    failed,
  ],
  [
    'XTK-170006',
    500,
    "RST-360011 An error has occurred - please contact your administrator.\n'contentURL' parameter isn't defined in signal activity.\nXTK-170006 Unable to parse expression 'HandleTrigger(@name)'.\nRST-360000 Error while assessing it",
    'expression',
    failed,
  ],
  ['RST-360000', 500, "RST-360000 Error while assessing 'x'", 'expression', failed],
  [
    'XTK-170036',
    500,
    "The 'O5iRp40EGA' attribute is unknown. XTK-170036 Unable to parse expression '@id = @O5iRp40EGA'.",
    'unknown-record',
    retry('row', 5_000, false),
  ],
  [
    'RST-360012',
    500,
    "RST-360011 An error has occurred. RST-360012 Inconsistent operation on resource 'service'",
    'refused',
    failed,
  ],
  ['PGS-220000', 500, 'PGS-220000 PostgreSQL error: ERROR', 'retry', retry('row', 5_000, false)],
]

test.each(product)('product %s', (_code, status, text, kind, receipt) => {
  const entry = productEntry(status, text)
  expect(entry?.class.kind).toBe(kind)
  expect(entry && refusalOfEntry(entry)).toMatchObject(receipt)
})

test('the product’s table has every documented code and no other', () => {
  expect([...productCodes.keys()].toSorted()).toEqual(product.map(([code]) => code).toSorted())
})

test.each([
  [404, "RST-360011 An error has occurred. The document with path 'service' cannot be found"],
  [404, ''],
])('a record that is not there: %s %s', (status, text) => {
  expect(productEntry(status, text)?.class.kind).toBe('unknown-record')
})

test.each([
  [
    500,
    'PGS-220000 PostgreSQL error: ERROR: duplicate key value violates unique constraint "nmsservice_name"',
  ],
  [500, "A 'service' with the same key 'SVC4' already exists."],
  [409, ''],
])('a record that is there already: %s %s', (status, text) => {
  expect(productEntry(status, text)?.class.kind).toBe('exists')
})

test('a code that is not documented is kept by its name, and its text is not', () => {
  const entry = productEntry(500, 'ABC-123456 somebody@mail.example is on fire')
  expect(entry && refusalOfEntry(entry)).toMatchObject({ ...failed, code: 'CAMPAIGN_ABC_123456' })
  expect(JSON.stringify(entry)).not.toContain('somebody')
  expect(productEntry(500, 'Internal Server Error')).toBeUndefined()
})
