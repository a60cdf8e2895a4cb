import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { failed, misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Delivery, Receipt, SolutionEvent } from '@segue/solution-kit'
import type { UploadOutcome } from './collect-client.ts'
import { hitDelivery } from './deliver.ts'
import { filesOf } from './follow.ts'
import { groupMemory } from './group-memory.ts'
import { hitWriter } from './hit-file.ts'
import { memoryCollect } from './memory-collect.ts'
import type { MemoryCollect } from './memory-collect.ts'
import { groupSender } from './send-group.ts'
import type { AnalyticsSettingsInput } from './settings.ts'
import { ecid, testSettings } from './test-settings.ts'

const startMs = Date.parse('2026-11-23T18:00:00Z')

/** A far end, and adapters in front of it: each call of `start` is a process that remembers nothing of the one before. */
function world(some: Partial<AnalyticsSettingsInput> = {}) {
  const settings = testSettings({ validateAtAnalytics: 'never', minSecsBetweenFiles: 0, ...some })
  const clock = { ms: startMs }
  const nowMs = () => clock.ms
  const far = memoryCollect(nowMs)
  const events: SolutionEvent[] = []
  const slept: number[] = []
  const start = () => {
    const writer = hitWriter(settings)
    const send = groupSender({
      collect: far,
      memory: groupMemory(nowMs),
      header: writer.header,
      settings,
      nowMs,
      sleep: (ms) => {
        slept.push(ms)
        clock.ms += ms
        return Promise.resolve()
      },
      log: (event) => void events.push(event),
    })
    return hitDelivery({ send, writer, settings })
  }
  return { far, events, slept, clock, start, deliver: start() }
}

function row(
  n: number,
  status: Delivery['status'] = 'realized',
  ms = 0,
  segmentId = 's1',
): Delivery {
  const revisionMs = startMs - 60_000 + ms
  return {
    identities: [ecid(n)],
    segment: `ups:${segmentId}`,
    remoteId: segmentId,
    status,
    revisionMs,
  }
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => row(n, 'realized', n))
const statuses = (receipts: readonly Receipt[]) => receipts.map(({ status }) => status)
const codes = (receipts: readonly Receipt[]) =>
  receipts.map((receipt) => (receipt.status === 'delivered' ? 'ok' : receipt.code))

/** Lines of all files, in the order in which they came, without the header. */
function lines({ files }: MemoryCollect): string[] {
  return files.flatMap(({ text }) => text.trim().split('\r\n').slice(1))
}

/** Visitor, segment and transition that the far end holds last: by the time of the hits, then by their order. */
function state(far: MemoryCollect): Map<string, string> {
  const hits = lines(far).map((line) => line.split(','))
  const sorted = hits.toSorted((left, right) => Number(left[0]) - Number(right[0]))
  return new Map(sorted.map((fields) => [`${fields[1]}/${fields[6]}`, fields[7] ?? '']))
}

test('nothing is asked for nothing', async () => {
  const { deliver, far } = world()
  expect(await deliver([])).toEqual([])
  expect(far.calls).toEqual([])
})

test('a row is delivered and not applied, with the file to follow', async () => {
  const { deliver, far } = world()
  const [receipt, superseded] = await deliver([row(1, 'realized', 7), row(1, 'exited', 3)])
  expect(receipt).toMatchObject({ status: 'delivered', applied: false, requestId: 'file' })
  expect(superseded).toEqual(receipt)
  const follow = receipt?.status === 'delivered' ? (receipt.follow ?? '') : ''
  expect(filesOf(follow)?.[0]).toMatchObject({
    key: far.files[0]?.key,
    oldestSecs: startMs / 1000 - 60,
  })
  expect(lines(far)).toHaveLength(1)
})

test('the files of a group go one at a time and in order, groups side by side', async () => {
  const { deliver, far } = world({ visitorGroups: 4, maxConcurrentUploads: 4, maxRowsPerFile: 10 })
  expect(new Set(statuses(await deliver(rowsOf(400))))).toEqual(new Set(['delivered']))
  expect([...far.mostAtOnce.values()]).toEqual([1, 1, 1, 1])
  for (const group of far.mostAtOnce.keys()) {
    const times = far.files
      .filter((file) => file.group === group)
      .flatMap(({ text }) => text.trim().split('\r\n').slice(1))
      .map((line) => Number(line.split(',')[0]))
    expect(times).toEqual(times.toSorted((left, right) => left - right))
  }
  expect(Math.max(...far.files.map((file) => file.rows))).toBe(10)
  expect(lines(far)).toHaveLength(400)
})

test('compressed bytes are a bound too', async () => {
  const { deliver, far } = world({ maxGzipBytes: 500 })
  expect(new Set(statuses(await deliver(rowsOf(300))))).toEqual(new Set(['delivered']))
  expect(far.files.length).toBeGreaterThan(2)
  for (const { gzip } of far.files) expect(gzip.length).toBeLessThanOrEqual(500)
  expect(lines(far).map((line) => line.slice(11, 49))).toEqual(
    rowsOf(300).map((_, n) => ecid(n).slice(5)),
  )
})

test('413 cuts the file in two; a row that alone is too large is given up, its neighbours are not', async () => {
  const { deliver, far } = world()
  const tooLarge: UploadOutcome = { kind: 'too-large', refusal: refusal('FILE_TOO_LARGE', failed) }
  far.next.push(...Array.from({ length: 3 }, () => ({ ingests: false, answer: tooLarge })))
  // Four rows, then two, then one that is still too large.
  expect(codes(await deliver(rowsOf(4)))).toEqual(['FILE_TOO_LARGE', 'ok', 'ok', 'ok'])
  expect(far.calls.filter((call) => call !== 'lookUp')).toEqual([
    'upload 4',
    'upload 2',
    'upload 1',
    'upload 1',
    'upload 2',
  ])
})

test('a file in doubt holds the later ones back, and is looked up before anything else goes out', async () => {
  const { deliver, far } = world({ maxRowsPerFile: 2 })
  far.next.push('lost-answer')
  const receipts = await deliver(rowsOf(4))
  expect(codes(receipts)).toEqual([
    'TIMED_OUT',
    'TIMED_OUT',
    'FILE_BEFORE_OPEN',
    'FILE_BEFORE_OPEN',
  ])
  expect(receipts[0]).toMatchObject({ inDoubt: true, scope: 'row' })
  expect(receipts[2]).toMatchObject({ inDoubt: false, scope: 'row' })
  far.calls.length = 0
  // Other rows than before: one is new, one changed its mind meanwhile.
  const again = [row(0, 'realized', 0), row(1, 'exited', 900), ...rowsOf(5).slice(2)]
  expect(new Set(codes(await deliver(again)))).toEqual(new Set(['ok']))
  expect(far.calls).toEqual(['lookUp', 'upload 2', 'upload 2'])
  // Row 0 was in the file in doubt as it is now, so it was not sent twice; row 1 was not.
  expect(lines(far).filter((line) => line.includes(ecid(0).slice(5)))).toHaveLength(1)
  expect(state(far).get(`${ecid(1).slice(5)}/s1`)).toBe('exited')
})

test('a file in doubt that never arrived is sent again', async () => {
  const { deliver, far } = world()
  far.next.push('never-arrived')
  expect(codes(await deliver([row(1)]))).toEqual(['TIMED_OUT'])
  expect(codes(await deliver([row(1)]))).toEqual(['ok'])
  expect(lines(far)).toHaveLength(1)
})

test('while a file in doubt cannot be asked about, its group waits', async () => {
  const { deliver, far } = world()
  far.next.push('lost-answer')
  await deliver([row(1)])
  far.lookUpsFail = true
  const [receipt] = await deliver([row(1, 'exited', 5)])
  expect(receipt).toMatchObject({ status: 'retry', inDoubt: false })
  expect(far.files).toHaveLength(1)
  far.lookUpsFail = false
  expect(codes(await deliver([row(1, 'exited', 5)]))).toEqual(['ok'])
  expect(state(far).get(`${ecid(1).slice(5)}/s1`)).toBe('exited')
})

test('a process that died with its file sent: the next one has the same key and does not send it twice', async () => {
  const { far, start } = world()
  far.next.push('lost-answer')
  await start()(rowsOf(5))
  expect(codes(await start()(rowsOf(5).toReversed()))).toEqual(
    Array.from({ length: 5 }, () => 'ok'),
  )
  expect(far.files).toHaveLength(1)
})

test('the very same rows again are known and not sent', async () => {
  const { deliver, far } = world()
  await deliver([row(1)])
  const calls = far.calls.length
  expect(await deliver([row(1)])).toMatchObject([
    { status: 'delivered', follow: expect.any(String) },
  ])
  expect(far.calls).toHaveLength(calls)
})

test('rows that Analytics left out fail, the others are delivered, and nothing is sent again', async () => {
  const { deliver, far, events } = world()
  const answer: UploadOutcome = {
    kind: 'ingested',
    fileId: 'f',
    receivedSecs: 1,
    invalid: new Set([1]),
    unnamed: 3,
    rows: 9,
  }
  far.next.push({ ingests: true, answer })
  expect(codes(await deliver(rowsOf(10)))).toEqual([
    'ok',
    'ROW_INVALID',
    ...Array.from({ length: 8 }, () => 'ok'),
  ])
  expect(far.files).toHaveLength(1)
  expect(events.map(({ event }) => event)).toEqual([
    'file_uploaded',
    'invalid_rows_unnamed',
    'rows_differ',
  ])
  // The key of such a file vouches for no row: the same ones, asked for by hand, go out again.
  expect(new Set(codes(await deliver(rowsOf(10))))).toEqual(new Set(['ok']))
  expect(far.files).toHaveLength(2)
})

test('a rejected file is not ingested: its rows get its reason, and the next file goes out where none is repeated', async () => {
  const { deliver, far } = world({ maxRowsPerFile: 2 })
  const invalid = new Set<number>()
  const of = (because: ReturnType<typeof refusal>): UploadOutcome => ({
    kind: 'rejected',
    refusal: because,
    invalid,
  })
  far.next.push({ ingests: false, answer: of(refusal('ROW_INVALID', failed)) })
  expect(codes(await deliver(rowsOf(4)))).toEqual(['ROW_INVALID', 'ROW_INVALID', 'ok', 'ok'])
  far.next.push({ ingests: false, answer: of(refusal('FILE_NOT_GZIP', retryRow(1, false))) })
  const other = rowsOf(4).map((one) => ({ ...one, status: 'exited' as const }))
  expect(codes(await deliver(other))).toEqual([
    'FILE_NOT_GZIP',
    'FILE_NOT_GZIP',
    'FILE_BEFORE_OPEN',
    'FILE_BEFORE_OPEN',
  ])
})

test.each([
  ['a wrong setting', refusal('ACCESS_DENIED', misconfigured('clientId')), 'misconfigured'],
  ['a limit', refusal('RATE_LIMIT', retrySolution(6_000, false)), 'retry'],
])('%s stops all that has not begun', async (_what, because, status) => {
  const { deliver, far } = world({ visitorGroups: 10, maxConcurrentUploads: 1, maxRowsPerFile: 5 })
  far.next.push({ ingests: false, answer: { kind: 'refused', refusal: because } })
  const receipts = await deliver(rowsOf(100))
  expect(new Set(statuses(receipts))).toEqual(new Set([status]))
  expect(far.calls.filter((call) => call !== 'lookUp')).toHaveLength(1)
})

test('a group’s next file waits its 20 seconds, or is left to the engine where that is too long', async () => {
  const { deliver, far, slept, clock } = world({
    minSecsBetweenFiles: 20,
    maxRowsPerFile: 1,
    budgetWaitMs: 25_000,
  })
  expect(codes(await deliver(rowsOf(3)))).toEqual(['ok', 'ok', 'ok'])
  expect(slept).toEqual([20_000, 20_000])
  clock.ms += 21_000
  await deliver([row(9)])
  expect(slept).toHaveLength(2)
  const impatient = world({ minSecsBetweenFiles: 20, maxRowsPerFile: 1, budgetWaitMs: 1_000 })
  const [, second] = await impatient.deliver(rowsOf(2))
  expect(second).toMatchObject({ code: 'VISITOR_GROUP_PACED', scope: 'solution', afterMs: 20_000 })
  expect(far.files).toHaveLength(4)
})

/** How often Analytics is asked to validate when three files go out. */
async function validations(validateAtAnalytics: 'first' | 'every' | 'never'): Promise<number> {
  const { deliver, far } = world({ validateAtAnalytics, maxRowsPerFile: 1 })
  await deliver(rowsOf(3))
  return far.calls.filter((call) => call === 'validate').length
}

test('only the first file is validated, or each, or none', async () => {
  expect(
    await Promise.all([validations('first'), validations('every'), validations('never')]),
  ).toEqual([1, 3, 0])
})

test('whatever fails on the way, each visitor ends in the newest state, and no two of its hits are out of order', async () => {
  const step = fc.record({
    rows: fc.array(fc.record({ person: fc.nat(3), segment: fc.nat(1), realized: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    }),
    faults: fc.array(fc.constantFrom('ok', 'lost-answer', 'never-arrived'), { maxLength: 3 }),
    lookUpsFail: fc.boolean(),
    restart: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { far, start } = world({ visitorGroups: 2, maxRowsPerFile: 2 })
      let deliver = start()
      let ms = 0
      /** What is not delivered yet, newest state only: what the engine would hand over. */
      const open = new Map<string, Delivery>()
      const wanted = new Map<string, string>()
      const run = async () => {
        const rows = [...open.values()]
        const receipts = await deliver(rows)
        for (const [index, receipt] of receipts.entries()) {
          const one = rows[index]
          if (receipt.status === 'delivered' && one !== undefined) {
            open.delete(`${one.identities[0]}/${one.segment}`)
          }
        }
      }
      for (const { rows, faults, lookUpsFail, restart } of steps) {
        for (const { person, segment, realized } of rows) {
          // A few milliseconds: most transitions share a second with others.
          ms += 40
          const one = row(person, realized ? 'realized' : 'exited', ms, `s${segment}`)
          open.set(`${one.identities[0]}/${one.segment}`, one)
          wanted.set(`${ecid(person).slice(5)}/s${segment}`, one.status)
        }
        for (const fault of faults) {
          far.next.push(
            fault === 'ok'
              ? {
                  ingests: true,
                  answer: {
                    kind: 'ingested',
                    fileId: 'f',
                    receivedSecs: 1,
                    invalid: new Set(),
                    unnamed: 0,
                    rows: undefined,
                  },
                }
              : fault,
          )
        }
        far.lookUpsFail = lookUpsFail
        if (restart) deliver = start()
        await run()
      }
      far.next.length = 0
      far.lookUpsFail = false
      for (let round = 0; open.size > 0 && round < 5; round += 1) await run()
      expect(open.size).toBe(0)
      expect(state(far)).toEqual(wanted)
    }),
    { seed: 21, numRuns: 100 },
  )
})
