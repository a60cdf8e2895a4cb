import { expect, test } from 'vitest'
import { isRedisAway, NotReplicated, redisTrouble, tellTroubleOnce } from './redis-trouble.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
  code: 'ECONNREFUSED',
})
const disk = new Error('MISCONF Errors writing to the AOF file: No space left on device')

test.for([
  ['a refused connection', refused, 'away'],
  ['what is caused by one', new Error('the log did not answer', { cause: refused }), 'away'],
  ['a command without a connection', new Error('Connection is closed.'), 'away'],
  ['a command that is not answered', new Error('Command timed out'), 'silent'],
  ['a full memory', new Error('OOM command not allowed when used memory > …'), 'refuses-writes'],
  ['a full disk', disk, 'refuses-writes'],
  [
    'a full disk, met in a script',
    new Error(`${disk.message} script: 0a, on x.`),
    'refuses-writes',
  ],
  [
    'a demoted primary',
    new Error("READONLY You can't write against a read only replica."),
    'refuses-writes',
  ],
  ['a read that a demotion ended', new Error('UNBLOCKED force unblock from …'), 'refuses-writes'],
  ['a start', new Error('LOADING Redis is loading the dataset in memory'), 'loading'],
  ['a long script', new Error('BUSY Redis is busy running a script.'), 'busy'],
  ['a stream that exists', new Error('BUSYGROUP Consumer Group name already exists'), undefined],
  ['a slot on its way', new Error('MOVED 1234 127.0.0.1:7001'), 'moved'],
  [
    'a slot that nobody serves for long',
    new Error('Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is'),
    'moved',
  ],
  [
    'a master of a cluster that is away for long',
    new Error('Too many Cluster redirections. Last error: Error: Connection is closed.'),
    'away',
  ],
  ['a wrong password', new Error('WRONGPASS invalid username-password pair'), 'denied'],
  ['replicas that did not confirm', new NotReplicated('0 of 1'), 'not-replicated'],
  ['a script’s own error', new Error('ERR user_script:1: …'), undefined],
  ['a defect', new TypeError('undefined is not a function'), undefined],
  ['no error', 'ECONNREFUSED', undefined],
] as const)('%s', ([, error, kind]) => {
  const trouble = redisTrouble(error)
  expect(trouble?.kind).toBe(kind)
  expect(isRedisAway(error)).toBe(kind === 'away')
  // Both are shown to people.
  expect(`${trouble?.what} ${trouble?.remedy}`).not.toContain('127.0.0.1')
})

test('each trouble is told once, however often it is met, and again when it had been over', () => {
  let nowMs = 0
  const told: string[] = []
  const meet = tellTroubleOnce(({ what }) => told.push(what), { nowMs: () => nowMs, quietMs: 100 })
  for (let time = 0; time < 50; time++, nowMs += 50) expect(meet(disk)).toBe(true)
  expect(told).toHaveLength(1)
  expect(meet(new Error('OOM command not allowed'))).toBe(true)
  expect(told).toHaveLength(2)
  nowMs += 101
  meet(disk)
  expect(told).toHaveLength(3)
})

test('that Redis is away is told by the connection, and a defect is nobody’s trouble', () => {
  const told: string[] = []
  const meet = tellTroubleOnce(({ what }) => told.push(what))
  expect(meet(refused)).toBe(true)
  expect(meet(new TypeError('undefined is not a function'))).toBe(false)
  expect(told).toEqual([])
})
