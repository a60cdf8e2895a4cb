import { expect, test } from 'vitest'
import type { SolutionEvent } from '@segue/solution-kit'
import { budgetedCalls } from './call-budget.ts'
import { refusalOfCode } from './codes.ts'
import type { MarketoCall, MarketoOutcome } from './marketo-client.ts'

// 23:00 CST of 22 November, an hour before the reset.
const startMs = Date.parse('2026-11-23T05:00:00Z')
const hourMs = 3_600_000
const lookup: MarketoCall = { method: 'GET', path: 'rest/v1/leads.json' }

/** An instance whose integrations have used so many calls, asked at most every minute. */
function world(options: { callsPerDay?: number; share?: number } = {}) {
  const state = { nowMs: startMs, total: 0, date: '2026-11-22', broken: false }
  const paths: string[] = []
  const events: SolutionEvent[] = []
  const call = budgetedCalls({
    call: (request) => {
      paths.push(request.path)
      if (!request.path.includes('usage')) return answer([])
      if (state.broken) {
        const refusal = refusalOfCode('603', 'call', 0)
        return Promise.resolve({ kind: 'error', code: '603', refusal })
      }
      return answer([{ date: state.date, total: state.total, users: [] }])
    },
    callsPerDay: options.callsPerDay ?? 100,
    share: options.share ?? 0.8,
    checkMs: 60_000,
    log: (event) => void events.push(event),
    nowMs: () => state.nowMs,
  })
  const readings = () => paths.filter((path) => path.includes('usage')).length
  return { call, state, paths, events, readings }
}

function answer(result: readonly unknown[]): Promise<MarketoOutcome> {
  return Promise.resolve({ kind: 'answer', answer: { success: true, result } })
}

const spent = (afterMs: number) => ({
  kind: 'refused',
  refusal: {
    status: 'retry',
    code: 'DAILY_CALL_SHARE',
    scope: 'solution',
    inDoubt: false,
    afterMs,
    detail: expect.stringContaining('callsPerDay'),
  },
})

test('what others used counts, what goes out from here counts, and past the share nothing is sent until 00:00 CST', async () => {
  const { call, state, paths } = world()
  state.total = 70
  for (let n = 0; n < 10; n += 1) expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  const sent = paths.length
  expect(await call(lookup)).toEqual(spent(hourMs))
  state.nowMs += hourMs / 2
  expect(await call(lookup)).toEqual(spent(hourMs / 2))
  expect(paths).toHaveLength(sent)
  state.nowMs += hourMs / 2
  Object.assign(state, { total: 1, date: '2026-11-23' })
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
})

test('the usage is read once for calls at once, and then once a minute at most', async () => {
  const { call, state, readings } = world()
  await Promise.all(Array.from({ length: 8 }, () => call(lookup)))
  expect(readings()).toBe(1)
  state.nowMs += 59_999
  await call(lookup)
  expect(readings()).toBe(1)
  state.nowMs += 1
  await Promise.all(Array.from({ length: 8 }, () => call(lookup)))
  expect(readings()).toBe(2)
})

test('what others use meanwhile is noticed', async () => {
  const { call, state } = world()
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  state.total = 80
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  state.nowMs += 60_000
  expect(await call(lookup)).toMatchObject({ kind: 'refused' })
})

test('a number of yesterday’s is not believed after the reset', async () => {
  const { call, state } = world()
  state.nowMs += hourMs
  state.total = 100
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
})

test('where Marketo does not tell, the calls from here are counted, and it is said once a reading', async () => {
  const { call, state, events } = world()
  state.broken = true
  for (let n = 0; n < 80; n += 1) expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  expect(await call(lookup)).toEqual(spent(hourMs))
  expect(events).toEqual([
    { level: 'warn', event: 'usage_unknown', fields: { code: 'ACCESS_DENIED' } },
  ])
})

test('without a quota nothing is asked and nothing held', async () => {
  const { call, readings } = world({ callsPerDay: 0 })
  for (let n = 0; n < 200; n += 1) expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  expect(readings()).toBe(0)
})
