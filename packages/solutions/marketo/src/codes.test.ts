import { expect, test } from 'vitest'
import { Secret } from '@segue/solution-kit'
import { marketoCodes, refusalOfCode } from './codes.ts'
import { marketoToken } from './marketo-token.ts'
import { outcomeOfCode } from './member-results.ts'

// 2026-11-23 18:00 UTC is noon CST: twelve hours to the reset.
const nowMs = Date.parse('2026-11-23T18:00:00Z')

const retry = (scope: 'row' | 'solution', afterMs: number, inDoubt: boolean) => ({
  status: 'retry',
  scope,
  afterMs,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

/** Every code of `reference/solutions.md` §6.5, §6.2 and §0.4 and what it must mean for a call that adds leads. */
const documented: readonly (readonly [code: string, receipt: object])[] = [
  ['413', failed],
  ['414', failed],
  ['502', retry('row', 5_000, true)],
  // After the client's own repeat with a new token.
  ['601', retry('solution', 2_000, false)],
  ['602', retry('solution', 2_000, false)],
  ['603', misconfigured('clientId')],
  ['604', retry('row', 5_000, true)],
  ['605', failed],
  ['606', retry('solution', 20_000, false)],
  ['607', retry('solution', 12 * 3_600_000, false)],
  ['608', retry('solution', 2_000, false)],
  ['609', failed],
  ['610', failed],
  ['611', retry('row', 5_000, true)],
  ['612', failed],
  ['613', failed],
  ['614', retry('solution', 300_000, false)],
  ['615', retry('solution', 2_000, false)],
  ['701', misconfigured('listNamePrefix')],
  ['702', misconfigured('listFolderId')],
  ['703', misconfigured('clientId')],
  ['704', misconfigured('listFolderId')],
  ['709', misconfigured('listNamePrefix')],
  ['710', misconfigured('listFolderId')],
  ['711', misconfigured('listFolderType')],
  ['713', retry('row', 2_000, true)],
  ['719', retry('row', 5_000, true)],
  ['1001', failed],
  ['1002', failed],
  ['1003', failed],
  ['1004', { status: 'rejected', kind: 'excluded', code: 'LEAD_NOT_FOUND' }],
  ['1006', failed],
  ['1007', failed],
  ['1008', failed],
  ['1013', { ...retry('row', 1_000, false), code: 'SEGMENT_GONE' }],
  ['1015', failed],
  ['1017', failed],
  ['1019', retry('row', 120_000, false)],
  ['1022', retry('row', 120_000, false)],
  ['1037', failed],
  // The gateway (§0.4) and the Data Ingestion API (§6.2).
  ['401013', retry('solution', 2_000, false)],
  ['403010', failed],
  ['403023', misconfigured('clientId')],
  ['404040', misconfigured('url')],
  ['429001', retry('solution', 20_000, false)],
  ['429050', retry('solution', 20_000, false)],
  ['4000801', failed],
  ['4000802', failed],
  ['4030801', misconfigured('clientId')],
  ['4290801', retry('solution', 12 * 3_600_000, false)],
  ['5000801', retry('row', 5_000, true)],
  // Not in the reference's own words, but named there as an abort.
  ['600', failed],
]

test.each(documented)('Marketo %s', (code, receipt) => {
  const answer = refusalOfCode(code, 'call', nowMs)
  expect(answer).toMatchObject(receipt)
  expect(answer.code).toMatch(/^[A-Z][A-Z0-9_]+$/)
  expect(answer.detail).toContain(code)
})

test('the table has every documented code and no other', () => {
  expect([...marketoCodes.keys()].toSorted()).toEqual(documented.map(([code]) => code).toSorted())
})

test.each([
  ['1004', 'lead-not-found', 'lead-not-found'],
  ['1015', 'rejected', 'delivered'],
  ['1013', 'retry', 'delivered'],
  ['1017', 'delivered', 'rejected'],
  ['1003', 'rejected', 'rejected'],
  ['1008', 'rejected', 'rejected'],
])('record code %s is %s for an add and %s for a removal', (code, add, removal) => {
  const statusOf = (status: 'realized' | 'exited') => {
    const outcome = outcomeOfCode(code, 'record', status, nowMs)
    return typeof outcome === 'string' ? outcome : outcome.status
  }
  expect(statusOf('realized')).toBe(add)
  expect(statusOf('exited')).toBe(removal)
})

test('a code that is not documented is repeated for a call and given up for a record', () => {
  expect(refusalOfCode('699', 'call', nowMs)).toMatchObject({
    code: 'MARKETO_699',
    ...retry('row', 10_000, true),
  })
  expect(refusalOfCode('1099', 'record', nowMs)).toMatchObject({ code: 'MARKETO_1099', ...failed })
  expect(refusalOfCode('some@body.example', 'call', nowMs).code).toBe('MARKETO_UNKNOWN')
})

/** What the identity service (§6.1) answers, and the receipt of every row until it answers otherwise. */
test.each([
  [400, 'wrong', misconfigured('clientSecret')],
  [401, 'wrong', misconfigured('clientSecret')],
  [403, 'wrong', misconfigured('identityUrl')],
  [404, 'wrong', failed],
  [429, 'wrong', retry('solution', 2_000, false)],
  [500, 'wrong', retry('row', 1_000, true)],
  [200, '{}', retry('solution', 5_000, false)],
])('identity service: %i %s', async (status, body, receipt) => {
  const answer = { kind: 'response', status, headers: {}, body, bytes: Buffer.from(body) } as const
  const fetched = await marketoToken({
    http: { request: () => Promise.resolve(answer), close: () => Promise.resolve() },
    url: new URL('https://identity.example/oauth/token'),
    clientId: 'id',
    clientSecret: new Secret('secret'),
    nowMs: () => nowMs,
  })()
  expect(fetched).toMatchObject({ kind: 'refused', refusal: receipt })
})
