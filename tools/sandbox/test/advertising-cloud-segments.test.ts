import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  columns,
  hash,
  key,
  line,
  mapping,
  segment,
  streaming,
} from './advertising-cloud-caller.ts'
import { at, until } from './started.ts'

const dayMs = 86_400_000
const email = `email_lc_sha256:${hash}`
const waiting = { frozenClock: true, advertisingCloud: { segmentLagMs: dayMs } }

test('the newest ts wins in whatever order lines are consumed, and none counts twice', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { put, map, control, membersOf, dsp, close } = await streaming({ ...waiting, seed })
    await map(mapping)
    await put(Array.from({ length: 20 }, (_, index) => line('join', index + 1)))
    await put([line('leave', 21), line('join', 22), line('leave', 23)])
    await put([line('join', 23.5, { ecid: '1'.repeat(38) }), line('leave', 22)])
    await control('POST', '/control/process')
    expect(await membersOf(key)).toEqual([`ECID:${'1'.repeat(38)}`])
    const { applied, stale, repeated = 0 } = Object(at(await dsp('/dsp/lines'), 'lines'))
    expect(applied + stale + repeated).toBeGreaterThanOrEqual(25)
    await close()
  }
})

test('join and leave at one ts end either way', async () => {
  const ends = new Set<unknown>()
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { put, map, control, membersOf, close } = await streaming({ ...waiting, seed })
    await map(mapping)
    await put([line('join', 1), line('leave', 1)])
    await control('POST', '/control/process')
    ends.add(JSON.stringify(await membersOf(key)))
    await close()
  }
  expect(ends.size).toBe(2)
})

test('lines come twice where the stream delivers them twice, without effect', async () => {
  const { put, map, control, dsp } = await streaming({
    advertisingCloud: { duplicatePercent: 100 },
  })
  await map(mapping)
  await put([line('join', 1)])
  await control('POST', '/control/process')
  expect(await dsp('/dsp/lines')).toEqual({
    pending: 0,
    lines: { applied: 1, repeated: 1 },
    unmapped: {},
  })
})

test('a line for a segment without a mapping row is dropped, and said', async () => {
  const { put, map, control, membersOf, dsp } = await streaming({
    ...waiting,
    advertisingCloud: { segmentLagMs: dayMs, duplicatePercent: 0 },
  })
  await put([line('join', 1)])
  await control('POST', '/control/process')
  await map(mapping)
  expect(await membersOf(key)).toEqual([])
  expect(await dsp('/dsp/lines')).toMatchObject({ lines: { unmapped: 1 }, unmapped: { [key]: 1 } })
  // A row that is there before the line is consumed is early enough.
  await put([line('join', 1)])
  await control('POST', '/control/process')
  expect(await membersOf(key)).toEqual([email])
})

test('lines that are no memberships are counted by what is wrong with them', async () => {
  const { put, map, control, dsp } = await streaming({
    advertisingCloud: { duplicatePercent: 0 },
  })
  await map(mapping)
  await put([`${JSON.stringify(line('join', 1))}\n\n{}\n`, 'x', line('join', 1_716_200_000_000)])
  await control('POST', '/control/process')
  expect(await dsp('/dsp/lines')).toMatchObject({
    lines: { applied: 1, UNKNOWN_SOURCE_KEY: 1, NOT_JSON: 1, BAD_TS: 1 },
  })
})

test('a membership ends with its window, unless a newer line refreshes it', async () => {
  const { put, map, control, membersOf, dsp } = await streaming({
    frozenClock: true,
    advertisingCloud: { duplicatePercent: 0 },
  })
  await map(mapping)
  const pass = async (days: number): Promise<void> => {
    await control('POST', '/control/clock', { advanceMs: days * dayMs })
  }
  const consume = async (...lines: object[]): Promise<void> => {
    await put(lines)
    await control('POST', '/control/process')
  }
  await consume(line('join', 1), line('join', 1, { ecid: '1'.repeat(38) }))
  await pass(29)
  // A repeated line is no refresh: (key, identity, ts) counts once.
  await consume(line('join', 2), line('join', 1, { ecid: '1'.repeat(38) }))
  await pass(1)
  expect(await membersOf(key)).toEqual([email])
  expect(at(await dsp('/dsp/segments'), 'segments', 0, 'counts')).toEqual({ email_lc_sha256: 1 })
  await pass(29)
  expect(await membersOf(key)).toEqual([])
  // Another window is for lines to come.
  await map(mapping.replace(',30\n', ',60\n'))
  expect(await membersOf(key)).toEqual([])
  await consume(line('join', 3))
  await pass(59)
  expect(await membersOf(key)).toEqual([email])
})

test('lines are consumed within their lag', async () => {
  const { put, map, control, membersOf } = await streaming(waiting)
  await map(mapping)
  await put([line('join', 1)])
  await control('POST', '/control/clock', { advanceMs: dayMs / 2 - 1 })
  expect(await control('GET', '/control/idle')).toMatchObject({
    pending: { 'advertising-cloud': 1 },
  })
  await control('POST', '/control/clock', { advanceMs: dayMs / 2 + 1 })
  await until(async () => at(await control('GET', '/control/idle'), 'idle') === true)
  expect(await membersOf(key)).toEqual([email])
})

test('a mapping file makes and renames segments; wrong rows are left out and named', async () => {
  const { map, control, dsp } = await streaming()
  const hinted =
    'External Segment Key,Segment Name,Segment Description,Parent ID (blank),Video CPM (0),Display CPM (0),Segment Window (TTL)'
  expect(await map(`${hinted}\r\n${key},"Buyers, ""loyal""",${segment},,0,0,\r\n`)).toEqual({
    file: 'segments.csv',
    status: 'processed',
    rows: 1,
    rowsTaken: 1,
    errors: [],
  })
  expect(at(await dsp('/dsp/segments'), 'segments')).toEqual([
    {
      key,
      name: 'Buyers, "loyal"',
      description: segment,
      windowDays: 30,
      counts: {},
      members: [],
    },
  ])
  const report = await map(
    [
      columns,
      `${key},Renamed,${segment},,0,0,7`,
      `other_1,N,d,,0,0,30`,
      `${key},,d,,0,0,30`,
      `${key},N,d,12,0,0,30`,
      `${key},N,d,,1.5,0,30`,
      `${key},N,d,,0,,30`,
      `${key},N,d,,0,0,30d`,
      `${key},N,d,,0,0`,
      `${key},N,"d" x,,0,0,30`,
    ].join('\n'),
    'second.csv',
  )
  expect(report).toMatchObject({ status: 'processed', rows: 9, rowsTaken: 1 })
  expect(at(report, 'errors')).toEqual(
    [
      'KEY_NOT_OF_SOURCE',
      'NAME_MISSING',
      'PARENT_NOT_BLANK',
      'CPM_NOT_ZERO',
      'CPM_NOT_ZERO',
      'BAD_WINDOW',
      'COLUMN_COUNT',
      'MALFORMED',
    ].map((code, index) => ({ row: index + 2, code, message: expect.any(String) })),
  )
  expect(at(await control('GET', '/control/members'), 'advertising-cloud', key, 'name')).toBe(
    'Renamed',
  )
  expect(at(await dsp('/dsp/mapping-files'), 'reports')).toHaveLength(2)
})

test.each([
  ['\n', 'a.csv', 'EMPTY'],
  [`${columns},More\n`, 'a.csv', 'BAD_COLUMNS'],
  [mapping.replace('Segment Window', 'TTL'), 'a.csv', 'BAD_COLUMNS'],
  [mapping, 'a.txt', 'NOT_CSV'],
])('the file %j as %s is rejected as %s', async (content, file, problem) => {
  const { map, control } = await streaming()
  expect(await map(content, file)).toMatchObject({ status: 'rejected', problem, rowsTaken: 0 })
  expect(at(await control('GET', '/control/members'), 'advertising-cloud')).toEqual({})
})

test('segments, members, waiting lines and reports survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-sandbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'state.json')
  const first = await streaming(waiting, file)
  await first.map(mapping)
  await first.put([line('join', 5)])
  await first.control('POST', '/control/process')
  await first.put([line('leave', 6), line('join', 4), line('join', 6, { ecid: '1'.repeat(38) })])
  const members = await first.control('GET', '/control/members')
  expect(at(members, 'advertising-cloud', key, 'members')).toEqual([email])
  const reports = await first.dsp('/dsp/mapping-files')
  await first.close()

  const second = await streaming(waiting, file)
  expect(await second.control('GET', '/control/members')).toEqual(members)
  expect(await second.dsp('/dsp/mapping-files')).toEqual(reports)
  expect(await second.control('GET', '/control/idle')).toMatchObject({
    pending: { 'advertising-cloud': 3 },
  })
  await second.control('POST', '/control/process')
  expect(await second.membersOf(key)).toEqual([`ECID:${'1'.repeat(38)}`])
})
