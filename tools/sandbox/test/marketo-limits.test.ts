import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, json, started, until } from './started.ts'

const call = ['GET', '/rest/v1/leads/describe2.json'] as const

test('the 101st call within 20 seconds answers 606, and there is room again as the window moves on', async () => {
  const { marketo, control } = await started({ frozenClock: true })
  for (let done = 0; done < 60; done += 1) await marketo(...call)
  await control('POST', '/control/clock', { advanceMs: 15_000 })
  for (let done = 0; done < 40; done += 1) {
    expect((await marketo(...call)).json()).toMatchObject({ success: true })
  }
  const refused = await marketo(...call)
  expect(refused.status).toBe(200)
  expect(refused.json()).toMatchObject({
    errors: [{ code: '606', message: "Max rate limit '100' exceeded with in '20' secs" }],
  })
  await control('POST', '/control/clock', { advanceMs: 5000 })
  for (let done = 0; done < 60; done += 1) {
    expect((await marketo(...call)).json()).toMatchObject({ success: true })
  }
  expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code: '606' }] })
})

test('ten calls may run at once, the eleventh answers 615, and one that ends makes room', async () => {
  const { ready, control, marketo, marketoToken } = await started()
  const token = await marketoToken()
  const hanging = new AbortController()
  const hung = Array.from({ length: 10 }, () =>
    exchange(ready.marketo.url, call[1], {
      headers: { authorization: `Bearer ${token}`, 'x-sandbox-fault': 'hang' },
      signal: hanging.signal,
    }).catch(() => undefined),
  )
  await until(async () => {
    const requests = await control('GET', '/control/requests?solution=marketo')
    return at(requests, 'totals', 'marketo', 'leads.describe2', 'hang', 'calls') === 10
  })
  expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code: '615' }] })
  hanging.abort()
  await Promise.all(hung)
  await until(async () => at((await marketo(...call)).json(), 'success') === true)
})

test('the daily quota answers 607 until midnight CST', async () => {
  const { marketo, control } = await started({ frozenClock: true, marketo: { callsPerDay: 3 } })
  const now = Number(at(await control('GET', '/control/clock'), 'nowMs'))
  const dayMs = 86_400_000
  // 00:00 CST is 06:00 UTC.
  const toMidnightMs = dayMs - ((now - 6 * 3_600_000) % dayMs)
  await control('POST', '/control/clock', { advanceMs: toMidnightMs })
  for (let done = 0; done < 3; done += 1) await marketo(...call)
  expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code: '607' }] })
  await control('POST', '/control/clock', { advanceMs: dayMs - 1 })
  expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code: '607' }] })
  await control('POST', '/control/clock', { advanceMs: 1 })
  expect((await marketo(...call)).json()).toMatchObject({ success: true })
  const week = (await marketo('GET', '/rest/v1/stats/usage/last7days.json')).json()
  expect(week).toMatchObject({ result: [{ total: 2 }, { total: 3 }] })
})

test('codes that are free give their call back', async () => {
  const { marketo, control } = await started({
    frozenClock: true,
    marketo: { callsPerDay: 1, callsPerWindow: 1 },
  })
  await control('POST', '/control/faults', { marketo: ['604', '608', '611'] })
  for (const code of ['604', '608', '611']) {
    expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code }] })
  }
  expect((await marketo(...call)).json()).toMatchObject({ success: true })
  expect((await marketo(...call)).json()).toMatchObject({ errors: [{ code: '606' }] })
})

test('a body over 1 MB answers HTTP 413', async () => {
  const { marketo } = await started()
  const send = (bytes: number) =>
    marketo('POST', '/rest/v1/leads.json', { headers: json, body: ' '.repeat(bytes) })
  expect((await send(1_048_576)).json()).toMatchObject({ errors: [{ code: '609' }] })
  expect((await send(1_048_577)).status).toBe(413)
})
