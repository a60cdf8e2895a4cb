import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import { refusalOfCode } from '../src/codes.ts'
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

/** Codes that a server may answer for a call that adds leads; 601 and 602 are met with a new token instead. */
const codes = [
  '603 604 605 606 607 608 609 610 611 612 613 614 615',
  '701 702 703 704 709 710 711 713 719 1013 1019',
]
  .join(' ')
  .split(' ')

test.each(codes)('Marketo %s over the wire comes out as its class', async (code) => {
  const remoteId = await listOf()
  const rows = [row(remoteId, person(1)), row(remoteId, person(2))]
  await trial.sandbox.faults({ marketo: [{ operation: 'lists.add', answer: code }] })
  const expected = refusalOfCode(code, 'call', Date.now())
  const receipts = await trial.solution.deliver(rows)
  // How long it is to the reset of the quota is another test's matter.
  expect(receipts.map(withoutWait)).toEqual([expected, expected].map(withoutWait))
})

function withoutWait(receipt: Receipt): Receipt {
  return receipt.status === 'retry' ? { ...receipt, afterMs: 0 } : receipt
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

  test('the daily quota pauses the solution until 00:00 CST; so does a server that is gone, shortly', async () => {
    const own = await ownTrial({ sandbox: { preset: 'loose', marketo: { callsPerDay: 4 } } })
    const remoteId = await listOf(own.solution)
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
