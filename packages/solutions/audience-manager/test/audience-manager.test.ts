import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { refusalOfDcsCode } from '../src/dcs-codes.ts'
import { audienceManagerTrial, person } from './audience-manager-trial.ts'
import type { AudienceManagerTrial } from './audience-manager-trial.ts'

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

async function traitOf(): Promise<string> {
  const receipt = await trial.solution.ensureSegment(segment, `Segment ${segments}`)
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

test.each(['500', 'SlowDown', 'drop', 'garbage'])(
  'a listing that meets %s once is asked for again',
  async (answer) => {
    const remoteId = await traitOf()
    // A new process has to look which files are open.
    const solution = trial.another({})
    await trial.sandbox.faults({ 'audience-manager': [{ operation: 's3.listObjects', answer }] })
    expect(await solution.deliver([row(remoteId, ecidOf(1))])).toMatchObject([
      { status: 'delivered' },
    ])
    await trial.settle()
    expect(await trial.members(segment)).toEqual(ecidOf(1))
  },
)

test.each([
  ['s3.listObjects', 9],
  ['s3.putObject', 1],
])('a page of a proxy is no answer of S3: %s', async (operation, times) => {
  const remoteId = await traitOf()
  // A new process has to look which files are open.
  const solution = trial.another({})
  await trial.sandbox.faults({
    'audience-manager': [{ operation, answer: 'garbage', times }],
  })
  const rows = [row(remoteId, ecidOf(1))]
  expect(await solution.deliver(rows)).toMatchObject([
    { status: 'retry', code: 'ANSWER_UNREADABLE' },
  ])
  await trial.sandbox.clearFaults()
  expect(await solution.deliver(rows)).toMatchObject([{ status: 'delivered' }])
  await trial.settle()
  expect(await trial.members(segment)).toEqual(ecidOf(1))
})

test('an upload that arrived though its answer was lost counts among the files that are there', async () => {
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

test('a rename takes the name that is free, for trait and segment, and keeps members', async () => {
  const remoteId = await traitOf()
  await trial.solution.deliver([row(remoteId, ecidOf(1))])
  const rename = (name: string) => trial.solution.renameSegment(segment, remoteId, name)
  expect((await trial.solution.ensureSegment('ups:holder', 'Held, name')).status).toBe('ready')
  for (let time = 0; time < 2; time += 1) {
    expect(await rename('Held, name')).toMatchObject({ status: 'ready', remoteId })
    const id = segment.slice(4).replaceAll('-', ' ')
    expect(await trial.counterpartName(segment)).toBe(`Held name ${id}`)
  }
  expect(await rename('Free name')).toMatchObject({ status: 'ready', remoteId })
  expect(await trial.counterpartName(segment)).toBe('Free name')
  expect(await trial.another({}).ensureSegment(segment, 'Free name')).toMatchObject({ remoteId })
  expect(await trial.members(segment)).toEqual(ecidOf(1))
})

test('a mapped segment is not removed, says what to do, and goes once it is unmapped', async () => {
  const remoteId = await traitOf()
  const mapping = { integrationCode: segment.slice(4) }
  await trial.sandbox.control('POST', '/control/segment-mappings', mapping)
  expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({
    status: 'rejected',
    kind: 'failed',
    code: 'SEGMENT_MAPPED',
    detail: expect.stringContaining('unmap'),
  })
  expect(await trial.counterpartName(segment)).toBe(`Segment ${segments}`)
  await trial.sandbox.control('DELETE', '/control/segment-mappings', mapping)
  expect(await trial.solution.removeSegment(segment, remoteId)).toEqual({ status: 'removed' })
  expect(await trial.counterpartName(segment)).toBeUndefined()
})

test('a removal that failed halfway is finished by its repeat; a rename of what is gone asks for the segment', async () => {
  const remoteId = await traitOf()
  await trial.sandbox.faults({
    'audience-manager': [{ operation: 'traits.delete', answer: '500' }],
  })
  expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({ status: 'retry' })
  expect(await trial.solution.renameSegment(segment, remoteId, 'x')).toMatchObject({
    status: 'retry',
    code: 'SEGMENT_GONE',
  })
  expect(await trial.solution.removeSegment(segment, remoteId)).toEqual({ status: 'removed' })
  expect(await trial.counterpartName(segment)).toBeUndefined()
})

test('a trait that is somebody else’s is neither removed nor renamed away', async () => {
  const remoteId = await traitOf()
  expect(await trial.solution.removeSegment('ups:stranger', remoteId)).toMatchObject({
    status: 'rejected',
    code: 'TRAIT_NOT_OURS',
  })
  expect(await trial.counterpartName(segment)).toBe(`Segment ${segments}`)
})
