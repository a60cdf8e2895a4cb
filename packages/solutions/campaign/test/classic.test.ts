import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { remoteSegmentId } from '@segue/solution-kit'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import { campaignTrial, operations, person } from './campaign-trial.ts'
import type { CampaignTrial } from './campaign-trial.ts'
import { classicClient } from './other-clients.ts'

/** One server for all tests that need no settings of its own; each test has its own segment and so its own group. */
let trial: CampaignTrial
let taken = 0
let segments = 0
let segment: string
const { add, lookUp } = operations.classic

beforeAll(async () => {
  trial = await campaignTrial('classic', { rateLimiter: { take: countCall } })
})
afterAll(() => trial.close())
beforeEach(() => {
  segments += 1
  segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
})

function countCall(): Promise<number> {
  taken += 1
  return Promise.resolve(0)
}

async function ready(solution: Solution = trial.solution): Promise<string> {
  const receipt = await solution.ensureSegment(segment, `Segment ${segments}`)
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

function row(
  remoteId: string,
  identities: readonly string[],
  status: Delivery['status'] = 'realized',
): Delivery {
  return { identities, segment, remoteId, status, revisionMs: 1 }
}

function exit(one: Delivery): Delivery {
  return { ...one, status: 'exited' }
}

const hashOf = (n: number) => person(n).slice(0, 1)

/** What a delivery asked of Campaign. */
async function asked(rows: readonly Delivery[], solution: Solution): Promise<readonly string[]> {
  const before = (await trial.requestsAfter(0)).at(-1)?.seq ?? 0
  const receipts = await solution.deliver(rows)
  expect(receipts.filter(({ status }) => status !== 'delivered')).toEqual([])
  return (await trial.requestsAfter(before)).map(({ operation }) => operation)
}

test('calls of a thousand rows: four for an addition, six for a removal', async () => {
  const remoteId = await ready()
  const rows = Array.from({ length: 1_000 }, (_, n) => row(remoteId, hashOf(n)))
  expect(await asked(rows, trial.solution)).toEqual([lookUp, lookUp, lookUp, add])
  expect(await trial.members(segment)).toHaveLength(2_000)
  const removal = await asked(rows.map(exit), trial.solution)
  expect(removal).toEqual([lookUp, lookUp, lookUp, lookUp, lookUp, add])
  expect(await trial.members(segment)).toEqual([])
  // Nobody is in it any more: nothing to write.
  expect(await asked(rows.map(exit), trial.solution)).not.toContain(add)
})

test('collections are cut as set', async () => {
  const solution = trial.another({ recipientsPerWrite: 300 })
  const remoteId = await ready(solution)
  const rows = Array.from({ length: 1_000 }, (_, n) => row(remoteId, hashOf(n)))
  const calls = await asked(rows, solution)
  expect(calls.filter((operation) => operation === add)).toHaveLength(4)
  expect(await trial.members(segment)).toHaveLength(2_000)
})

test('the rate limiter is asked for every call but those for a session', async () => {
  const remoteId = await ready()
  const before = { ...(await trial.calls()), taken }
  await trial.expireToken()
  await trial.solution.deliver([row(remoteId, person(1)), row(remoteId, person(2))])
  const { all, token } = await trial.calls()
  expect(token).toBeGreaterThan(before.token)
  expect(taken - before.taken).toBe(all - before.all - (token - before.token))
})

test('deliveries at once that meet an expired session: one logon', async () => {
  const remoteId = await ready()
  // The server's clock goes, the adapter's does not: it learns of the end by being refused.
  await trial.expireToken()
  const before = await trial.calls()
  const receipts = await Promise.all(
    Array.from({ length: 6 }, (_, n) => trial.solution.deliver([row(remoteId, person(n))])),
  )
  expect(receipts.flat().filter(({ status }) => status !== 'delivered')).toEqual([])
  expect((await trial.calls()).token - before.token).toBe(1)
})

test('a group that was deleted: a removal is done, an addition asks for the segment again', async () => {
  const client = classicClient(trial.sandbox)
  const remoteId = await ready()
  const one = row(remoteId, person(1))
  expect(await trial.solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  const group = `<group xtkschema="nms:group" _operation="delete" _key="@name" name="${remoteId}"/>`
  await client.call('xtk:persist', 'Write', `<urn:sessiontoken/><urn:domDoc>${group}</urn:domDoc>`)
  expect(await trial.solution.deliver([exit(one), row(remoteId, person(2))])).toMatchObject([
    { status: 'delivered' },
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
  expect(await trial.counterpartName(segment)).toBeUndefined()
  expect(await trial.solution.renameSegment(segment, remoteId, 'x')).toMatchObject({
    code: 'SEGMENT_GONE',
  })
  expect(await ready()).toBe(remoteId)
  expect(await trial.solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
})

test('a group of that name that is somebody else’s is left alone', async () => {
  const client = classicClient(trial.sandbox)
  const name = `aep_${remoteSegmentId(segment).replaceAll('-', '_')}`
  const { groupFolder } = trial.sandbox.ready.campaign.classic
  const group = `<group xtkschema="nms:group" _key="@name" name="${name}" label="A list" desc="ours"><folder name="${groupFolder}" _operation="none"/></group>`
  await client.call('xtk:persist', 'Write', `<urn:sessiontoken/><urn:domDoc>${group}</urn:domDoc>`)
  const nameTaken = { status: 'misconfigured', code: 'NAME_TAKEN', setting: 'namePrefix' }
  expect(await trial.solution.ensureSegment(segment, 'x')).toMatchObject(nameTaken)
  expect(await trial.solution.renameSegment(segment, name, 'x')).toMatchObject(nameTaken)
  expect(await trial.solution.removeSegment(segment, name)).toMatchObject(nameTaken)
  expect(await client.groupLabel('ours')).toBe('A list')
})

test('two adapters that make a segment’s group at once end with one', async () => {
  const other = trial.another({})
  // Both have just read what there is.
  await other.ensureSegment('ups:before', 'before')
  const made = await Promise.all([ready(), ready(other), ready(), ready(other)])
  expect(new Set(made).size).toBe(1)
  const counterparts = await trial.sandbox.counterparts('campaign')
  expect(counterparts.filter((one) => one.segment === remoteSegmentId(segment))).toHaveLength(1)
})

test('createMissing writes people by key, whatever their ids hold, for additions only', async () => {
  const keys = { email_lc_sha256: 'emailLcSha256', crm: 'gaid' }
  const solution = trial.another({ createPolicy: 'createMissing', keys })
  const remoteId = await ready(solution)
  const members = async () =>
    (await trial.members(segment)).map((one) => one.replace('GAID:', 'crm:')).toSorted()
  const strange = [String.raw`crm:o'neil \' or 1=1 <&> "é"`, String.raw`crm:\\'`, 'crm:忠実な']
  const rows = strange.map((identity) => row(remoteId, [identity]))
  for (const receipt of await solution.deliver(rows.map(exit))) {
    expect(receipt).toMatchObject({ kind: 'excluded', code: 'PERSON_UNKNOWN' })
  }
  for (let round = 0; round < 2; round += 1) {
    const receipts = await solution.deliver([...rows, row(remoteId, hashOf(3))])
    expect(receipts.map(({ status }) => status)).toEqual(Array(4).fill('delivered'))
  }
  expect(await members()).toEqual([...strange, ...person(3)].toSorted())
  const [first, ...others] = rows.map(exit)
  if (first !== undefined) await solution.deliver([first])
  expect(await members()).toEqual([...strange.slice(1), ...person(3)].toSorted())
  await solution.deliver(others)
  expect(await members()).toEqual(person(3).toSorted())
})

test('a wrong password is a setting to mend, and is not tried again and again', async () => {
  const solution = trial.another({ password: 'wrong' })
  const remoteId = await ready()
  const before = await trial.calls()
  for (let round = 0; round < 10; round += 1) {
    expect(await solution.deliver([row(remoteId, person(1))])).toMatchObject([
      { status: 'misconfigured', code: 'CREDENTIALS_REFUSED', setting: 'password' },
    ])
  }
  expect((await trial.calls()).token - before.token).toBe(1)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'delivered' },
  ])
})

test('an attribute that recipients do not have is a setting to mend', async () => {
  const solution = trial.another({ keys: { email_lc_sha256: 'noSuchAttribute' } })
  expect(await solution.deliver([row(await ready(), hashOf(1))])).toMatchObject([
    { status: 'misconfigured', code: 'ATTRIBUTE_UNUSABLE', setting: 'keys' },
  ])
})

test('a folder that is not there is told by its name', async () => {
  const solution = trial.another({ groupFolder: 'noSuchFolder' })
  expect(await solution.ensureSegment(segment, 'x')).toMatchObject({
    status: 'misconfigured',
    code: 'FOLDER_UNKNOWN',
    setting: 'groupFolder',
  })
})

test('trouble of all kinds on the way: all arrive and all leave', async () => {
  const solution = trial.another({ recipientsPerWrite: 50 })
  const remoteId = await ready(solution)
  const rows = Array.from({ length: 200 }, (_, n) => row(remoteId, hashOf(n)))
  await trial.sandbox.faults({
    campaign: [
      { operation: add, answer: 'apply-500' },
      { operation: add, answer: 'Client' },
      { operation: add, answer: 'Server' },
      { operation: lookUp, answer: '502' },
      { operation: add, answer: 'ok' },
      { operation: add, answer: 'apply-drop' },
      { operation: add, answer: 'hang' },
      { operation: add, answer: '401' },
      { operation: add, answer: 'garbage' },
    ],
  })
  onTestFinished(() => trial.sandbox.clearFaults())
  const settle = async (all: readonly Delivery[]) => {
    let open = all
    for (let round = 0; open.length > 0 && round < 20; round += 1) {
      const receipts: readonly Receipt[] = await solution.deliver(open)
      expect(receipts.filter(({ status }) => status === 'rejected')).toEqual([])
      open = open.filter((_row, index) => receipts[index]?.status !== 'delivered')
    }
    expect(open).toEqual([])
  }
  await settle(rows)
  const people = Array.from({ length: 200 }, (_, n) => person(n)).flat()
  expect((await trial.members(segment)).toSorted()).toEqual(people.toSorted())
  await settle(rows.map(exit))
  expect(await trial.members(segment)).toEqual([])
})

test('a server that is gone pauses the solution', async () => {
  const own = await campaignTrial('classic')
  onTestFinished(() => own.close())
  const remoteId = await ready(own.solution)
  await own.sandbox.close()
  expect(await own.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
})
