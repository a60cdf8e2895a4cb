import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import { advertisingCloudTrial, drop, person, put } from './advertising-cloud-trial.ts'
import type { AdvertisingCloudTrial } from './advertising-cloud-trial.ts'

const dayMs = 24 * 3_600_000

/** One server for all tests that need no settings of its own; each test has its own segment. */
let trial: AdvertisingCloudTrial
let segments = 0
let segment: string

beforeAll(async () => {
  trial = await advertisingCloudTrial()
})
afterAll(() => trial.close())
beforeEach(async () => {
  segments += 1
  segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
  await trial.sandbox.clearFaults()
})

/** A server of the test's own, closed with the test. */
async function ownTrial(
  options: Parameters<typeof advertisingCloudTrial>[0],
): Promise<AdvertisingCloudTrial> {
  const own = await advertisingCloudTrial(options)
  onTestFinished(() => own.close())
  return own
}

async function keyOf(solution: Solution = trial.solution): Promise<string> {
  const receipt = await solution.ensureSegment(segment, `Segment ${segments}`)
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

function row(
  remoteId: string,
  identities: readonly string[],
  status: Delivery['status'] = 'realized',
  revisionMs: number = trial.nowMs(),
): Delivery {
  return { identities, segment, remoteId, status, revisionMs }
}

/** Who is inside once everything that was accepted is applied. */
async function members(of: AdvertisingCloudTrial = trial): Promise<readonly string[]> {
  await of.settle()
  return (await of.members(segment)).toSorted()
}

async function puts(of: AdvertisingCloudTrial = trial): Promise<number> {
  const requests = await of.sandbox.requests('advertising-cloud')
  return requests.filter(({ operation }) => operation === put).length
}

/** Delivers rows until all of them are delivered, only those again that were not; answers how many deliveries it took. */
async function untilDelivered(solution: Solution, rows: readonly Delivery[]): Promise<number> {
  let waiting = rows
  let rounds = 0
  while (waiting.length > 0) {
    rounds += 1
    expect(rounds).toBeLessThan(50)
    const receipts = await solution.deliver(waiting)
    expect(new Set(receipts.map(({ status }) => status))).not.toContain('rejected')
    waiting = waiting.filter((_row, index) => receipts[index]?.status !== 'delivered')
  }
  return rounds
}

const accepted = { status: 'delivered', applied: false, requestId: expect.stringMatching(/./) }

test('a segment is a mapping row with its own id as description, and all ids of a person get in', async () => {
  const remoteId = await keyOf()
  const { sourceKey } = trial.settings
  expect(remoteId).toBe(`${sourceKey}_${segment.slice('ups:'.length)}`)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toEqual([accepted])
  expect(await members()).toEqual(person(1).toSorted())
  expect(await trial.counterpart(segment)).toMatchObject({
    remoteId,
    name: `Segment ${segments}`,
    segment: segment.slice('ups:'.length),
  })
})

test('segments whose ids could not stand in a key are mapped all the same, each its own', async () => {
  const ids = [
    'CustomerAudienceUpload:a,b "c"',
    'CustomerAudienceUpload:a b c',
    'x:長い_😀',
    'x:-_-',
  ]
  for (const [n, id] of ids.entries()) {
    segment = id
    await trial.solution.deliver([row(await keyOf(), person(n).slice(0, 1))])
    expect(await trial.counterpart(segment)).toMatchObject({ segment: id })
    expect(await members()).toEqual(person(n).slice(0, 1))
  }
})

test('two changes within a second end right, whichever of them comes first', async () => {
  const remoteId = await keyOf()
  const atMs = Math.floor(trial.nowMs() / 1_000) * 1_000 - 10_000
  const older = (leaves: number, joins: number) => [
    row(remoteId, person(leaves), 'realized', atMs),
    row(remoteId, person(joins), 'exited', atMs + 998),
  ]
  const newer = (leaves: number, joins: number) => [
    row(remoteId, person(leaves), 'exited', atMs + 1),
    row(remoteId, person(joins), 'realized', atMs + 999),
  ]
  await trial.solution.deliver(older(1, 2))
  await trial.solution.deliver(newer(1, 2))
  await trial.solution.deliver(newer(3, 4))
  await trial.solution.deliver(older(3, 4))
  expect(await members()).toEqual([...person(2), ...person(4)].toSorted())
})

test.each([
  ['ServiceUnavailableException', { status: 'retry', scope: 'solution', inDoubt: true }],
  ['ThrottlingException', { status: 'retry', scope: 'solution', inDoubt: false }],
  ['500', { status: 'retry', scope: 'row', inDoubt: true }],
  ['apply-500', { status: 'retry', scope: 'row', inDoubt: true }],
  ['drop', { status: 'retry', code: 'CONNECTION_DROPPED', scope: 'row', inDoubt: true }],
  ['apply-drop', { status: 'retry', code: 'CONNECTION_DROPPED', scope: 'row', inDoubt: true }],
  ['hang', { status: 'retry', code: 'TIMED_OUT', scope: 'row', inDoubt: true }],
  ['garbage', { status: 'retry', code: 'ANSWER_UNREADABLE', scope: 'row', inDoubt: true }],
])('a call that meets %s, and the same rows after it', async (answer, expected) => {
  const remoteId = await keyOf()
  const rows = [row(remoteId, person(1)), row(remoteId, person(2), 'exited')]
  await trial.sandbox.faults({ 'advertising-cloud': [{ operation: put, answer }] })
  const met = answer === 'hang' ? trial.another({ answerTimeoutMs: 300 }) : trial.solution
  expect(await met.deliver(rows)).toMatchObject([expected, expected])
  expect(await trial.solution.deliver(rows)).toEqual([accepted, accepted])
  expect(await members()).toEqual(person(1).toSorted())
})

test.each([
  ['SlowDown', { status: 'retry', scope: 'row', inDoubt: false }],
  ['garbage', { status: 'retry', code: 'ANSWER_UNREADABLE', scope: 'row', inDoubt: false }],
  ['apply-drop', { status: 'retry', code: 'CONNECTION_DROPPED', scope: 'row', inDoubt: false }],
  ['AccessDenied', { status: 'misconfigured', setting: 'mapping.accessKeyId' }],
  ['NoSuchBucket', { status: 'misconfigured', setting: 'mapping.bucket' }],
])('a drop that meets %s, and the segment after it', async (answer, expected) => {
  await trial.sandbox.faults({ 'advertising-cloud': [{ operation: drop, answer }] })
  expect(await trial.solution.ensureSegment(segment, 'x')).toMatchObject(expected)
  const remoteId = await keyOf()
  await trial.settle()
  expect(await trial.counterpartName(segment)).toBe(`Segment ${segments}`)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toEqual([accepted])
})

test('of a call that partly failed inside HTTP 200 only that part goes again, and nothing gets in twice', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'loose', advertisingCloud: { duplicatePercent: 0 } },
  })
  const remoteId = await keyOf(own.solution)
  const rows = Array.from({ length: 100 }, (_, n) => row(remoteId, person(n)))
  await own.sandbox.faults({
    'advertising-cloud': [
      { operation: put, answer: 'records40ServiceUnavailableException' },
      { operation: put, answer: 'records40InternalFailure' },
    ],
  })
  expect(await untilDelivered(own.solution, rows)).toBe(3)
  expect(await members(own)).toEqual(rows.flatMap(({ identities }) => identities).toSorted())
  expect(await own.lines()).toEqual({ applied: 400 })
})

test('a stream that is too slow by its own limit takes what it can, and the rest later', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'real', advertisingCloud: { recordsPerSecond: 150, segmentLagMs: 0 } },
  })
  const remoteId = await keyOf(own.solution)
  const rows = Array.from({ length: 100 }, (_, n) => row(remoteId, person(n)))
  // The server counts by the seconds of its clock: on a busy machine a second may end between two calls, or within one.
  const receipts = await vi.waitFor(async () => {
    const first = await own.solution.deliver(rows)
    const codes = new Set(first.map((one) => ('code' in one ? one.code : one.status)))
    expect(codes).toEqual(new Set(['delivered', 'RECORD_THROTTLED']))
    expect(await own.solution.deliver(rows.slice(50))).toMatchObject(
      rows.slice(50).map(() => ({ code: 'STREAM_THROTTLED', scope: 'solution', inDoubt: false })),
    )
    return first
  }, 20_000)
  let waiting = rows.filter((_row, index) => receipts[index]?.status !== 'delivered')
  while (waiting.length > 0) {
    await own.advance(1_000)
    const again = await own.solution.deliver(waiting)
    expect(again.some(({ status }) => status === 'delivered')).toBe(true)
    waiting = waiting.filter((_row, index) => again[index]?.status !== 'delivered')
  }
  expect(await members(own)).toEqual(rows.flatMap(({ identities }) => identities).toSorted())
})

/** Small, seeded, good enough for choosing rows. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('lines are read in any order and some twice, over faults and restarts: the newest state stands', async () => {
  const own = await ownTrial({
    sandbox: {
      preset: 'loose',
      seed: 7,
      advertisingCloud: { segmentLagMs: dayMs, duplicatePercent: 30 },
    },
  })
  const remoteId = await keyOf(own.solution)
  const below = random(20_261_123)
  const truth = new Map<number, Delivery>()
  const answers = ['records50InternalFailure', 'apply-500', 'apply-drop', 'ThrottlingException']
  let { solution } = own
  let atMs = own.nowMs() - 60_000
  for (let round = 0; round < 40; round += 1) {
    const rows: Delivery[] = []
    for (let changes = 0; changes < 5; changes += 1) {
      atMs += 1 + below(400)
      const one = row(remoteId, person(below(12)), below(2) === 0 ? 'realized' : 'exited', atMs)
      truth.set(Number(one.identities[1]?.slice(-4)), one)
      rows.push(one)
    }
    if (below(3) === 0) {
      const answer = answers[below(answers.length)] ?? '500'
      await own.sandbox.faults({ 'advertising-cloud': [{ operation: put, answer }] })
    }
    if (below(6) === 0) solution = own.another({})
    await untilDelivered(solution, rows)
    if (below(8) === 0) await own.settle()
  }
  const expected = [...truth.values()].flatMap(({ status, identities }) =>
    status === 'realized' ? identities : [],
  )
  expect(expected.length).toBeGreaterThan(0)
  expect(await members(own)).toEqual(expected.toSorted())
  const { applied = 0, repeated = 0, stale = 0, ...problems } = await own.lines()
  expect(problems).toEqual({})
  expect([applied, repeated, stale].every((count) => count > 0)).toBe(true)
})

test('a wrong setting is named, nothing is lost, and the same rows go when it is mended', async () => {
  const rows = [row(await keyOf(), person(1))]
  const { mapping } = trial.settings
  const wrongStream = [
    ['accessKeyId', { accessKeyId: 'AKIAWRONG' }],
    ['secretAccessKey', { secretAccessKey: 'wrong' }],
    ['deliveryStreamName', { deliveryStreamName: 'no-such-stream' }],
    ['region', { region: 'eu-west-1' }],
  ] as const
  for (const [setting, change] of wrongStream) {
    const expected = { status: 'misconfigured', setting }
    expect(await trial.another(change).deliver(rows)).toMatchObject([expected])
  }
  const wrongDrop = [
    ['mapping.accessKeyId', { accessKeyId: 'AKIAWRONG' }],
    ['mapping.secretAccessKey', { secretAccessKey: 'wrong' }],
    ['mapping.bucket', { bucket: 'no-such-bucket' }],
  ] as const
  for (const [setting, change] of wrongDrop) {
    const wrong = trial.another({ mapping: { ...mapping, ...change } })
    const expected = { status: 'misconfigured', setting }
    expect(await wrong.ensureSegment(segment, 'x')).toMatchObject(expected)
    expect(await wrong.deliver(rows)).toEqual([accepted])
  }
  expect(await trial.another({}).deliver(rows)).toEqual([accepted])
  expect(await members()).toEqual(person(1).toSorted())
})

test('nobody at the stream: nothing is in doubt, and the solution waits', async () => {
  const away = trial.another({ firehoseUrl: 'http://127.0.0.1:9' })
  expect(await away.deliver([row(await keyOf(), person(1))])).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
})

test('another process, or the same one after a restart, goes on with the same counterpart', async () => {
  const remoteId = await keyOf()
  await trial.solution.deliver([row(remoteId, person(1))])
  const next = trial.another({})
  expect(await next.ensureSegment(segment, 'Newer name')).toMatchObject({
    status: 'ready',
    remoteId,
  })
  await next.deliver([row(remoteId, person(2))])
  expect(await members()).toEqual([...person(1), ...person(2)].toSorted())
  expect(await trial.counterpartName(segment)).toBe('Newer name')
})

test('after a change of the Source Key, rows with the former one ask for their segment again', async () => {
  const remoteId = await keyOf()
  const moved = trial.another({ sourceKey: 'another' })
  expect(await moved.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
  expect(await moved.renameSegment(segment, remoteId, 'x')).toMatchObject({ code: 'SEGMENT_GONE' })
  expect(await moved.renameSegment(segment, 'x', 'x')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
})

test('the budget of calls is for the stream, not for the drop', async () => {
  const spent = trial.another({}, { take: () => Promise.resolve(1_234) })
  const remoteId = await keyOf(spent)
  const before = await puts(trial)
  expect(await spent.deliver([row(remoteId, person(1))])).toMatchObject([
    { code: 'CALL_BUDGET_SPENT', scope: 'solution', afterMs: 1_234, inDoubt: false },
  ])
  expect(await puts(trial)).toBe(before)
})

test('at real limits and lags, 4,000 lines are eight full calls, and apply when they are due', async () => {
  const own = await ownTrial({ sandbox: { preset: 'real' } })
  const remoteId = await keyOf(own.solution)
  const rows = Array.from({ length: 1_000 }, (_, n) => row(remoteId, person(n)))
  const receipts: Receipt[] = [...(await own.solution.deliver(rows))]
  expect(receipts.filter(({ status }) => status !== 'delivered')).toEqual([])
  expect(await puts(own)).toBe(8)
  expect(await own.members(segment)).toEqual([])
  await own.advance(dayMs)
  await expect.poll(async () => (await own.members(segment)).length).toBe(4_000)
})

test('members lapse at the end of the window unless they are sent again, which keeps them for as long as it goes on', async () => {
  const own = await ownTrial({})
  const remoteId = await keyOf(own.solution)
  const startMs = own.nowMs()
  const [kept, lapsed] = [row(remoteId, person(1)), row(remoteId, person(2))].map((one) => ({
    ...one,
    revisionMs: startMs,
  }))
  if (kept === undefined || lapsed === undefined) throw new Error('two rows')
  const { refreshAfterMs = 0 } = own.solution
  expect(refreshAfterMs).toBe(7 * dayMs)
  await own.solution.deliver([kept, lapsed])
  for (let refreshes = 0; refreshes < 9; refreshes += 1) {
    await own.advance(refreshAfterMs)
    expect(await own.solution.deliver([kept])).toEqual([accepted])
    const expected = refreshes < 4 ? [...person(1), ...person(2)] : person(1)
    expect(await members(own)).toEqual(expected.toSorted())
  }
  await own.solution.deliver([{ ...kept, status: 'exited', revisionMs: own.nowMs() - 1_000 }])
  expect(await members(own)).toEqual([])
})
