import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { collecting, type Collecting, ecid, row, segment } from './analytics-caller.ts'
import { at, until } from './started.ts'

const member = [`ECID:${ecid}`]
const minuteMs = 60_000
const lags = { shortestLagMs: 20 * minuteMs, longestLagMs: 50 * minuteMs }

async function groups({ api }: Collecting): Promise<unknown> {
  return at((await api('GET', '/sandbox/memberships')).json(), 'groups')
}

test('the hit that is processed last decides, so that rows or files out of order show', async () => {
  const sandbox = await collecting()
  const { upload, control, membersOf } = sandbox
  await upload([row(200, 'exited'), row(100, 'realized')])
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual(member)
  await upload([row(300, 'exited')])
  await upload([row(250, 'realized')])
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual(member)
  expect(await groups(sandbox)).toMatchObject({
    acme_1: { files: 3, rows: 4, lateRows: 2, lostRows: 0, overlappingUploads: 0 },
  })
})

test('files of a group are applied in order of their upload, between 20 and 50 minutes after it', async () => {
  const sandbox = await collecting({ frozenClock: true, analytics: lags })
  const { upload, control, membersOf } = sandbox
  const now = Math.floor(Number(at(await control('GET', '/control/clock'), 'nowMs')) / 1000)
  for (let turn = 0; turn < 6; turn += 1) {
    await upload([row(now + turn, turn % 2 === 0 ? 'realized' : 'exited')])
  }
  await control('POST', '/control/clock', { advanceMs: 20 * minuteMs - 1 })
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { analytics: 6 } })
  expect(await membersOf(segment)).toBeUndefined()
  await control('POST', '/control/clock', { advanceMs: 1 })
  // Minute by minute: a file whose lag is shorter must not pass the one before it.
  for (let minute = 0; minute < 30; minute += 1) {
    await control('POST', '/control/clock', { advanceMs: minuteMs })
  }
  await until(async () => at(await control('GET', '/control/idle'), 'idle') === true)
  expect(await membersOf(segment)).toEqual([])
  expect(await groups(sandbox)).toMatchObject({ acme_1: { lateRows: 0 } })
})

test('a file with a hit of more than a day ago waits two hours', async () => {
  const { upload, control } = await collecting({
    frozenClock: true,
    analytics: { ...lags, oldHitLagMs: 120 * minuteMs },
  })
  await upload([row(1_716_200_000, 'realized')])
  await control('POST', '/control/clock', { advanceMs: 119 * minuteMs })
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { analytics: 1 } })
  await control('POST', '/control/clock', { advanceMs: minuteMs })
  await until(async () => at(await control('GET', '/control/idle'), 'idle') === true)
})

test('a visitor in two groups ends either way', async () => {
  const ends = new Set<unknown>()
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { upload, control, membersOf, close } = await collecting({
      seed,
      frozenClock: true,
      analytics: lags,
    })
    await upload([row(1_716_200_000, 'realized')], { group: 'acme_1' })
    await upload([row(1_716_200_001, 'exited')], { group: 'acme_2' })
    await control('POST', '/control/process')
    ends.add(JSON.stringify(await membersOf(segment)))
    await close()
  }
  expect(ends.size).toBe(2)
})

test('uploads of one group that overlap are counted, of two groups not', async () => {
  const sandbox = await collecting()
  const { upload, control } = sandbox
  await control('POST', '/control/faults', {
    analytics: [{ operation: 'events.upload', answer: 'latency:30000' }],
  })
  void upload([row(1, 'realized')]).catch(() => undefined)
  await until(
    async () => at(await control('GET', '/control/faults'), 'analytics', 'script', 0) === undefined,
  )
  await upload([row(2, 'realized')])
  await upload([row(2, 'realized', 'other')], { group: 'acme_2' })
  await control('POST', '/control/process')
  expect(await groups(sandbox)).toMatchObject({
    acme_1: { overlappingUploads: 1 },
    acme_2: { overlappingUploads: 0 },
  })
})

test('what is held, what waits and which keys are known survives a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-sandbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'state.json')
  const settings = { frozenClock: true, analytics: { ...lags, importLagMs: minuteMs } }
  const first = await collecting(settings, file)
  await first.upload([row(1_716_200_000, 'realized')], { key: 'one' })
  const rename = {
    dataFormat: 'json',
    data: [{ key: segment, data: { 'Segment Name': 'Loyal buyers' } }],
  }
  const dataset = `/classifications/job/import/json/${first.ready.analytics.datasetId}`
  await first.api('POST', dataset, rename)
  await first.control('POST', '/control/process')
  await first.upload([row(1_716_200_001, 'exited')], { key: 'two' })
  const members = await first.control('GET', '/control/members')
  expect(at(members, 'analytics', segment)).toEqual({
    name: 'Loyal buyers',
    segment,
    members: member,
  })
  await first.close()

  const second = await collecting(settings, file)
  expect(await second.control('GET', '/control/members')).toEqual(members)
  expect(await second.control('GET', '/control/idle')).toMatchObject({ pending: { analytics: 1 } })
  await second.upload([row(1_716_200_002, 'realized')], { key: 'two' })
  await second.control('POST', '/control/process')
  expect(await second.membersOf(segment)).toEqual([])
})

test('a fault is answered in the words of the server, and an applied one takes the file', async () => {
  const { upload, key, control, api } = await collecting()
  await control('POST', '/control/faults', {
    analytics: ['401', '403', '429', '500', '403023', 'apply-500'].map((answer) => ({
      operation: 'events.upload',
      answer,
    })),
  })
  const answers: unknown[] = []
  for (let turn = 0; turn < 6; turn += 1) {
    const { status, text } = await upload([row(1, 'realized')], { key: `k${turn}` })
    answers.push([status, JSON.parse(text)])
  }
  expect(answers).toEqual([
    [401, { error: 'Invalid token (1)' }],
    [403, { error: 'This action is not currently allowed' }],
    [429, { error_code: '429050', message: 'Too many requests' }],
    [500, { error: 'Internal error' }],
    [403, { error_code: '403023', message: 'Profile is not valid' }],
    [500, { error: 'Internal error' }],
  ])
  expect((await key('k3')).status).toBe(404)
  expect((await key('k5')).status).toBe(200)
  await control('POST', '/control/faults', { analytics: ['401013', '503'] })
  expect((await api('GET', '/segments')).json()).toMatchObject({ error_code: '401013' })
  expect((await api('GET', '/segments')).status).toBe(503)
})
