import { NotReplicated } from '@segue/redis'
import { expect, test } from 'vitest'
import { gatewayCodes } from './codes.ts'
import type { GatewayCode } from './codes.ts'
import { Problem } from './problem.ts'
import { toProblem } from './to-problem.ts'

function named(name: string, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}

test.each([
  [named('MaxRetriesPerRequestError', 'Reached the max retries per request limit')],
  [new Error('Command timed out')],
  [new Error('Connection is closed.')],
  [new Error('the log did not answer', { cause: new Error('Connection is closed.') })],
  [new Error("READONLY You can't write against a read only replica.")],
  [new Error("OOM command not allowed when used memory > 'maxmemory'.")],
  [new Error('MISCONF Errors writing to the AOF file: File too large')],
  [new Error('BUSY Redis is busy running a script.')],
  [new Error('LOADING Redis is loading the dataset in memory')],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
])('trouble with Redis is told as that: %s', (error) => {
  expect(toProblem(error)).toMatchObject({ code: 'REDIS_UNAVAILABLE', status: 503, retryAfter: 1 })
})

test('that too few replicas have it is told by a code of its own', () => {
  expect(toProblem(new NotReplicated('0 of 1'))).toMatchObject({
    code: 'NOT_REPLICATED',
    status: 503,
    retryAfter: 1,
  })
})

test.each([
  [new Error('hush-hush')],
  [new TypeError('x is not a function')],
  [Object.assign(new Error('hush-hush'), { code: 'ERR_SOMETHING' })],
  ['hush-hush'],
  [undefined],
])('what is not foreseen tells nothing of itself', (error) => {
  const problem = toProblem(error)
  expect(problem).toMatchObject({ code: 'INTERNAL', status: 500 })
  expect(JSON.stringify(problem.body())).not.toContain('hush')
})

test("the framework's own errors of the sender are the sender's", () => {
  const error = Object.assign(new Error('quotes person@example.com'), {
    code: 'FST_ERR_SOMETHING',
    statusCode: 400,
  })
  expect(toProblem(error).body()).toEqual({
    type: 'urn:segue:problem:REQUEST_INVALID',
    title: 'The address, a parameter or the body is not as documented.',
    status: 400,
    code: 'REQUEST_INVALID',
    detail: 'the request cannot be read',
  })
})

test('every answer that asks to come again says when', () => {
  for (const [code, { status }] of Object.entries(gatewayCodes)) {
    const { retryAfter } = new Problem(code as GatewayCode, 'detail')
    expect(retryAfter !== undefined).toBe(status === 429 || status === 503)
  }
})
