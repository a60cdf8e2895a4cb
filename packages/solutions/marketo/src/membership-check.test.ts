import { describe, expect, test } from 'vitest'
import { refusal, retryRow } from '@segue/solution-kit'
import { listCalls } from './list-calls.ts'
import type { MarketoCall, MarketoOutcome } from './marketo-client.ts'
import { membershipCheck } from './membership-check.ts'
import type { Verify } from './membership-check.ts'

const minuteMs = 60_000
const startMs = Date.parse('2026-11-23T10:00:00Z')
const hung: MarketoOutcome = {
  kind: 'refused',
  refusal: refusal('TIMED_OUT', retryRow(1_000, true)),
}

/** A list in memory whose calls may hang: at once, or and take effect later, when told. */
function world(verify: Verify) {
  const members = new Set<number>()
  const late: (() => void)[] = []
  const state = { nowMs: startMs, writesHang: false, loses: false, asked: [] as number[][] }
  const call = (request: MarketoCall): Promise<MarketoOutcome> => {
    const ids = new URLSearchParams(request.query).getAll('id').map(Number)
    if (request.method === 'GET') {
      state.asked.push(ids)
      return answer(ids.map((id) => ({ id, status: members.has(id) ? 'memberof' : 'notmemberof' })))
    }
    const adds = request.method === 'POST'
    const apply = () => {
      for (const id of ids) {
        if (adds) members.add(id)
        else members.delete(id)
      }
    }
    if (state.writesHang) {
      late.push(apply)
      return Promise.resolve(hung)
    }
    if (!state.loses) apply()
    return answer(ids.map((id) => ({ id, status: adds ? 'added' : 'removed' })))
  }
  const check = membershipCheck({ call, verify, nowMs: () => state.nowMs })
  const change = listCalls({ call, check, nowMs: () => state.nowMs })
  const send = async (status: 'realized' | 'exited', leadIds: readonly number[], listId = '7') =>
    Object.fromEntries(await change({ listId, status, leadIds }))
  return { members, late, state, send }
}

function answer(result: readonly unknown[]): Promise<MarketoOutcome> {
  return Promise.resolve({ kind: 'answer', answer: { success: true, requestId: 'r#1', result } })
}

const done = { status: 'delivered', applied: true, requestId: 'r#1' }
const notAsAnswered = { status: 'retry', code: 'NOT_AS_ANSWERED', scope: 'row', inDoubt: true }

describe('none', () => {
  test('an answered write is believed, and nothing is asked', async () => {
    const { send, state } = world('none')
    state.writesHang = true
    await send('realized', [1])
    state.writesHang = false
    expect(await send('realized', [1, 2])).toEqual({ 1: done, 2: done })
    expect(state.asked).toEqual([])
  })
})

describe('doubtful', () => {
  test('after a write in doubt the next answered one is checked, of those leads alone, once', async () => {
    const { send, state } = world('doubtful')
    state.writesHang = true
    expect(await send('realized', [1, 2])).toMatchObject({ 1: { inDoubt: true } })
    state.writesHang = false
    expect(await send('realized', [1, 2, 3])).toEqual({ 1: done, 2: done, 3: done })
    expect(state.asked).toEqual([[1, 2]])
    await send('realized', [1, 2, 3])
    expect(state.asked).toEqual([[1, 2]])
  })

  test('the same lead in another list is not in doubt', async () => {
    const { send, state } = world('doubtful')
    state.writesHang = true
    await send('realized', [1], '7')
    state.writesHang = false
    await send('realized', [1], '8')
    expect(state.asked).toEqual([])
  })

  test('an add that arrives late and undoes a removal is seen, and mended by the repeat', async () => {
    const { send, state, members, late } = world('doubtful')
    state.writesHang = true
    await send('realized', [1])
    state.writesHang = false
    // The removal is answered, then the old add arrives, before the list is asked.
    state.loses = true
    late.shift()?.()
    expect(await send('exited', [1])).toMatchObject({ 1: notAsAnswered })
    state.loses = false
    expect(await send('exited', [1])).toEqual({ 1: done })
    expect([...members]).toEqual([])
    expect(state.asked).toEqual([[1], [1]])
  })

  test('a doubt ends after a quarter of an hour', async () => {
    const { send, state } = world('doubtful')
    state.writesHang = true
    await send('realized', [1])
    state.writesHang = false
    state.nowMs += 16 * minuteMs
    await send('realized', [1])
    expect(state.asked).toEqual([])
  })
})

describe('all', () => {
  test('every answered write is checked; one that did not happen goes again', async () => {
    const { send, state } = world('all')
    expect(await send('realized', [1, 2])).toEqual({ 1: done, 2: done })
    state.loses = true
    expect(await send('exited', [1, 2])).toMatchObject({ 1: notAsAnswered, 2: notAsAnswered })
    expect(state.asked).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})
