import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Delivery, Solution } from '@segue/solution-kit'
import { marketoTrial, person } from './marketo-trial.ts'
import type { MarketoTrial } from './marketo-trial.ts'

/** One server for all tests that need no settings of its own; each test has its own segment and so its own list. */
let trial: MarketoTrial
let taken = 0
let segments = 0
let segment: string

beforeAll(async () => {
  trial = await marketoTrial({ rateLimiter: { take: countCall } })
})
afterAll(() => trial.close())
beforeEach(() => {
  segments += 1
  segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
})

/** A server of the test's own, closed with the test. */
async function ownTrial(options: Parameters<typeof marketoTrial>[0]): Promise<MarketoTrial> {
  const own = await marketoTrial(options)
  onTestFinished(() => own.close())
  return own
}

function countCall(): Promise<number> {
  taken += 1
  return Promise.resolve(0)
}

async function listOf(solution: Solution = trial.solution): Promise<string> {
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

function removal(one: Delivery): Delivery {
  return { ...one, status: 'exited' }
}

/** Calls one of Marketo's own functions as another integration would. */
async function asAnother(method: string, path: string, body?: object) {
  const { url, identityUrl, clientId, clientSecret } = trial.sandbox.ready.marketo
  const query = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  })
  const token = await fetch(`${identityUrl}/oauth/token?${query.toString()}`)
  const { access_token: bearer } = (await token.json()) as { access_token: string }
  const response = await fetch(`${url}/rest/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as { success: boolean; result: { id: number }[] }
}

test('606, 602, a 500 and a hung call on the way: all arrive, and only failed rows go again', async () => {
  const solution = trial.another({ leadCacheSecs: 0, unknownLeadCacheSecs: 0 })
  const remoteId = await listOf(solution)
  const all = Array.from({ length: 500 }, (_, n) => row(remoteId, person(n)))
  await trial.sandbox.faults({
    marketo: [
      { operation: 'lists.add', answer: '606' },
      { operation: 'lists.add', answer: '602' },
      { operation: 'lists.add', answer: 'apply-500' },
      { operation: 'lists.add', answer: 'ok' },
      { operation: 'lists.add', answer: 'hang' },
      // A look-up of 300 hashes goes by POST.
      { operation: 'leads.sync', answer: '611' },
    ],
  })
  const sent: number[] = []
  let open = all
  for (let round = 0; open.length > 0 && round < 20; round += 1) {
    sent.push(open.length)
    const receipts = await solution.deliver(open)
    open = open.filter((_row, index) => receipts[index]?.status !== 'delivered')
  }
  expect(open).toEqual([])
  // 606 stops everything; the 500 takes its 300 rows only; these hang once more, and arrive.
  expect(sent).toEqual([500, 500, 300, 300])
  const expected = all.flatMap((one) => one.identities).toSorted()
  expect((await trial.members(segment)).toSorted()).toEqual(expected)
})

test('deliveries at once that meet an expired token: one new token each time', async () => {
  const remoteId = await listOf()
  const people = (offset: number) =>
    Array.from({ length: 20 }, (_, n) => row(remoteId, person(offset + n)))
  for (let round = 0; round < 3; round += 1) {
    await trial.expireToken()
    const before = await trial.calls()
    const batches = [0, 20, 40, 60, 80].map((offset) => trial.solution.deliver(people(offset)))
    const receipts = (await Promise.all(batches)).flat()
    expect(receipts.filter((receipt) => receipt.status !== 'delivered')).toEqual([])
    expect((await trial.calls()).token - before.token).toBe(1)
  }
})

test('a wrong secret is a setting to mend, and is not asked about again and again', async () => {
  const solution = trial.another({ clientSecret: 'wrong' })
  const before = await trial.calls()
  for (let round = 0; round < 10; round += 1) {
    const receipt = await solution.ensureSegment(segment, 'x')
    expect(receipt).toMatchObject({ status: 'misconfigured', setting: 'clientSecret' })
  }
  expect((await trial.calls()).token - before.token).toBe(1)
})

test('a field that Marketo does not have names its setting', async () => {
  const solution = trial.another({ ecidField: 'noSuchField' })
  expect(await solution.deliver([row(await listOf(), person(1))])).toMatchObject([
    { status: 'misconfigured', code: 'FIELD_NOT_FOUND', setting: 'ecidField' },
  ])
})

test('without a field for ECID that namespace is not asked for', () => {
  expect(trial.another({ ecidField: '' }).namespaces).toEqual(['email_lc_sha256'])
})

test('a person whom Marketo does not know is excluded, and found once they are there', async () => {
  const solution = trial.another({ unknownLeadCacheSecs: 0 })
  const stranger = row(await listOf(), [`email_lc_sha256:${'a'.repeat(64)}`])
  expect(await solution.deliver([stranger])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'LEAD_NOT_FOUND' },
  ])
  await trial.sandbox.seed('marketo', [{ emailSHA256: 'a'.repeat(64) }])
  expect(await solution.deliver([stranger])).toMatchObject([{ status: 'delivered' }])
})

test('of two leads with one hash the one updated last becomes the member', async () => {
  const remoteId = await listOf()
  const hash = 'b'.repeat(64)
  const create = async () => {
    const input = [{ emailSHA256: hash }]
    const made = await asAnother('POST', 'v1/leads.json', { action: 'createDuplicate', input })
    await trial.sandbox.advance(60_000)
    return made.result[0]?.id ?? 0
  }
  const older = await create()
  const newer = await create()
  expect(newer).not.toBe(older)
  const input = [{ id: older, company: 'touched' }]
  await asAnother('POST', 'v1/leads.json', { action: 'updateOnly', lookupField: 'id', input })
  await trial.solution.deliver([row(remoteId, [`email_lc_sha256:${hash}`])])
  const listed = await asAnother('GET', `v1/lists/${remoteId}/leads.json`)
  expect(listed.result.map(({ id }) => id)).toEqual([older])
})

test('a lead that is deleted after it was remembered is looked up again, for adds and for removals', async () => {
  const remoteId = await listOf()
  const solution = trial.another({ unknownLeadCacheSecs: 0 })
  const hash = 'c'.repeat(64)
  const one = row(remoteId, [`email_lc_sha256:${hash}`])
  await trial.sandbox.seed('marketo', [{ emailSHA256: hash }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
  const listed = await asAnother('GET', `v1/lists/${remoteId}/leads.json`)
  const input = listed.result.map(({ id }) => ({ id }))
  await asAnother('POST', 'v1/leads/delete.json', { input })
  expect(await solution.deliver([removal(one)])).toMatchObject([{ status: 'delivered' }])
  expect(await solution.deliver([one])).toMatchObject([{ code: 'LEAD_NOT_FOUND' }])
  await trial.sandbox.seed('marketo', [{ emailSHA256: hash }])
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
})

test('a list that was deleted: a removal is done, an add asks for the segment again', async () => {
  const remoteId = await listOf()
  await asAnother('POST', `asset/v1/staticList/${remoteId}/delete.json`)
  const add = row(remoteId, person(1))
  expect(await trial.solution.deliver([removal(add)])).toMatchObject([{ status: 'delivered' }])
  expect(await trial.solution.deliver([add])).toMatchObject([
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
  const again = await listOf()
  expect(again).not.toBe(remoteId)
  expect(await trial.solution.deliver([{ ...add, remoteId: again }])).toMatchObject([
    { status: 'delivered' },
  ])
})

test('a rename takes the name that is free, keeps members, and is found again', async () => {
  const remoteId = await listOf()
  await trial.solution.deliver([row(remoteId, person(1))])
  const rename = (name: string) => trial.solution.renameSegment(segment, remoteId, name)
  const other = await trial.solution.ensureSegment('ups:holder', 'Held name')
  expect(other.status).toBe('ready')
  expect(await rename('Held name')).toMatchObject({ status: 'ready', remoteId })
  expect(await trial.counterpartName(segment)).toBe(`AEP Held name [${segment.slice(4)}]`)
  // Another process, or this one after a crash, knows the segment by neither of the names.
  expect(await trial.another({}).ensureSegment(segment, 'A third name')).toMatchObject({
    status: 'ready',
    remoteId,
  })
  expect((await trial.members(segment)).toSorted()).toEqual([...person(1)].toSorted())
})

test('a list that was deleted: a rename asks for the segment again, a removal is done', async () => {
  const remoteId = await listOf()
  await asAnother('POST', `asset/v1/staticList/${remoteId}/delete.json`)
  expect(await trial.solution.renameSegment(segment, remoteId, 'New')).toMatchObject({
    status: 'retry',
    code: 'SEGMENT_GONE',
  })
  expect(await trial.solution.removeSegment(segment, remoteId)).toEqual({ status: 'removed' })
})

test.each(['709', '1022'])('a list in use (%s) is not removed, and stays', async (answer) => {
  const remoteId = await listOf()
  await trial.sandbox.faults({ marketo: [{ operation: 'staticLists.delete', answer }] })
  expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({
    status: 'rejected',
    kind: 'failed',
    code: 'LIST_IN_USE',
  })
  expect(await trial.counterpartName(segment)).toBe(`AEP Segment ${segments}`)
  expect(await trial.solution.removeSegment(segment, remoteId)).toEqual({ status: 'removed' })
  expect(await trial.counterpartName(segment)).toBeUndefined()
})

test.each([
  ['none', 0, 0],
  ['doubtful', 0, 1],
  ['all', 1, 2],
] as const)('verify %s asks the list when it should', async (verify, plain, afterDoubt) => {
  const solution = trial.another({ verify })
  const remoteId = await listOf(solution)
  const asked = async (since: number) => {
    const requests = await trial.sandbox.requests('marketo', since)
    return requests.filter(({ operation }) => operation === 'lists.isMember').length
  }
  const { all: since } = await trial.calls()
  const one = row(remoteId, person(1))
  expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered', applied: true }])
  expect(await asked(since)).toBe(plain)
  await trial.sandbox.faults({ marketo: [{ operation: 'lists.remove', answer: 'apply-500' }] })
  expect(await solution.deliver([removal(one)])).toMatchObject([{ inDoubt: true }])
  await solution.deliver([one])
  expect(await asked(since)).toBe(afterDoubt)
  expect(await trial.members(segment)).toEqual([...person(1)].toSorted())
})

test('the rate limiter is asked for every call but those for a token', async () => {
  const remoteId = await listOf()
  const before = { ...(await trial.calls()), taken }
  await trial.expireToken()
  await trial.solution.deliver([row(remoteId, person(1)), row(remoteId, person(2))])
  const { all, token } = await trial.calls()
  expect(token).toBeGreaterThan(before.token)
  expect(taken - before.taken).toBe(all - before.all - (token - before.token))
})

describe('with a server of its own', () => {
  test('real limits: 300 hashed identities are looked up without a 414, and nothing is refused', async () => {
    const own = await ownTrial({ sandbox: { preset: 'real' } })
    const remoteId = await listOf(own.solution)
    const rows = Array.from({ length: 300 }, (_, n) => row(remoteId, person(n)))
    const receipts = await own.solution.deliver(rows)
    expect(receipts.filter((receipt) => receipt.status !== 'delivered')).toEqual([])
    const requests = await own.sandbox.requests('marketo')
    expect(requests.filter(({ answer }) => answer !== 'ok')).toEqual([])
  })

  test('others’ calls count: past its share the adapter sends nothing until 00:00 CST, then goes on', async () => {
    const own = await ownTrial({
      sandbox: { preset: 'loose', marketo: { callsPerDay: 40 } },
      settings: { callsPerDay: 40, dailyCallShare: 0.75 },
    })
    const other = own.another({ callsPerDay: 0 })
    const remoteId = await listOf(other)
    for (let n = 0; n < 5; n += 1) await other.deliver([row(remoteId, person(n))])
    const until = async () => {
      for (let n = 10; n < 60; n += 1) {
        const [receipt] = await own.solution.deliver([row(remoteId, person(n))])
        if (receipt?.status !== 'delivered') return receipt
      }
      return undefined
    }
    const stopped = await until()
    expect(stopped).toMatchObject({ status: 'retry', code: 'DAILY_CALL_SHARE', scope: 'solution' })
    const requests = await own.sandbox.requests('marketo')
    const counted = requests.filter(({ operation }) => operation !== 'identity.token')
    expect(counted).toHaveLength(30)
    expect(counted.filter(({ answer }) => answer !== 'ok')).toEqual([])
    const afterMs = stopped?.status === 'retry' ? stopped.afterMs : 0
    expect(afterMs).toBeGreaterThan(0)
    await own.advance(afterMs)
    expect(await own.solution.deliver([row(remoteId, person(70))])).toMatchObject([
      { status: 'delivered' },
    ])
  })

  test('the daily quota pauses the solution until 00:00 CST; so does a server that is gone, shortly', async () => {
    const own = await ownTrial({
      sandbox: { preset: 'loose', marketo: { callsPerDay: 6 } },
      settings: { callsPerDay: 0 },
    })
    const remoteId = await listOf(own.solution)
    await own.solution.deliver([row(remoteId, person(2))])
    const receipts = await own.solution.deliver([row(remoteId, person(1))])
    expect(receipts).toMatchObject([{ status: 'retry', code: 'DAILY_QUOTA', scope: 'solution' }])
    const [receipt] = receipts
    const afterMs = receipt?.status === 'retry' ? receipt.afterMs : 0
    expect(new Date(Date.now() + afterMs).toISOString()).toMatch(/T0(5:59|6:00):/)
    await own.sandbox.close()
    expect(await own.solution.deliver([row(remoteId, person(1))])).toMatchObject([
      { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
    ])
  })
})
