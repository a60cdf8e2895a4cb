import { expect, test } from 'vitest'
import { refusal, retrySolution } from '@segue/solution-kit'
import { batchFollower, batchIdIn, followOf, verdictOf } from './follow.ts'
import { readAnswer } from './profile-client.ts'
import type { ProfileOutcome } from './profile-client.ts'

const id = 'demo-1701473848678-13029383'

test('of the address of a batch only its id is kept', () => {
  expect(
    batchIdIn(`http://mboxedge45.tt.omtrdc.net/m2/demo/profile/batchStatus?batchId=${id}`),
  ).toBe(id)
})

test.each([
  undefined,
  '',
  'no address',
  'https://evil.example/?batchId=',
  'https://evil.example/?batchId=..%2F..%2Fv2',
  'https://evil.example/?batchId=a,b',
  `https://evil.example/?batchId=${'a'.repeat(121)}`,
])('an address without a sound id (%s) is not followed', (address) => {
  expect(batchIdIn(address)).toBeUndefined()
})

test('batches of a row are followed together, where all of them can be', () => {
  expect(followOf(['b', 'a', 'b'])).toBe('a,b')
  expect(followOf(['a', undefined])).toBeUndefined()
  expect(followOf([])).toBeUndefined()
  const many = Array.from({ length: 20 }, (_, n) => `${id}${n}`)
  expect(followOf(many.slice(0, 16))?.length).toBeLessThanOrEqual(500)
  expect(followOf(many)).toBeUndefined()
})

function status(fields: Readonly<Record<string, string | number>>) {
  const xml = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
  const answer = readAnswer(`<response>\n<batchId>${id}</batchId>${xml.join('')}</response>`)
  if (answer === undefined) throw new Error('unreadable')
  return verdictOf(answer, 60_000)
}

test.each([
  ['all updated', { status: 'complete', batchSize: 2, successfulUpdates: 2 }, 'applied'],
  ['without counts', { status: 'complete', batchSize: 2 }, 'applied'],
  ['under way', { status: 'incomplete', batchSize: 2 }, 'waiting'],
  ['stuck', { status: 'stuck', batchSize: 2 }, 'BATCH_STUCK'],
  [
    'one failed',
    { status: 'complete', batchSize: 2, successfulUpdates: 1, failedUpdates: 1 },
    'BATCH_UPDATES_FAILED',
  ],
  [
    'one lost',
    { status: 'complete', batchSize: 2, successfulUpdates: 1, failedUpdates: 0 },
    'BATCH_UPDATES_LOST',
  ],
  ['something new', { status: 'paused', batchSize: 2 }, 'ANSWER_UNREADABLE'],
  ['nothing', {}, 'ANSWER_UNREADABLE'],
])('a batch %s', (_what, fields, expected) => {
  const receipt = status(fields)
  expect('code' in receipt ? receipt.code : receipt.status).toBe(expected)
})

test('what failed is told in counts', () => {
  const fields = {
    status: 'complete',
    batchSize: 1000,
    consumedCount: 1000,
    successfulUpdates: 990,
    profilesNotFound: 3,
    failedUpdates: 7,
  }
  expect(status(fields)).toEqual({
    status: 'not-applied',
    code: 'BATCH_UPDATES_FAILED',
    detail: 'of 1000 profiles 990 were updated, 7 failed, 3 were not found',
  })
})

test.each(['', '<html>Busy</html>', '{"success":true}', '<response>', 'true'])(
  '%j is no answer of the Profile API',
  (body) => {
    expect(readAnswer(body)).toBeUndefined()
  },
)

function follower(answers: Readonly<Record<string, ProfileOutcome>>) {
  const asked: unknown[] = []
  const follow = batchFollower((call) => {
    asked.push(call.query)
    return Promise.resolve(answers[call.query?.['batchId'] ?? ''] ?? unknown)
  }, 60_000)
  return { follow, asked }
}

const unknown: ProfileOutcome = {
  kind: 'refused',
  status: 404,
  refusal: refusal('CLIENT_UNKNOWN', { kind: 'misconfigured', setting: 'clientCode' }),
}
const done: ProfileOutcome = { kind: 'answer', response: { status: 'complete' } }
const open: ProfileOutcome = { kind: 'answer', response: { status: 'incomplete' } }
const stuck: ProfileOutcome = { kind: 'answer', response: { status: 'stuck' } }
const busy: ProfileOutcome = {
  kind: 'refused',
  refusal: refusal('RATE_LIMIT', retrySolution(5_000, true)),
}
const refused: ProfileOutcome = {
  kind: 'refused',
  refusal: refusal('BATCH_INVALID', { kind: 'failed' }),
}

const no: ProfileOutcome = { kind: 'answer', response: { success: 'false' } }

test.each([
  ['a', 'applied'],
  ['f', 'not-applied'],
  ['a,b', 'waiting'],
  ['b,c', 'not-applied'],
  ['b,d', 'retry'],
  ['no-such', 'not-applied'],
  ['a,../x', 'not-applied'],
  ['', 'not-applied'],
  // What only the question met is asked again.
  ['e', 'retry'],
])('following %j: %s', async (token, expected) => {
  const { follow } = follower({ a: done, b: open, c: stuck, d: busy, e: refused, f: no })
  const answer = await follow(token)
  expect(answer.status).toBe(expected)
  // Asking writes nothing, so nothing can be in doubt.
  expect(answer).not.toHaveProperty('inDoubt', true)
})
