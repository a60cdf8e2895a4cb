import { expect, test } from 'vitest'
import { refusal, retryRow, retrySolution } from '@segue/solution-kit'
import { listCalls } from './list-calls.ts'
import { readMembers } from './member-results.ts'
import { membershipCheck } from './membership-check.ts'
import type { Verify } from './membership-check.ts'
import type { MarketoCall, MarketoOutcome } from './marketo-client.ts'
import { refusalOfCode } from './codes.ts'

const ids = (count: number) => Array.from({ length: count }, (_, n) => 100_000 + n)

function idsOf(call: MarketoCall): readonly number[] {
  return new URLSearchParams(call.query).getAll('id').map(Number)
}

function allDone(call: MarketoCall): MarketoOutcome {
  const status = call.method === 'POST' ? 'added' : 'removed'
  const result = idsOf(call).map((id) => ({ id, status }))
  return { kind: 'answer', answer: { success: true, requestId: 'r#1', result } }
}

/** List calls against a server that answers as told. */
function changing(
  answer: (call: MarketoCall, calls: number) => MarketoOutcome,
  verify: Verify = 'none',
) {
  const calls: MarketoCall[] = []
  const common = {
    call: (call: MarketoCall) => {
      calls.push(call)
      return Promise.resolve(answer(call, calls.length))
    },
    nowMs: () => 0,
  }
  const change = listCalls({ ...common, check: membershipCheck({ ...common, verify }) })
  return { calls, change }
}

test('300 leads go into a call, all of them once, added by POST and removed by DELETE', async () => {
  const { calls, change } = changing(allDone)
  const outcomes = await change({ listId: '7', status: 'realized', leadIds: ids(601) })
  expect(calls.map((call) => idsOf(call).length)).toEqual([300, 300, 1])
  expect(calls.flatMap(idsOf)).toEqual(ids(601))
  const done = { status: 'delivered', applied: true, requestId: 'r#1' }
  expect([...outcomes.values()]).toEqual(ids(601).map(() => done))
  await change({ listId: '7', status: 'exited', leadIds: [1] })
  expect(calls.at(-1)).toEqual({
    method: 'DELETE',
    path: 'rest/v1/lists/7/leads.json',
    query: 'id=1',
  })
})

test('a call stays under 8 KB also where ids are long', async () => {
  const { calls, change } = changing(allDone)
  const long = ids(300).map((id) => id * 1_000_000_000_0)
  await change({ listId: '7', status: 'realized', leadIds: long })
  for (const call of calls) expect(call.query?.length).toBeLessThan(8_000)
  expect(calls.flatMap(idsOf)).toEqual(long)
})

test('results are read by index, each lead its own', () => {
  const result = [
    { id: 1, status: 'added' },
    { id: 2, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
    { id: 3, status: 'skipped', reasons: [{ code: 1008 }] },
    { id: 4, status: 'skipped' },
    { id: 99, status: 'added' },
    { id: 6, status: 'removed' },
  ]
  const answer = { success: true, requestId: 'r#1', result }
  const leadIds = [1, 2, 3, 4, 5, 6, 7]
  const outcomes = readMembers({ listId: '7', status: 'realized', leadIds }, answer, 0)
  const done = { status: 'delivered', applied: true, requestId: 'r#1' }
  expect(outcomes.get(1)).toEqual(done)
  expect(outcomes.get(2)).toBe('lead-not-found')
  expect(outcomes.get(3)).toMatchObject({ status: 'rejected', code: 'PARTITION_DENIED' })
  expect(outcomes.get(4)).toBe('skipped')
  expect(outcomes.get(5)).toMatchObject({ status: 'retry', inDoubt: true })
  expect(outcomes.get(6)).toMatchObject({ status: 'rejected', kind: 'failed' })
  expect(outcomes.get(7)).toMatchObject({ status: 'retry', inDoubt: true })
})

test('where a lead was skipped without a reason the list itself is asked', async () => {
  const { calls, change } = changing((call) => {
    const asked = call.path.endsWith('ismember.json')
    const result = idsOf(call).map((id) => {
      if (asked) return { id, status: id === 1 ? 'memberof' : 'notmemberof' }
      if (id === 3) return { id, status: call.method === 'POST' ? 'added' : 'removed' }
      return { id, status: 'skipped', ...(id === 1 ? {} : { reasons: [{ code: '1037' }] }) }
    })
    return { kind: 'answer', answer: { success: true, result } }
  })
  const done = { status: 'delivered', applied: true }
  const skipped = { status: 'rejected', kind: 'failed', code: 'RECORD_SKIPPED' }
  const added = await change({ listId: '7', status: 'realized', leadIds: [1, 2, 3] })
  expect(Object.fromEntries(added)).toMatchObject({ 1: done, 2: skipped, 3: done })
  const removed = await change({ listId: '7', status: 'exited', leadIds: [1, 2, 3] })
  expect(Object.fromEntries(removed)).toMatchObject({ 1: skipped, 2: done, 3: done })
  const asked = calls.filter(({ path }) => path.endsWith('ismember.json'))
  expect(asked.map((call) => [call.method, idsOf(call)])).toEqual([
    ['GET', [1, 2]],
    ['GET', [1, 2]],
  ])
})

test('a call that is too large is halved until it fits; one lead that never fits is given up', async () => {
  const tooLarge: MarketoOutcome = { kind: 'too-large', refusal: refusalOfCode('414', 'call', 0) }
  const { calls, change } = changing((call) => (idsOf(call).length > 2 ? tooLarge : allDone(call)))
  const outcomes = await change({ listId: '7', status: 'realized', leadIds: [1, 2, 3, 4, 5] })
  expect(calls.map((call) => idsOf(call).length)).toEqual([5, 3, 2, 1, 2])
  expect([...outcomes.values()].every((one) => one !== 'lead-not-found')).toBe(true)
  expect(outcomes.size).toBe(5)
  const never = changing(() => tooLarge)
  const given = await never.change({ listId: '7', status: 'realized', leadIds: [1, 2] })
  expect(given.get(2)).toMatchObject({ status: 'rejected', code: 'CALL_TOO_LARGE' })
})

test('a call in doubt concerns its own leads only, and the next call is still made', async () => {
  const hung: MarketoOutcome = { kind: 'refused', refusal: refusal('TIMED_OUT', retryRow(1, true)) }
  const { change } = changing((call, calls) => (calls === 1 ? hung : allDone(call)))
  const outcomes = [
    ...(await change({ listId: '7', status: 'realized', leadIds: ids(301) })).values(),
  ]
  expect(outcomes[299]).toMatchObject({ status: 'retry', inDoubt: true })
  expect(outcomes[300]).toMatchObject({ status: 'delivered' })
})

test('after an answer that is about the whole solution nothing more is sent, and that is not in doubt', async () => {
  const busy: MarketoOutcome = {
    kind: 'refused',
    refusal: refusal('HTTP_503', retrySolution(5_000, true)),
  }
  const { calls, change } = changing(() => busy)
  const outcomes = [
    ...(await change({ listId: '7', status: 'realized', leadIds: ids(301) })).values(),
  ]
  expect(calls).toHaveLength(1)
  expect(outcomes[0]).toMatchObject({ status: 'retry', scope: 'solution', inDoubt: true })
  expect(outcomes[300]).toMatchObject({ status: 'retry', scope: 'solution', inDoubt: false })
})

test('604 makes the following calls smaller, down to a bound, and they grow back', async () => {
  let gaveUp = true
  const timedOut: MarketoOutcome = {
    kind: 'error',
    code: '604',
    refusal: refusalOfCode('604', 'call', 0),
  }
  const { calls, change } = changing((call) => (gaveUp ? timedOut : allDone(call)))
  const send = () => change({ listId: '7', status: 'realized', leadIds: ids(300) })
  for (let round = 0; round < 6; round += 1) await send()
  gaveUp = false
  calls.length = 0
  await send()
  expect(idsOf(calls[0] ?? { method: 'GET', path: '' })).toHaveLength(25)
  await send()
  expect(calls.at(-1)).toBeDefined()
  expect(idsOf(calls.at(-1) ?? { method: 'GET', path: '' })).toHaveLength(300)
})

test('on a removal a list that is gone is success, on an add the segment has to be made again', async () => {
  const gone: MarketoOutcome = {
    kind: 'error',
    code: '1013',
    refusal: refusalOfCode('1013', 'call', 0),
  }
  const { change } = changing(() => gone)
  const removed = await change({ listId: '7', status: 'exited', leadIds: [1] })
  expect(removed.get(1)).toMatchObject({ status: 'delivered' })
  const added = await change({ listId: '7', status: 'realized', leadIds: [1] })
  expect(added.get(1)).toMatchObject({ status: 'retry', code: 'SEGMENT_GONE', inDoubt: false })
})
