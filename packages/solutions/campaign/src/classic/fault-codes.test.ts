import { expect, test } from 'vitest'
import { faultCodes, faultEntry, refusalOfFault } from './fault-codes.ts'

const retry = (scope: 'row' | 'solution', afterMs: number) => ({
  status: 'retry',
  scope,
  afterMs,
  inDoubt: false,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

/** Every fault code of `reference/solutions.md` §4.2, with what it means for a row that is alone in its call. */
const documented: readonly (readonly [code: string, receipt: object, divisible: boolean])[] = [
  ['VersionMismatch', { ...failed, code: 'SOAP_VERSION_MISMATCH' }, false],
  ['MustUnderstand', { ...failed, code: 'SOAP_MUST_UNDERSTAND' }, false],
  ['Client', { ...failed, code: 'SOAP_CLIENT' }, true],
  ['Server', { ...retry('row', 5_000), code: 'SOAP_SERVER' }, true],
]

test.each(documented)('fault %s', (faultCode, receipt, divisible) => {
  const entry = faultEntry({ faultCode, text: 'Error while executing the method.\n' })
  expect(refusalOfFault(entry)).toMatchObject(receipt)
  expect(entry.divisible).toBe(divisible)
})

test('the table has every documented fault code and no other', () => {
  expect([...faultCodes.keys()]).toEqual(documented.map(([code]) => code))
})

/** Faults that are told by their text, whatever their code. */
const told: readonly (readonly [text: string, receipt: object])[] = [
  // After the client's own repeat in a new session.
  [
    'XSV-350008 Session has expired or is invalid. Please reconnect.',
    { ...retry('solution', 2_000), code: 'SESSION_EXPIRED' },
  ],
  ['The session token has expired', { ...retry('solution', 2_000), code: 'SESSION_EXPIRED' }],
  ['XSV-350012 Invalid login or password.', misconfigured('password')],
  ["XSV-350013 The '10.0.0.1' IP address is not authorized", misconfigured('login')],
  [
    'ODBC error: ERROR: duplicate key violates unique constraint "nmsrecipient_id"',
    { ...failed, code: 'UNIQUE_INDEX' },
  ],
  ['ODBC error: cannot insert duplicate key in unique index', { ...failed, code: 'UNIQUE_INDEX' }],
  [
    'Transaction was deadlocked and has been chosen as the victim. SQLState: 40001',
    { ...retry('row', 2_000), code: 'TRANSACTION_ABORTED' },
  ],
  ["XTK-170036 Unable to parse expression '@nothing'.", { ...failed, code: 'EXPRESSION_INVALID' }],
]

test.each(told)('text %s', (text, receipt) => {
  for (const faultCode of ['Server', 'Client']) {
    expect(refusalOfFault(faultEntry({ faultCode, text }))).toMatchObject(receipt)
  }
})

test('a fault that is not documented is repeated, and its text is not told', () => {
  const answer = refusalOfFault(faultEntry({ faultCode: 'Odd', text: 'somebody@mail.example' }))
  expect(answer).toMatchObject({ ...retry('row', 5_000), code: 'SOAP_FAULT' })
  expect(JSON.stringify(answer)).not.toContain('somebody')
})
