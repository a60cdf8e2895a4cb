import { expect, test } from 'vitest'
import { apiCodes, refusalOfAnswer, refusalOfResult } from './codes.ts'

const nowMs = Date.parse('2026-11-23T10:00:00Z')

const retry = (scope: 'row' | 'solution', afterMs: number, inDoubt: boolean) => ({
  status: 'retry',
  scope,
  afterMs,
  inDoubt,
})
const failed = { status: 'rejected', kind: 'failed' }

/** Every documented code of a call, the HTTP status that it comes with, and what it must mean. */
const ofCalls: readonly (readonly [code: string, status: number, receipt: object])[] = [
  ['CALL_INVALID', 400, failed],
  ['TOKEN_INVALID', 401, retry('solution', 2_000, false)],
  ['PERMISSION_MISSING', 403, { status: 'misconfigured', setting: 'clientId' }],
  ['LIST_UNKNOWN', 404, { ...retry('row', 1_000, false), code: 'SEGMENT_GONE' }],
  ['KEY_TAKEN', 409, retry('row', 1_000, false)],
  ['TOO_MANY_PEOPLE', 413, failed],
  ['RATE_LIMITED', 429, retry('solution', 5_000, false)],
  ['INTERNAL_ERROR', 500, retry('row', 2_000, true)],
  ['UNAVAILABLE', 503, retry('solution', 10_000, true)],
]

/** Every documented code of one person's result. */
const ofResults: readonly (readonly [code: string, receipt: object])[] = [
  ['PERSON_UNKNOWN', { status: 'rejected', kind: 'excluded' }],
  ['PERSON_INVALID', failed],
]

test.each(ofCalls)('%s with HTTP %i', (code, status, receipt) => {
  const body = JSON.stringify({ code, message: 'for people' })
  const answer = refusalOfAnswer({ status, headers: {}, body }, nowMs)
  expect(answer).toMatchObject(receipt)
  expect(answer.code).toMatch(/^[A-Z][A-Z0-9_]+$/)
})

test.each(ofResults)('%s of one person', (code, receipt) => {
  expect(refusalOfResult(code)).toMatchObject(receipt)
})

test('the table has every documented code and no other', () => {
  const documented = [...ofCalls, ...ofResults].map(([code]) => code)
  expect([...apiCodes.keys()].toSorted()).toEqual(documented.toSorted())
})

test('a pause is as long as the answer asks for', () => {
  const body = JSON.stringify({ code: 'RATE_LIMITED' })
  const headers = { 'retry-after': '30' }
  expect(refusalOfAnswer({ status: 429, headers, body }, nowMs)).toMatchObject(
    retry('solution', 30_000, false),
  )
})

test('an answer without a known code goes by its HTTP status', () => {
  for (const body of ['<html>', '{"code":"NEW_ONE"}']) {
    expect(refusalOfAnswer({ status: 502, headers: {}, body }, nowMs)).toMatchObject({
      ...retry('row', 1_000, true),
      code: 'HTTP_502',
    })
  }
  expect(refusalOfResult('NEW_ONE')).toMatchObject(failed)
})
