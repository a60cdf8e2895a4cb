import { expect, test } from 'vitest'
import { classOfCode, refusalOfCode, targetCodes } from './codes.ts'
import type { TargetApi } from './codes.ts'

const row = { status: 'retry', scope: 'row' }
const solution = { status: 'retry', scope: 'solution', inDoubt: false }
const failed = { status: 'rejected', kind: 'failed' }
const setting = (name: string) => ({ status: 'misconfigured', setting: name })

/** Every documented code with what it comes to: reference §5.2, §5.3, and §0.4 for the gateway. */
const documented: readonly (readonly [TargetApi, string, string, object])[] = [
  ['bulk', 'success=false', 'BATCH_REFUSED', { ...row, inDoubt: false }],
  ['bulk', '400', 'BATCH_INVALID', failed],
  ['bulk', '401', 'PROFILE_TOKEN_REFUSED', setting('profileToken')],
  ['bulk', '403', 'PROFILE_TOKEN_REFUSED', setting('profileToken')],
  ['bulk', '404', 'CLIENT_UNKNOWN', setting('clientCode')],
  ['bulk', '413', 'CALL_TOO_LARGE', failed],
  ['bulk', '420', 'RATE_LIMIT', solution],
  ['bulk', '429', 'RATE_LIMIT', solution],
  ['bulk', '500', 'TARGET_FAILED', { ...row, inDoubt: true }],
  ['bulk', '502', 'GATEWAY_FAILED', { ...row, inDoubt: true }],
  ['bulk', '503', 'TARGET_UNAVAILABLE', { ...solution, inDoubt: true }],
  ['delivery', '400', 'DELIVERY_INVALID', failed],
  ['delivery', '400 client', 'CLIENT_UNKNOWN', setting('clientCode')],
  ['delivery', '404', 'CLIENT_UNKNOWN', setting('clientCode')],
  ['delivery', '413', 'CALL_TOO_LARGE', failed],
  ['delivery', '420', 'RATE_LIMIT', solution],
  ['delivery', '429', 'RATE_LIMIT', solution],
  ['delivery', '500', 'TARGET_FAILED', { ...row, inDoubt: true }],
  ['delivery', '502', 'GATEWAY_FAILED', { ...row, inDoubt: true }],
  ['delivery', '503', 'TARGET_UNAVAILABLE', { ...solution, inDoubt: true }],
  ['admin', '400', 'AUDIENCE_INVALID', failed],
  ['admin', '401', 'ACCESS_TOKEN_INVALID', setting('clientId')],
  ['admin', '401013', 'ACCESS_TOKEN_INVALID', setting('clientId')],
  ['admin', '403', 'ACCESS_DENIED', setting('clientId')],
  ['admin', '403010', 'ACCESS_TOKEN_MISSING', setting('clientId')],
  ['admin', '403023', 'ACCESS_DENIED', setting('clientId')],
  ['admin', '404', 'NOT_FOUND', setting('tenant')],
  ['admin', '404040', 'NOT_FOUND', setting('tenant')],
  ['admin', '405', 'METHOD_REFUSED', failed],
  ['admin', '406', 'MEDIA_TYPE_REFUSED', failed],
  ['admin', '407', 'PROXY_REFUSED', setting('adminUrl')],
  ['admin', '409', 'AUDIENCE_CONFLICT', { ...row, inDoubt: false }],
  ['admin', '415', 'MEDIA_TYPE_REFUSED', failed],
  ['admin', '429', 'RATE_LIMIT', solution],
  ['admin', '429001', 'RATE_LIMIT', solution],
  ['admin', '429050', 'RATE_LIMIT', solution],
  ['admin', '500', 'TARGET_FAILED', { ...row, inDoubt: true }],
  ['admin', '502', 'GATEWAY_FAILED', { ...row, inDoubt: true }],
  ['admin', '503', 'TARGET_UNAVAILABLE', { ...solution, inDoubt: true }],
]

function answer(code: string, headers: Readonly<Record<string, string>> = {}) {
  const status = Number.parseInt(code.slice(0, 3), 10)
  return { status: Number.isNaN(status) ? 200 : status, headers }
}

test.each(documented)('%s %s is %s', (api, code, ours, receipt) => {
  expect(refusalOfCode(api, code, answer(code), 0)).toMatchObject({ code: ours, ...receipt })
})

test('the table has nothing else', () => {
  const known = Object.entries(targetCodes).flatMap(([api, codes]) =>
    Array.from(codes.keys(), (code) => `${api} ${code}`),
  )
  expect(known.toSorted()).toEqual(documented.map(([api, code]) => `${api} ${code}`).toSorted())
})

test.each(['401', '401013'])('%s of the Admin API asks for a new token first', (code) => {
  expect(classOfCode('admin', code)).toEqual({ kind: 'authenticate' })
})

test('how long Target asks to wait is waited', () => {
  const response = answer('429', { 'retry-after': '90' })
  expect(refusalOfCode('bulk', '429', response, 0)).toMatchObject({ afterMs: 90_000 })
})

test('a code that is not documented goes by its HTTP status', () => {
  expect(refusalOfCode('admin', '418', answer('418'), 0)).toMatchObject({
    status: 'rejected',
    code: 'HTTP_418',
  })
  expect(refusalOfCode('bulk', '504', answer('504'), 0)).toMatchObject({
    status: 'retry',
    code: 'HTTP_504',
    inDoubt: true,
  })
})
