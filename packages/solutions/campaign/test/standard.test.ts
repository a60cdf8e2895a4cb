import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { remoteSegmentId } from '@segue/solution-kit'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import { campaignTrial, operations, person } from './campaign-trial.ts'
import type { CampaignTrial } from './campaign-trial.ts'
import { standardClient } from './other-clients.ts'

/** One server for all tests that need no settings of its own; each test has its own segment and so its own service. */
let trial: CampaignTrial
let taken = 0
let segments = 0
let segment: string
const { lookUp, add, list, remove } = operations.standard

beforeAll(async () => {
  trial = await campaignTrial('standard', { rateLimiter: { take: countCall } })
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

/** An adapter that finds people by one key, as by default. */
function byHash(settings: object = {}): Solution {
  const { email_lc_sha256: key } = trial.sandbox.ready.campaign.standard.keys
  return trial.another({ keys: { email_lc_sha256: key }, ...settings })
}

const hashOf = (n: number) => person(n).slice(0, 1)

function count(all: readonly string[], operation: string): number {
  return all.filter((one) => one === operation).length
}

/** What a delivery asked of Campaign. */
async function asked(rows: readonly Delivery[], solution: Solution): Promise<readonly string[]> {
  const before = (await trial.requestsAfter(0)).at(-1)?.seq ?? 0
  const receipts = await solution.deliver(rows)
  expect(receipts.filter(({ status }) => status !== 'delivered')).toEqual([])
  return (await trial.requestsAfter(before)).map(({ operation }) => operation)
}

test('calls a row: two for the first addition, then one; two for a removal', async () => {
  const solution = byHash()
  const remoteId = await ready(solution)
  const rows = Array.from({ length: 20 }, (_, n) => row(remoteId, hashOf(n)))
  const first = await asked(rows, solution)
  expect([first.length, count(first, lookUp), count(first, add)]).toEqual([40, 20, 20])
  segments += 1
  segment = `${segment.slice(0, -1)}4`
  const other = await ready(solution)
  const later = await asked(
    rows.map((one) => ({ ...one, remoteId: other, segment })),
    solution,
  )
  expect([later.length, count(later, add)]).toEqual([20, 20])
  const removal = await asked(rows.map(exit), solution)
  expect([removal.length, count(removal, list), count(removal, remove)]).toEqual([40, 20, 20])
  // Nobody is in it any more: nothing to delete.
  const again = await asked(rows.map(exit), solution)
  expect([again.length, count(again, list)]).toEqual([20, 20])
})

test('the rate limiter is asked for every call but those for a token', async () => {
  const remoteId = await ready()
  const before = { ...(await trial.calls()), taken }
  await trial.expireToken()
  await trial.solution.deliver([row(remoteId, person(1)), row(remoteId, person(2))])
  const { all, token } = await trial.calls()
  expect(token).toBeGreaterThan(before.token)
  expect(taken - before.taken).toBe(all - before.all - (token - before.token))
})

test('a subscription is found among more than a page of them, in a table that counts as large', async () => {
  const own = await campaignTrial('standard', { sandbox: { campaign: { bigTableRows: 10 } } })
  onTestFinished(() => own.close())
  const client = standardClient(own.sandbox)
  const made = Array.from({ length: 230 }, (_, n): Delivery => {
    const id = `${`${n}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
    return { ...row(`aep_${id.replaceAll('-', '_')}`, hashOf(1)), segment: `ups:${id}` }
  })
  for (const { remoteId: name, segment: of } of made) {
    const body = { name, label: name, messageType: 'email', description: remoteSegmentId(of) }
    await client.request('POST', 'profileAndServices/service', body)
  }
  const receipts = await own.solution.deliver(made)
  expect(receipts.filter(({ status }) => status !== 'delivered')).toEqual([])
  for (const one of [...made.slice(0, 1), ...made.slice(-1)]) {
    expect(await own.solution.deliver([exit(one)])).toMatchObject([{ status: 'delivered' }])
    expect(await own.members(one.segment)).toEqual([])
  }
  expect(await own.members(made[1]?.segment ?? '')).toHaveLength(2)
})

test('a profile that was made anew is found again, for additions and for removals', async () => {
  const client = standardClient(trial.sandbox)
  const solution = byHash()
  const remoteId = await ready(solution)
  const hash = 'c'.repeat(64)
  const one = row(remoteId, [`email_lc_sha256:${hash}`])
  const anew = async () => {
    const found = (await client.request(
      'GET',
      `profileAndServicesExt/profile/byEmailLcSha256?emailLcSha256_parameter=${hash}`,
    )) as { content: { href: string }[] }
    for (const { href } of found.content) await client.request('DELETE', href)
    await trial.sandbox.seed('campaign', [{ emailSHA256: hash }])
  }
  await anew()
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  await anew()
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  expect(await trial.members(segment)).toEqual([`email_lc_sha256:${hash}`])
  await anew()
  expect(await solution.deliver([exit(one)])).toMatchObject([{ status: 'delivered' }])
  expect(await trial.members(segment)).toEqual([])
})

test('a profile that was deleted: its removal is done, an addition is excluded', async () => {
  const client = standardClient(trial.sandbox)
  const solution = byHash({ unknownProfileCacheSecs: 0 })
  const remoteId = await ready(solution)
  const hash = 'd'.repeat(64)
  const one = row(remoteId, [`email_lc_sha256:${hash}`])
  await trial.sandbox.seed('campaign', [{ emailSHA256: hash }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  const found = (await client.request(
    'GET',
    `profileAndServicesExt/profile/byEmailLcSha256?emailLcSha256_parameter=${hash}`,
  )) as { content: { href: string }[] }
  await client.request('DELETE', found.content[0]?.href ?? '')
  expect(await solution.deliver([exit(one)])).toMatchObject([{ status: 'delivered' }])
  expect(await solution.deliver([one])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'PERSON_UNKNOWN' },
  ])
  await trial.sandbox.seed('campaign', [{ emailSHA256: hash }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
})

test('a service that was deleted: a removal is done, an addition asks for the segment again', async () => {
  const client = standardClient(trial.sandbox)
  const remoteId = await ready()
  const one = row(remoteId, person(1))
  expect(await trial.solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  const service = (await client.services()).find(({ name }) => name === remoteId)
  await client.request('DELETE', service?.href ?? '')
  expect(await trial.solution.deliver([exit(one), row(remoteId, person(2))])).toMatchObject([
    { status: 'delivered' },
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
  expect(await trial.solution.renameSegment(segment, remoteId, 'x')).toMatchObject({
    code: 'SEGMENT_GONE',
  })
  expect(await ready()).toBe(remoteId)
  expect(await trial.solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  expect(await trial.members(segment)).toHaveLength(2)
})

test('a service of that name that is somebody else’s is left alone', async () => {
  const client = standardClient(trial.sandbox)
  const name = `aep_${remoteSegmentId(segment).replaceAll('-', '_')}`
  await client.request('POST', 'profileAndServices/service', {
    name,
    label: 'A newsletter',
    messageType: 'email',
    description: 'ours',
  })
  const nameTaken = { status: 'misconfigured', code: 'NAME_TAKEN', setting: 'namePrefix' }
  expect(await trial.solution.ensureSegment(segment, 'x')).toMatchObject(nameTaken)
  expect(await trial.solution.renameSegment(segment, name, 'x')).toMatchObject(nameTaken)
  expect(await trial.solution.removeSegment(segment, name)).toMatchObject(nameTaken)
  expect(await client.serviceLabel('ours')).toBe('A newsletter')
  const other = trial.another({ namePrefix: 'segue_' })
  expect(await other.ensureSegment(segment, 'x')).toMatchObject({ status: 'ready' })
})

test('two adapters that make a segment’s service at once end with one', async () => {
  const other = trial.another({})
  // Both have just read what there is.
  await other.ensureSegment('ups:before', 'before')
  const made = await Promise.all([ready(), ready(other), ready(), ready(other)])
  expect(new Set(made).size).toBe(1)
  const counterparts = await trial.sandbox.counterparts('campaign')
  expect(counterparts.filter((one) => one.segment === remoteSegmentId(segment))).toHaveLength(1)
})

test('createMissing makes a profile with its keys, for additions only, and once', async () => {
  const solution = trial.another({ createPolicy: 'createMissing' })
  const remoteId = await ready(solution)
  const stranger = [`email_lc_sha256:${'f'.repeat(64)}`, `ECID:${'7'.repeat(38)}`]
  const one = row(remoteId, stranger)
  expect(await solution.deliver([exit(one)])).toMatchObject([{ code: 'PERSON_UNKNOWN' }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  expect((await trial.members(segment)).toSorted()).toEqual(stranger.toSorted())
  // Another adapter remembers nothing, and finds the one that is there.
  const other = trial.another({ createPolicy: 'createMissing' })
  expect(await other.deliver([exit(one)])).toMatchObject([{ status: 'delivered' }])
  expect(await trial.members(segment)).toEqual([])
})

test('a wrong secret is a setting to mend, and is not asked about again and again', async () => {
  const solution = trial.another({ clientSecret: 'wrong' })
  const remoteId = await ready()
  const before = await trial.calls()
  for (let round = 0; round < 10; round += 1) {
    expect(await solution.deliver([row(remoteId, person(1))])).toMatchObject([
      { status: 'misconfigured', setting: 'clientSecret' },
    ])
  }
  const after = await trial.calls()
  expect(after.token - before.token).toBe(1)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'delivered' },
  ])
})

test.each([
  ['a filter that is not there', { filter: 'byNothing' }, 'FILTER_UNUSABLE'],
  ['a field that is not there', { field: 'cusNothing' }, 'FIELD_MISSING'],
])('%s is a setting to mend', async (_what, wrong, code) => {
  const { email_lc_sha256: key } = trial.sandbox.ready.campaign.standard.keys
  const solution = trial.another({ keys: { email_lc_sha256: { ...key, ...wrong } } })
  expect(await solution.deliver([row(await ready(), hashOf(1))])).toMatchObject([
    { status: 'misconfigured', code, setting: 'keys' },
  ])
})

test('a filter that finds more people than were asked for adds none of them', async () => {
  const { email_lc_sha256: key } = trial.sandbox.ready.campaign.standard.keys
  // Everybody's ECID is looked up in the field of hashes: whoever is found is not who was meant.
  const solution = trial.another({ keys: { ECID: { ...key, field: 'cusEcid' } } })
  const remoteId = await ready()
  const value = person(1)[0]?.split(':')[1] ?? ''
  expect(await solution.deliver([row(remoteId, [`ECID:${value}`])])).toMatchObject([
    { code: 'PERSON_UNKNOWN' },
  ])
})

test('a repeated subscription whose state cannot be asked is asked about later, not given up', async () => {
  const remoteId = await ready()
  await trial.sandbox.faults({
    campaign: [
      { operation: add, answer: 'RST360011' },
      { operation: list, answer: '502' },
    ],
  })
  onTestFinished(() => trial.sandbox.clearFaults())
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'retry', code: 'GATEWAY_TROUBLE' },
  ])
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'delivered' },
  ])
})

test('without any memory a delivery still reads the list of services once', async () => {
  const solution = byHash({ serviceCacheSecs: 0, profileCacheSecs: 0, unknownProfileCacheSecs: 0 })
  const remoteId = await ready(solution)
  const calls = await asked(
    Array.from({ length: 10 }, (_, n) => row(remoteId, hashOf(n))),
    solution,
  )
  expect([count(calls, 'services.list'), calls.length]).toEqual([1, 21])
})

test('trouble of all kinds on the way: all arrive, all leave, and only failed rows go again', async () => {
  const solution = byHash()
  const remoteId = await ready(solution)
  const rows = Array.from({ length: 60 }, (_, n) => row(remoteId, hashOf(n)))
  await trial.sandbox.faults({
    campaign: [
      { operation: add, answer: 'apply-500' },
      { operation: add, answer: '401013' },
      { operation: lookUp, answer: '502' },
      { operation: add, answer: 'apply-drop' },
      { operation: add, answer: 'hang' },
      { operation: add, answer: '404' },
      { operation: lookUp, answer: 'garbage' },
      { operation: lookUp, answer: '404' },
      { operation: remove, answer: 'apply-500' },
      { operation: remove, answer: '404' },
      { operation: list, answer: '503' },
      { operation: remove, answer: 'apply-drop' },
    ],
  })
  onTestFinished(() => trial.sandbox.clearFaults())
  const settle = async (all: readonly Delivery[]) => {
    const sent: number[] = []
    let open = all
    for (let round = 0; open.length > 0 && round < 20; round += 1) {
      sent.push(open.length)
      const receipts: readonly Receipt[] = await solution.deliver(open)
      open = open.filter((_row, index) => receipts[index]?.status !== 'delivered')
    }
    expect(open).toEqual([])
    return sent
  }
  const sent = await settle(rows)
  expect(sent[1]).toBeLessThan(10)
  const people = Array.from({ length: 60 }, (_, n) => person(n)).flat()
  expect((await trial.members(segment)).toSorted()).toEqual(people.toSorted())
  await settle(rows.map(exit))
  expect(await trial.members(segment)).toEqual([])
})

test('the contract’s calls of a day are spent: the solution waits, and nothing fails', async () => {
  const own = await campaignTrial('standard', { sandbox: { campaign: { engineCallsPerDay: 8 } } })
  onTestFinished(() => own.close())
  const remoteId = await ready(own.solution)
  const rows = Array.from({ length: 20 }, (_, n) => row(remoteId, person(n)))
  const receipts = await own.solution.deliver(rows)
  const waiting = receipts.filter(({ status }) => status !== 'delivered')
  expect(waiting.length).toBeGreaterThan(10)
  for (const receipt of waiting) {
    expect(receipt).toMatchObject({ status: 'retry', scope: 'solution', inDoubt: false })
  }
  await own.sandbox.close()
  expect(await own.solution.deliver([row(remoteId, person(900))])).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
})
