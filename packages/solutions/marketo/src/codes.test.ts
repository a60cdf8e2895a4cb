import { expect, test } from 'vitest'
import { marketoCodes, refusalOfCode } from './codes.ts'
import { outcomeOfCode } from './list-calls.ts'

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

/** Every code of `reference/solutions.md` §6.5 and what it must mean for a call that adds leads. */
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
  ['608', retry('solution', 10_000, false)],
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
