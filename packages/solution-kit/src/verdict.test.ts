import { expect, test } from 'vitest'
import type { HttpTrouble } from './http-outcome.ts'
import { refusalOfStatus, refusalOfTrouble, retryAfterMs } from './verdict.ts'

const kinds: readonly Exclude<HttpTrouble['kind'], 'rate-limited'>[] = [
  'connect',
  'timeout',
  'dropped',
  'too-large',
  'malformed',
  'aborted',
  'closed',
]

test.each(kinds)('%s before the call was written is not in doubt, after it is', (kind) => {
  const unsent = refusalOfTrouble({ kind, code: 'X', inDoubt: false })
  const sent = refusalOfTrouble({ kind, code: 'X', inDoubt: true })
  expect(unsent).toMatchObject({ status: 'retry', inDoubt: false })
  expect(sent).toMatchObject({ status: 'retry', inDoubt: true, scope: 'row' })
})

test('no connection pauses the whole solution; a call in doubt is its rows’ trouble only', () => {
  expect(refusalOfTrouble({ kind: 'connect', code: 'ECONNREFUSED', inDoubt: false })).toEqual({
    status: 'retry',
    code: 'CONNECT_FAILED',
    scope: 'solution',
    afterMs: 2_000,
    inDoubt: false,
    detail: 'ECONNREFUSED',
  })
})

test('a spent budget waits exactly as long as the limiter said', () => {
  expect(refusalOfTrouble({ kind: 'rate-limited', afterMs: 1234, inDoubt: false })).toEqual({
    status: 'retry',
    code: 'CALL_BUDGET_SPENT',
    scope: 'solution',
    afterMs: 1234,
    inDoubt: false,
  })
})

test.each([
  [400, { status: 'rejected', kind: 'failed' }],
  [401, { status: 'misconfigured', setting: 'clientSecret' }],
  [403, { status: 'misconfigured', setting: 'clientSecret' }],
  [404, { status: 'rejected', kind: 'failed' }],
  [408, { status: 'retry', scope: 'row', inDoubt: true }],
  [429, { status: 'retry', scope: 'solution', inDoubt: false, afterMs: 2_000 }],
  [500, { status: 'retry', scope: 'row', inDoubt: true }],
  [501, { status: 'rejected', kind: 'failed' }],
  [502, { status: 'retry', scope: 'row', inDoubt: true }],
  [503, { status: 'retry', scope: 'solution', inDoubt: true }],
  [504, { status: 'retry', scope: 'row', inDoubt: true }],
])('HTTP %i', (status, expected) => {
  const receipt = refusalOfStatus({ status, headers: {} }, 'clientSecret', 0)
  expect(receipt).toMatchObject({ ...expected, code: `HTTP_${status}` })
})

test('Retry-After is read as seconds or as a date, and bounded to a day', () => {
  const nowMs = Date.parse('2026-11-23T10:00:00Z')
  const read = (value: string) => retryAfterMs({ 'retry-after': value }, nowMs)
  expect(read('7')).toBe(7_000)
  expect(read('Mon, 23 Nov 2026 10:00:30 GMT')).toBe(30_000)
  expect(read('Mon, 23 Nov 2026 09:00:00 GMT')).toBe(0)
  expect(read('999999999')).toBe(86_400_000)
  expect(read('soon')).toBeUndefined()
  expect(read('')).toBeUndefined()
  expect(retryAfterMs({}, nowMs)).toBeUndefined()
  const receipt = refusalOfStatus({ status: 429, headers: { 'retry-after': '7' } }, 'x', nowMs)
  expect(receipt).toMatchObject({ afterMs: 7_000 })
})
