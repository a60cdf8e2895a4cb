import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { refusalOfDcsCode } from '../src/dcs-codes.ts'
import { audienceManagerTrial, person } from './audience-manager-trial.ts'
import type { AudienceManagerTrial } from './audience-manager-trial.ts'

const hourMs = 3_600_000

/** One server for all tests that need no settings of its own; each test has its own segment and so its own trait. */
let trial: AudienceManagerTrial
let segments = 0
let segment: string

beforeAll(async () => {
  trial = await audienceManagerTrial()
})
afterAll(() => trial.close())
beforeEach(async () => {
  segments += 1
  segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
  await trial.sandbox.clearFaults()
})

/** A server of the test's own, closed with the test. */
async function ownTrial(
  options: Parameters<typeof audienceManagerTrial>[0],
): Promise<AudienceManagerTrial> {
  const own = await audienceManagerTrial(options)
  onTestFinished(() => own.close())
  return own
}

async function traitOf(of: AudienceManagerTrial = trial): Promise<string> {
  const receipt = await of.solution.ensureSegment(segment, `Segment ${segments}`)
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

function row(
  remoteId: string,
  identities: readonly string[],
  status: Delivery['status'] = 'realized',
  revisionMs = 1,
): Delivery {
  return { identities, segment, remoteId, status, revisionMs }
}

async function express(rows: readonly Delivery[]): Promise<readonly Receipt[]> {
  return (await trial.solution.express?.(rows)) ?? []
}

const ecidOf = (n: number) => person(n).slice(0, 1)
const applied = { status: 'delivered', applied: true }
const accepted = { status: 'delivered', applied: false }
const fileOpen = { status: 'retry', code: 'FILE_OPEN', scope: 'solution', inDoubt: false }

/** Every code that a call with one id may meet; the people are different, as deny-listed ids are left alone. */
const codes = [
  '0 1 2 10 100 101 102 104 109 111 171 172 173 198 199 200 201 202 203 204 205',
  '300 301 302 303 304 306 307 309 310 311 312 313 314 315',
]
  .join(' ')
  .split(' ')

test.each(codes)('DCS %s over the wire comes out as its class', async (code) => {
  const remoteId = await traitOf()
  await trial.sandbox.faults({ 'audience-manager': [{ operation: 'dcs.event', answer: code }] })
  const [receipt] = await express([row(remoteId, ecidOf(1_000 + Number(code)))])
  expect(receipt).toMatchObject(refusalOfDcsCode(Number(code), true) ?? accepted)
})

test.each([
  ['429', { status: 'retry', scope: 'solution', inDoubt: false }],
  ['500', { status: 'retry', scope: 'row', inDoubt: true }],
  ['503', { status: 'retry', scope: 'solution', inDoubt: true }],
  ['drop', { status: 'retry', code: 'CONNECTION_DROPPED', inDoubt: true }],
  ['hang', { status: 'retry', code: 'TIMED_OUT', inDoubt: true }],
  ['garbage', { status: 'retry', code: 'ANSWER_UNREADABLE', inDoubt: true }],
])('a real-time call that meets %s', async (answer, expected) => {
  const remoteId = await traitOf()
  await trial.sandbox.faults({ 'audience-manager': [{ operation: 'dcs.event', answer }] })
  expect(await express([row(remoteId, ecidOf(1))])).toMatchObject([expected])
})

test('a real-time add is there at once, for every id of the person', async () => {
  const remoteId = await traitOf()
  const other = { ...row(remoteId, person(2)) }
  expect(await express([row(remoteId, person(1)), other])).toMatchObject([accepted, accepted])
  const expected = [...person(1), ...person(2)].toSorted()
  expect((await trial.members(segment)).toSorted()).toEqual(expected)
})

test('a person with more ids than a call takes is added with all of them', async () => {
  const remoteId = await traitOf()
  const identities = Array.from({ length: 7 }, (_, n) => person(50 + n)).flat()
  const before = await trial.calls()
  expect(await express([row(remoteId, identities)])).toMatchObject([accepted])
  const requests = await trial.sandbox.requests('audience-manager', before.all)
  expect(requests.filter(({ operation }) => operation === 'dcs.event')).toHaveLength(10)
  expect((await trial.members(segment)).toSorted()).toEqual(identities.toSorted())
})

test('an opt-out is told by the server, and the row is excluded', async () => {
  const remoteId = await traitOf()
  const [ecid = ''] = person(77)
  const { ecid: dataSourceId } = trial.sandbox.ready.audienceManager.dataSources
  const id = ecid.split(':')[1]
  await trial.sandbox.control('POST', '/control/opt-outs', { dataSourceId, id })
  expect(await express([row(remoteId, [ecid])])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'OPTED_OUT' },
  ])
})

test.each([
  ['SlowDown', { status: 'retry', scope: 'solution' }],
  ['InternalError', { status: 'retry', scope: 'row', inDoubt: true }],
  ['drop', { status: 'retry', code: 'CONNECTION_DROPPED', scope: 'row', inDoubt: true }],
  ['hang', { status: 'retry', code: 'TIMED_OUT', scope: 'row', inDoubt: true }],
  ['AccessDenied', { status: 'misconfigured', setting: 's3.secretAccessKey' }],
  ['NoSuchBucket', { status: 'misconfigured', setting: 's3.bucket' }],
  ['InvalidAccessKeyId', { status: 'misconfigured', setting: 's3.accessKeyId' }],
])('an upload that meets %s, and the same rows after it', async (answer, expected) => {
  const remoteId = await traitOf()
  await trial.sandbox.faults({ 'audience-manager': [{ operation: 's3.putObject', answer }] })
  const rows = [row(remoteId, ecidOf(1))]
  expect(await trial.solution.deliver(rows)).toMatchObject([expected])
  expect(await trial.solution.deliver(rows)).toMatchObject([applied])
  expect(await trial.members(segment)).toEqual(ecidOf(1))
})

test('an upload that arrived though its answer was lost is waited for, not doubled', async () => {
  const remoteId = await traitOf()
  await trial.sandbox.faults({
    'audience-manager': [{ operation: 's3.putObject', answer: 'apply-500' }],
  })
  const before = await trial.calls()
  const add = [row(remoteId, ecidOf(1))]
  expect(await trial.solution.deliver(add)).toMatchObject([{ status: 'retry', inDoubt: true }])
  const removal = [row(remoteId, ecidOf(1), 'exited', 2)]
  expect(await trial.solution.deliver(removal)).toMatchObject([applied])
  expect(await trial.members(segment)).toEqual([])
  const requests = await trial.sandbox.requests('audience-manager', before.all)
  expect(requests.filter(({ operation }) => operation === 's3.putObject')).toHaveLength(2)
})

test('a processed file’s counters are logged, as a warning where lines had no effect', async () => {
  await trial.solution.deliver([row('999999999', ecidOf(1))])
  const receipt = trial.events.findLast(({ event }) => event === 'onboarding_receipt')
  expect(receipt).toMatchObject({ level: 'warn', fields: { recordsReceived: 1 } })
})

test('a wrong secret is a setting to mend: of IMS, of the bucket, of the host', async () => {
  const { s3 } = trial.settings
  const ims = trial.another({ clientSecret: 'wrong' })
  expect(await ims.ensureSegment(segment, 'x')).toMatchObject({
    status: 'misconfigured',
    setting: 'clientSecret',
  })
  const rows = [row('289983', ecidOf(1))]
  const bucket = trial.another({ s3: { ...s3, secretAccessKey: 'wrong' } })
  expect(await bucket.deliver(rows)).toMatchObject([
    { status: 'misconfigured', setting: 's3.secretAccessKey' },
  ])
  const host = trial.another({ dcsHost: 'other.demdex.net' })
  expect(await host.express?.(rows)).toMatchObject([
    { status: 'misconfigured', setting: 'dcsHost' },
  ])
})

test('a trait that was deleted asks for its segment again', async () => {
  const solution = trial.another({ traitReadyAfterMins: 240 })
  expect(await solution.deliver([row('999999998', ecidOf(1))])).toMatchObject([
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
})

/** Small, seeded, good enough for choosing rows. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('whatever order files are applied in, the end state is the newest one, over crashes and faults', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'loose', seed: 7, audienceManager: { fileLagMs: 2 * hourMs } },
    settings: { processedWaitMs: 0 },
  })
  const remoteId = await traitOf(own)
  const below = random(20261123)
  const truth = new Map<number, Delivery>()
  let waiting = new Map<number, Delivery>()
  let { solution } = own
  for (let round = 1; round <= 40 || waiting.size > 0; round += 1) {
    if (round <= 40) {
      for (let changes = 0; changes < 5; changes += 1) {
        const n = below(12)
        const status = below(2) === 0 ? 'realized' : 'exited'
        const one = row(remoteId, n % 2 === 0 ? person(n) : ecidOf(n), status, round * 10 + changes)
        truth.set(n, one)
        waiting.set(n, one)
      }
    }
    if (below(4) === 0) {
      const answer = ['apply-500', '500', 'drop'][below(3)] ?? '500'
      await own.sandbox.faults({ 'audience-manager': [{ operation: 's3.putObject', answer }] })
    }
    const entries = [...waiting]
    const receipts = await solution.deliver(entries.map(([, one]) => one))
    waiting = new Map(entries.filter((_entry, index) => receipts[index]?.status !== 'delivered'))
    await own.advance(below(3) * hourMs)
    if (below(6) === 0) solution = own.another({})
    expect(round).toBeLessThan(200)
  }
  await own.settle()
  const expected = [...truth.values()].flatMap((one) =>
    one.status === 'realized' ? one.identities : [],
  )
  expect((await own.members(segment)).toSorted()).toEqual(expected.toSorted())
})

test('at real lags: a young trait waits, a file stays open over a restart, and adds are held while a removal is open', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'real' },
    settings: { processedWaitMs: 0, traitReadyAfterMins: 240 },
  })
  const remoteId = await traitOf(own)
  const [add, removal] = [row(remoteId, ecidOf(1)), row(remoteId, ecidOf(1), 'exited', 2)]
  expect(await own.solution.deliver([add])).toMatchObject([
    { status: 'retry', code: 'TRAIT_NOT_READY', scope: 'row', inDoubt: false },
  ])
  await own.advance(4 * hourMs)
  expect(await own.solution.deliver([add])).toEqual([accepted])
  expect(await own.another({}).deliver([removal])).toMatchObject([fileOpen])
  await own.advance(25 * hourMs)
  await expect.poll(() => own.members(segment)).toEqual(ecidOf(1))
  expect(await own.another({}).deliver([removal])).toEqual([accepted])

  const held = { status: 'retry', code: 'REMOVAL_OPEN', scope: 'row', inDoubt: false }
  expect(await own.solution.express?.([add])).toMatchObject([held])
  expect(await own.another({}).express?.([add])).toMatchObject([held])
  await own.advance(25 * hourMs)
  await expect.poll(() => own.members(segment)).toEqual([])
  expect(await own.another({}).express?.([add])).toMatchObject([accepted])
  expect(await own.members(segment)).toEqual(ecidOf(1))
  const warnings = own.events.filter(
    ({ level, event }) => level === 'warn' && event === 'onboarding_receipt',
  )
  expect(warnings).toEqual([])
})

test('without receipts the next file goes after 48 hours', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'real' },
    settings: { receipts: 'none', processedWaitMs: 0 },
  })
  const remoteId = await traitOf(own)
  expect(await own.solution.deliver([row(remoteId, ecidOf(1))])).toEqual([accepted])
  await own.advance(47 * hourMs)
  const again = [row(remoteId, ecidOf(2))]
  expect(await own.another({}).deliver(again)).toMatchObject([fileOpen])
  await own.advance(hourMs)
  expect(await own.another({}).deliver(again)).toEqual([accepted])
  await own.sandbox.close()
  expect(await own.solution.deliver(again)).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
})
