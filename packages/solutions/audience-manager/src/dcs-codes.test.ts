import { expect, test } from 'vitest'
import { dcsCodes, refusalOfDcsCode } from './dcs-codes.ts'

const retry = (scope: 'row' | 'solution', inDoubt: boolean) => ({ status: 'retry', scope, inDoubt })
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }
const excluded = { status: 'rejected', kind: 'excluded' }

/** Every code of `reference/solutions.md` §1.2: for a call with one id, and for one that had others beside. */
const documented: readonly (readonly [number, object | undefined, object | undefined])[] = [
  ...[0, 10, 200, 201, 202, 203, 204, 205].map(
    (code) => [code, retry('row', true), retry('row', true)] as const,
  ),
  [1, misconfigured('dcsHost'), misconfigured('dcsHost')],
  [2, misconfigured('orgId'), misconfigured('orgId')],
  [100, retry('row', false), retry('row', false)],
  [101, failed, undefined],
  [102, failed, undefined],
  [104, failed, undefined],
  [109, misconfigured('dcsHost'), misconfigured('dcsHost')],
  [111, misconfigured('clientId'), misconfigured('clientId')],
  ...[171, 172, 173, 198, 199, 315].map((code) => [code, excluded, excluded] as const),
  [300, failed, undefined],
  ...[301, 309, 310, 311].map((code) => [code, retry('row', false), retry('row', false)] as const),
  [302, misconfigured('dataSources'), misconfigured('dataSources')],
  [
    303,
    { ...retry('row', false), afterMs: 3_600_000 },
    { ...retry('row', false), afterMs: 3_600_000 },
  ],
  [304, retry('solution', false), retry('solution', false)],
  [
    306,
    { ...retry('row', false), afterMs: 3_600_000 },
    { ...retry('row', false), afterMs: 3_600_000 },
  ],
  [307, retry('solution', false), retry('solution', false)],
  [312, failed, undefined],
  [313, undefined, undefined],
  [314, undefined, undefined],
]

test.each(documented)('DCS %i', (code, alone, among) => {
  expect([refusalOfDcsCode(code, true)]).toMatchObject([alone])
  expect([refusalOfDcsCode(code, false)]).toMatchObject([among])
  const { code: name, detail } = refusalOfDcsCode(code, true) ?? { code: 'NONE', detail: `${code}` }
  expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/)
  expect(detail).toContain(`${code}`)
})

test('the table has every documented code and no other', () => {
  expect([...dcsCodes.keys()].toSorted(byNumber)).toEqual(
    documented.map(([code]) => code).toSorted(byNumber),
  )
})

function byNumber(left: number, right: number): number {
  return left - right
}

test('a code that is not documented is repeated', () => {
  expect(refusalOfDcsCode(999, true)).toMatchObject({ code: 'DCS_999', status: 'retry' })
})
