import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { refusalOfCode } from '../src/codes.ts'
import { marketoTrial, person } from './marketo-trial.ts'
import type { MarketoTrial } from './marketo-trial.ts'

const trials: MarketoTrial[] = []

afterEach(async () => {
  await Promise.all(trials.splice(0).map((trial) => trial.close()))
})

async function start(options: Parameters<typeof marketoTrial>[0] = {}) {
  const trial = await marketoTrial(options)
  trials.push(trial)
  return trial
}

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

async function listOf(trial: MarketoTrial): Promise<string> {
  const receipt = await trial.solution.ensureSegment(segment, 'Loyal buyers')
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

/** Calls one of Marketo's own functions as another integration would. */
async function asAnother(trial: MarketoTrial, method: string, path: string, body?: object) {
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

describe('codes over the wire', () => {
  let trial: MarketoTrial
  beforeAll(async () => {
    trial = await marketoTrial()
  })
  afterAll(() => trial.close())

  test.each(codes)('Marketo %s comes out as its class', async (code) => {
    const remoteId = await listOf(trial)
    const rows = [row(remoteId, person(1)), row(remoteId, person(2))]
    // Found before, so that the fault meets the call that adds.
    await trial.solution.deliver(rows.map((one): Delivery => ({ ...one, status: 'exited' })))
    await trial.sandbox.faults({ marketo: [{ operation: 'lists.add', answer: code }] })
    const expected = refusalOfCode(code, 'call', Date.now())
    const receipts = await trial.solution.deliver(rows)
    // How long it is to the reset of the quota is another test's matter.
    expect(receipts.map(withoutWait)).toEqual([expected, expected].map(withoutWait))
  })
})

function withoutWait(receipt: Receipt): Receipt {
  return receipt.status === 'retry' ? { ...receipt, afterMs: 0 } : receipt
}

test('606, 602, a 500 and a hung call on the way: all arrive, and only failed rows go again', async () => {
  const trial = await start({ settings: { leadCacheSecs: 0, unknownLeadCacheSecs: 0 } })
  const remoteId = await listOf(trial)
  const all = Array.from({ length: 500 }, (_, n) => row(remoteId, person(n)))
  await trial.sandbox.faults({
    marketo: [
      { operation: 'lists.add', answer: '606' },
      { operation: 'lists.add', answer: '602' },
      { operation: 'lists.add', answer: 'apply-500' },
      { operation: 'lists.add', answer: 'ok' },
      { operation: 'lists.add', answer: 'hang' },
      { operation: 'leads.get', answer: '611' },
    ],
  })
  const sent: number[] = []
  let open = all
  for (let round = 0; open.length > 0 && round < 20; round += 1) {
    sent.push(open.length)
    const receipts = await trial.solution.deliver(open)
    open = open.filter((_row, index) => receipts[index]?.status !== 'delivered')
  }
  expect(open).toEqual([])
  // 606 stops everything; the 500 takes its 300 rows only; these hang once more, and arrive.
  expect(sent).toEqual([500, 500, 300, 300])
  expect(await trial.members(segment)).toEqual(all.flatMap((one) => one.identities).toSorted())
})

test('adds and removals at once with expiring tokens: one new token each time', async () => {
  const trial = await start()
  const remoteId = await listOf(trial)
  const people = (offset: number) =>
    Array.from({ length: 20 }, (_, n) => row(remoteId, person(offset + n)))
  for (let round = 0; round < 3; round += 1) {
    await trial.sandbox.faults({
      marketo: [{ operation: 'lists.add', answer: '602', times: 5 }],
    })
    const before = await trial.calls()
    const batches = [0, 20, 40, 60, 80].map((offset) => trial.solution.deliver(people(offset)))
    const receipts = (await Promise.all(batches)).flat()
    expect(receipts.every((receipt) => receipt.status === 'delivered')).toBe(true)
    expect((await trial.calls()).token - before.token).toBeLessThanOrEqual(1)
  }
})

test('real limits: 300 hashed identities are looked up without a 414, and 606 is never met politely', async () => {
  const trial = await start({ sandbox: { preset: 'real' } })
  const remoteId = await listOf(trial)
  const rows = Array.from({ length: 300 }, (_, n) => row(remoteId, person(n)))
  const receipts = await trial.solution.deliver(rows)
  expect(receipts.every((receipt) => receipt.status === 'delivered')).toBe(true)
  const requests = await trial.sandbox.requests('marketo')
  expect(requests.filter(({ answer }) => answer !== 'ok')).toEqual([])
})

test('the daily quota pauses the solution until 00:00 CST', async () => {
  const trial = await start({ sandbox: { preset: 'loose', marketo: { callsPerDay: 4 } } })
  const remoteId = await listOf(trial)
  const receipts = await trial.solution.deliver([row(remoteId, person(1))])
  expect(receipts).toMatchObject([{ status: 'retry', code: 'DAILY_QUOTA', scope: 'solution' }])
  const [receipt] = receipts
  const afterMs = receipt?.status === 'retry' ? receipt.afterMs : 0
  expect(new Date(Date.now() + afterMs).toISOString()).toMatch(/T0(5:59|6:00):/)
})

test('a wrong secret is a setting to mend, and is not asked about again and again', async () => {
  const trial = await start({ settings: { clientSecret: 'wrong' } })
  const ask = () => trial.solution.ensureSegment(segment, 'x')
  for (let round = 0; round < 10; round += 1) {
    expect(await ask()).toMatchObject({ status: 'misconfigured', setting: 'clientSecret' })
  }
  expect((await trial.calls()).token).toBe(1)
})

test('a field that Marketo does not have names its setting', async () => {
  const trial = await start({ settings: { ecidField: 'noSuchField' } })
  const remoteId = await listOf(trial)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'misconfigured', code: 'FIELD_NOT_FOUND', setting: 'ecidField' },
  ])
})

test('a person whom Marketo does not know is excluded, and found once they are there', async () => {
  const trial = await start({ settings: { unknownLeadCacheSecs: 0 } })
  const remoteId = await listOf(trial)
  const stranger = row(remoteId, [`email_lc_sha256:${'a'.repeat(64)}`])
  expect(await trial.solution.deliver([stranger])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'LEAD_NOT_FOUND' },
  ])
  await trial.sandbox.seedLeads([{ emailSHA256: 'a'.repeat(64) }])
  expect(await trial.solution.deliver([stranger])).toMatchObject([{ status: 'delivered' }])
})

test('of two leads with one hash the one updated last becomes the member', async () => {
  const trial = await start()
  const remoteId = await listOf(trial)
  const hash = 'b'.repeat(64)
  const create = async (company: string) => {
    const input = [{ emailSHA256: hash, company }]
    const made = await asAnother(trial, 'POST', 'v1/leads.json', {
      action: 'createDuplicate',
      input,
    })
    await trial.sandbox.advance(60_000)
    return made.result[0]?.id ?? 0
  }
  const older = await create('older')
  const newer = await create('newer')
  expect(newer).not.toBe(older)
  await asAnother(trial, 'POST', 'v1/leads.json', {
    action: 'updateOnly',
    lookupField: 'id',
    input: [{ id: older, company: 'touched' }],
  })
  await trial.solution.deliver([row(remoteId, [`email_lc_sha256:${hash}`])])
  const listed = await asAnother(trial, 'GET', `v1/lists/${remoteId}/leads.json`)
  expect(listed.result.map(({ id }) => id)).toEqual([older])
})

test('a lead that is deleted after it was remembered is looked up again, for adds and for removals', async () => {
  const trial = await start()
  const remoteId = await listOf(trial)
  const hash = 'c'.repeat(64)
  const rows = [row(remoteId, [`email_lc_sha256:${hash}`])]
  await trial.sandbox.seedLeads([{ emailSHA256: hash }])
  expect(await trial.solution.deliver(rows)).toMatchObject([{ status: 'delivered' }])
  const remember = await asAnother(trial, 'GET', `v1/lists/${remoteId}/leads.json`)
  await asAnother(trial, 'POST', 'v1/leads/delete.json', {
    input: remember.result.map(({ id }) => ({ id })),
  })
  const removal = rows.map((one): Delivery => ({ ...one, status: 'exited' }))
  expect(await trial.solution.deliver(removal)).toMatchObject([{ status: 'delivered' }])
  expect(await trial.solution.deliver(rows)).toMatchObject([{ code: 'LEAD_NOT_FOUND' }])
  await trial.sandbox.seedLeads([{ emailSHA256: hash }])
  expect(await trial.solution.deliver(rows)).toMatchObject([{ code: 'LEAD_NOT_FOUND' }])
})

test('a list that was deleted: a removal is done, an add asks for the segment again', async () => {
  const trial = await start()
  const remoteId = await listOf(trial)
  await asAnother(trial, 'POST', `asset/v1/staticList/${remoteId}/delete.json`)
  const deliver = (status: Delivery['status'], to = remoteId): Promise<readonly Receipt[]> =>
    trial.solution.deliver([row(to, person(1), status)])
  expect(await deliver('exited')).toMatchObject([{ status: 'delivered' }])
  expect(await deliver('realized')).toMatchObject([
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
  ])
  const again = await listOf(trial)
  expect(again).not.toBe(remoteId)
  expect(await deliver('realized', again)).toMatchObject([{ status: 'delivered' }])
})

test('the rate limiter is asked for every call but those for a token', async () => {
  let taken = 0
  const rateLimiter = {
    take: () => {
      taken += 1
      return Promise.resolve(0)
    },
  }
  const trial = await start({ rateLimiter })
  const remoteId = await listOf(trial)
  await trial.solution.deliver([row(remoteId, person(1))])
  const { all, token } = await trial.calls()
  expect(token).toBe(1)
  expect(taken).toBe(all - token)
})

test('Marketo out of reach: nothing is in doubt, the whole solution waits', async () => {
  const trial = await start()
  const remoteId = await listOf(trial)
  await trial.sandbox.close()
  trials.splice(0)
  expect(await trial.solution.deliver([row(remoteId, person(1))])).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
  await trial.solution.close()
})
