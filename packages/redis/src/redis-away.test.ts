import { expect, test } from 'vitest'
import { isRedisAway } from './redis-away.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
  code: 'ECONNREFUSED',
})

test.for([
  ['a refused connection', refused, true],
  ['what is caused by one', new Error('the log did not answer', { cause: refused }), true],
  ['a command without a connection', new Error('Connection is closed.'), true],
  ['a command that is not answered', new Error('Command timed out'), false],
  ['a refused command', new Error('OOM command not allowed'), false],
  ['a defect', new TypeError('undefined is not a function'), false],
  ['no error', 'ECONNREFUSED', false],
] as const)('%s', ([, error, expected]) => {
  expect(isRedisAway(error)).toBe(expected)
})
