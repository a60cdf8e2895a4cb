import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Delivery, KnownMembership, Receipt, Solution } from '@segue/solution-kit'
import { attributeName } from '../src/attribute-name.ts'
import { person, targetTrial } from './target-trial.ts'
import type { TargetTrial } from './target-trial.ts'

type State = Readonly<Record<string, KnownMembership['status']>>

/** One server for all tests that need no settings of its own; each test has its own segments and people. */
let trial: TargetTrial
let taken = 0
let segments = 0
let people = 0
let revisionMs = 1

beforeAll(async () => {
  trial = await targetTrial({ rateLimiter: { take: countCall } })
})
afterAll(() => trial.close())

function countCall(): Promise<number> {
  taken += 1
  return Promise.resolve(0)
}

/** A server of the test's own, closed with the test. */
async function ownTrial(options: Parameters<typeof targetTrial>[0]): Promise<TargetTrial> {
  const own = await targetTrial(options)
  onTestFinished(() => own.close())
  return own
}

let segment: string
beforeEach(() => {
  segment = freshSegment()
})

function freshSegment(): string {
  segments += 1
  return `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
}

function freshPerson(): readonly string[] {
  people += 1
  return person(people)
}

async function ready(one = segment, solution: Solution = trial.solution): Promise<string> {
  const receipt = await solution.ensureSegment(one, `Segment ${one}`)
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

/** A row about the first segment of the state. */
function row(identities: readonly string[], state: State, remoteId = '1'): Delivery {
  revisionMs += 1
  const memberships = Object.entries(state).map(([of, status]) => ({ segment: of, status }))
  const [first] = memberships
  if (first === undefined) throw new Error('a row is about a segment')
  return { identities, ...first, remoteId, revisionMs, state: memberships }
}

async function arrive(rows: readonly Delivery[], solution = trial.solution): Promise<void> {
  const receipts = await solution.deliver(rows)
  expect(receipts.filter(({ status }) => status !== 'delivered')).toEqual([])
  await trial.settle()
}

function followOf(receipt: Receipt | undefined): string {
  return receipt?.status === 'delivered' ? (receipt.follow ?? '') : ''
}

const mailOf = (identities: readonly string[]): readonly string[] => identities.slice(0, 1)
const ecidOf = (identities: readonly string[]): readonly string[] => identities.slice(1)

const isMaking = (call: string): boolean => call.startsWith('profileToken.create')

/** Operations and answers of the server since a call number. */
async function callsAfter(seq: number, of = trial): Promise<readonly string[]> {
  const requests = await of.sandbox.requests('target', seq)
  return requests.map(({ operation, answer }) => `${operation} ${answer}`)
}

async function lastCall(of = trial): Promise<number> {
  return (await of.sandbox.requests('target')).at(-1)?.seq ?? 0
}

/** A page view of the person, as the site itself makes it. */
async function visitSite(mail: string): Promise<void> {
  const { edgeUrl, clientCode } = trial.sandbox.ready.target
  const url = `${edgeUrl}/rest/v1/delivery?client=${clientCode}&sessionId=visit`
  const body = {
    id: { thirdPartyId: mail.slice(mail.indexOf(':') + 1) },
    context: { channel: 'web' },
    execute: { pageLoad: {} },
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
}

/** Makes a token as another owner, which ends the one that is in use. */
async function anotherOwner(of: TargetTrial): Promise<string> {
  const { adminUrl, tenant, imsUrl, clientId, clientSecret } = of.sandbox.ready.target
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'client_credentials',
    scope: 'openid',
  })
  const ims = await fetch(`${imsUrl}/ims/token/v3`, { method: 'POST', body: form })
  const { access_token: bearer } = (await ims.json()) as { access_token: string }
  const path = `${tenant}/target/authentication/token?authorizationScope=profile_api`
  const made = await fetch(`${adminUrl}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'x-api-key': clientId },
  })
  return ((await made.json()) as { accessToken: string }).accessToken
}

describe('whole states', () => {
  test('profiles with different attributes share a batch, and each is right', async () => {
    const [one, two, three] = [freshSegment(), freshSegment(), freshSegment()]
    await Promise.all([ready(one), ready(two), ready(three)])
    const [a, b, c] = [freshPerson(), freshPerson(), freshPerson()].map(mailOf)
    const before = await lastCall()
    await arrive([
      row(a ?? [], { [one]: 'realized', [two]: 'exited' }),
      row(b ?? [], { [two]: 'realized' }),
      row(c ?? [], { [three]: 'realized', [one]: 'realized' }),
    ])
    expect(await callsAfter(before)).toEqual(['batch.update ok'])
    expect(await trial.members(one)).toEqual([...(a ?? []), ...(c ?? [])].toSorted())
    expect(await trial.members(two)).toEqual(b)
    expect(await trial.members(three)).toEqual(c)
  })

  test.each(['without', 'with'])(
    'two batches for one profile %s a visit in between: the second is whole',
    async (visit) => {
      const [one, two] = [freshSegment(), freshSegment()]
      await Promise.all([ready(one), ready(two)])
      const mail = mailOf(freshPerson())
      await arrive([row(mail, { [one]: 'realized', [two]: 'realized' })])
      if (visit === 'with') await visitSite(mail[0] ?? '')
      await arrive([row(mail, { [one]: 'exited', [two]: 'realized' })])
      expect(await trial.members(one)).toEqual([])
      expect(await trial.members(two)).toEqual(mail)
      await arrive([row(mail, { [two]: 'exited', [one]: 'exited' })])
      expect(await trial.members(two)).toEqual([])
    },
  )

  test('a visitor with 120 attributes has them all by one call', async () => {
    const many = Array.from({ length: 120 }, freshSegment)
    const last = many.at(-1) ?? ''
    await ready(last)
    const ecid = ecidOf(freshPerson())
    const before = await lastCall()
    const state = Object.fromEntries(many.map((one) => [one, 'realized'] as const))
    expect(await trial.solution.deliver([row(ecid, state)])).toMatchObject([
      { status: 'delivered', applied: true },
    ])
    expect(await callsAfter(before)).toEqual(['delivery.execute ok'])
    expect(await trial.members(last)).toEqual(ecid)
  })

  test.each([
    ['of another namespace', 'CustomerAudienceUpload:42_a-b'],
    ['of another script', 'ups:忠実な購入者 50% & more'],
    ['as long as they may be', `Namespace${'n'.repeat(240)}:${'é'.repeat(256)}`],
  ])('ids %s', async (_what, odd) => {
    await ready(odd)
    const whom = freshPerson()
    await arrive([row(whom, { [odd]: 'realized' })])
    expect(await trial.members(odd)).toEqual([...whom].toSorted())
  })

  test('ids with what means something in a form arrive as they are', async () => {
    const solution = trial.another({ mbox3rdPartyIdNamespace: 'crmid', ecidUpdates: false })
    const id = 'a&b=c%d#e?f;ü'
    await arrive([row([`crmid:${id}`], { [segment]: 'realized' })], solution)
    const { edgeUrl, clientCode } = trial.sandbox.ready.target
    const path = `thirdPartyId/${encodeURIComponent(id)}?client=${clientCode}`
    const response = await fetch(`${edgeUrl}/rest/v1/profiles/${path}`)
    expect(await response.json()).toMatchObject({
      profileAttributes: { [attributeName(segment)]: { value: 'realized' } },
    })
  })
})

describe('calls', () => {
  test('a thousand profiles in files of 300, each followed', async () => {
    const solution = trial.another({ maxFileRows: 300, ecidUpdates: false })
    const before = await lastCall()
    const rows = Array.from({ length: 1_000 }, (_, n) =>
      row(mailOf(person(50_000 + n)), { [segment]: 'realized' }),
    )
    const follows = new Set((await solution.deliver(rows)).map(followOf))
    expect(await callsAfter(before)).toEqual(Array.from({ length: 4 }, () => 'batch.update ok'))
    expect(follows.size).toBe(4)
  })

  test('a way that is switched off makes no call', async () => {
    const whom = freshPerson()
    const before = await lastCall()
    await arrive([row(whom, { [segment]: 'realized' })], trial.another({ bulkUpdates: false }))
    await arrive([row(whom, { [segment]: 'realized' })], trial.another({ ecidUpdates: false }))
    expect(await callsAfter(before)).toEqual(['delivery.execute ok', 'batch.update ok'])
    expect(trial.another({ bulkUpdates: false })).toMatchObject({
      namespaces: ['ECID'],
      aggregation: { aggregationType: 'BEST_EFFORT' },
    })
  })

  test('the rate limiter is asked for every call but those for a token', async () => {
    await ready()
    const before = { ...(await trial.calls()), taken }
    await trial.expireToken()
    await ready(freshSegment())
    await arrive([row(freshPerson(), { [segment]: 'realized' })])
    const { all, token } = await trial.calls()
    expect(token).toBeGreaterThan(before.token)
    expect(taken - before.taken).toBe(all - before.all - (token - before.token))
  })

  test('420, a 500, a hung call and a dropped one on the way: all arrive, and only failed rows go again', async () => {
    await ready()
    const rows = Array.from({ length: 40 }, (_, n) => {
      const whom = freshPerson()
      return row(n < 20 ? mailOf(whom) : ecidOf(whom), { [segment]: 'realized' })
    })
    await trial.sandbox.faults({
      target: [
        { operation: 'batch.update', answer: 'apply-500' },
        { operation: 'batch.update', answer: 'successFalse' },
        { operation: 'delivery.execute', answer: '500' },
        { operation: 'delivery.execute', answer: 'apply-hang' },
        { operation: 'delivery.execute', answer: 'drop' },
        { operation: 'delivery.execute', answer: 'garbage' },
      ],
    })
    const sent: number[] = []
    let open: readonly Delivery[] = rows
    for (let round = 0; open.length > 0 && round < 10; round += 1) {
      sent.push(open.length)
      const receipts = await trial.solution.deliver(open)
      open = open.filter((_row, index) => receipts[index]?.status !== 'delivered')
    }
    expect(open).toEqual([])
    expect(sent).toEqual([40, 24, 20])
    await trial.settle()
    const expected = rows.flatMap(({ identities }) => identities).toSorted()
    expect(await trial.members(segment)).toEqual(expected)
  })
})

describe('settings that are wrong', () => {
  test.each([
    ['clientSecret', { clientSecret: 'wrong' }],
    ['tenant', { tenant: 'wrong' }],
    ['workspace', { workspace: '99' }],
  ] as const)('%s is named, and mended', async (setting, settings) => {
    const receipt = await trial.another(settings).ensureSegment(segment, 'x')
    expect(receipt).toMatchObject({ status: 'misconfigured', setting })
    expect(await trial.another({}).ensureSegment(segment, 'x')).toMatchObject({ status: 'ready' })
  })

  test('a wrong secret is not asked about again and again', async () => {
    const solution = trial.another({ clientSecret: 'wrong' })
    const before = await trial.calls()
    for (let round = 0; round < 10; round += 1) await solution.ensureSegment(segment, 'x')
    expect((await trial.calls()).token - before.token).toBe(1)
  })

  test.each(['bulkUpdates', 'ecidUpdates'])('a wrong client code, with %s alone', async (way) => {
    const ways = { bulkUpdates: false, ecidUpdates: false, [way]: true }
    const solution = trial.another({ ...ways, clientCode: 'nobody' })
    const rows = [freshPerson(), freshPerson()].map((one) => row(one, { [segment]: 'realized' }))
    for (const receipt of await solution.deliver(rows)) {
      expect(receipt).toMatchObject({ status: 'misconfigured', setting: 'clientCode' })
    }
    await arrive(rows)
  })
})

describe('authentication of the Profile API', () => {
  let own: TargetTrial
  beforeAll(async () => {
    own = await targetTrial({
      sandbox: { preset: 'loose', target: { profileAuthentication: true } },
    })
  })
  afterAll(() => own.close())

  test('none, a wrong one, the right one', async () => {
    const one = row(mailOf(freshPerson()), { [segment]: 'realized' })
    expect(await own.solution.deliver([one])).toMatchObject([
      { status: 'misconfigured', setting: 'profileAuthentication' },
    ])
    const profileAuthentication = 'token'
    const wrong = own.another({ profileAuthentication, profileToken: 'wrong' })
    expect(await wrong.deliver([one])).toMatchObject([
      { status: 'misconfigured', setting: 'profileToken' },
    ])
    const profileToken = await anotherOwner(own)
    const right = own.another({ profileAuthentication, profileToken })
    const [receipt] = await right.deliver([one])
    expect(receipt).toMatchObject({ status: 'delivered' })
    expect(await right.follow?.(followOf(receipt))).toMatchObject({ status: 'applied' })
    expect(JSON.stringify([receipt, own.events])).not.toContain(profileToken)
  })

  test('a generated one is made once, replaced once when it is taken away, and not for ever', async () => {
    const solution = own.another({ profileAuthentication: 'generated' })
    const madeBefore = (await callsAfter(0, own)).filter(isMaking).length
    const one = row(mailOf(freshPerson()), { [segment]: 'realized' })
    const made = async () => (await callsAfter(0, own)).filter(isMaking).length - madeBefore
    const deliveries = Array.from({ length: 4 }, () => solution.deliver([one]))
    for (const receipts of await Promise.all(deliveries)) {
      expect(receipts).toMatchObject([{ status: 'delivered' }])
    }
    expect(await made()).toBe(1)
    for (let time = 0; time < 2; time += 1) {
      await anotherOwner(own)
      expect(await solution.deliver([one])).toMatchObject([{ status: 'delivered' }])
    }
    expect(await made()).toBe(1 + 2 * 2)
    await anotherOwner(own)
    const before = await made()
    for (let time = 0; time < 3; time += 1) {
      expect(await solution.deliver([one])).toMatchObject([
        { code: 'PROFILE_TOKEN_CONTENDED', setting: 'profileAuthentication' },
      ])
    }
    expect(await made()).toBe(before)
  })
})

describe('what became of batches', () => {
  test('real times: waited for, then applied', async () => {
    const own = await ownTrial({
      sandbox: { preset: 'real', target: { lostRowsPerMillion: 0 } },
    })
    await ready(segment, own.solution)
    const whom = freshPerson()
    const [receipt] = await own.solution.deliver([row(whom, { [segment]: 'realized' })])
    expect(receipt).toMatchObject({ status: 'delivered', applied: false })
    const follow = followOf(receipt)
    expect(await own.solution.follow?.(follow)).toEqual({ status: 'waiting', afterMs: 60_000 })
    expect(await own.members(segment)).toEqual(ecidOf(whom))
    await own.sandbox.advance(24 * 3_600_000)
    await expect
      .poll(() => own.solution.follow?.(follow), { timeout: 5_000 })
      .toEqual({ status: 'applied' })
    expect(await own.members(segment)).toEqual([...whom].toSorted())
  })

  test('rows that Target lost are told in numbers, and are there once they were sent again', async () => {
    const own = await ownTrial({
      sandbox: { preset: 'loose', target: { lostRowsPerMillion: 200_000 } },
      settings: { ecidUpdates: false },
    })
    await ready(segment, own.solution)
    const rows = Array.from({ length: 20 }, () =>
      row(mailOf(freshPerson()), { [segment]: 'realized' }),
    )
    const [receipt] = await own.solution.deliver(rows)
    await own.settle()
    const answer = await own.solution.follow?.(followOf(receipt))
    expect(answer).toMatchObject({ status: 'not-applied', code: /^BATCH_UPDATES_(LOST|FAILED)$/ })
    for (const { identities } of rows) {
      expect(JSON.stringify(answer)).not.toContain(identities[0]?.split(':')[1])
    }
    const all = rows.flatMap(({ identities }) => identities).toSorted()
    expect((await own.members(segment)).length).toBeLessThan(all.length)
    const present = async () => (await own.members(segment)).length
    for (let time = 0; time < 20 && (await present()) < all.length; time += 1) {
      await own.solution.deliver(rows)
      await own.settle()
    }
    expect(await own.members(segment)).toEqual(all)
  })

  test('a batch that is stuck is sent again; one that Target does not know too', async () => {
    await trial.sandbox.faults({ target: [{ operation: 'batch.update', answer: 'stuck' }] })
    const [receipt] = await trial.solution.deliver([
      row(mailOf(freshPerson()), { [segment]: 'realized' }),
    ])
    await trial.settle()
    const { solution } = trial
    expect(await solution.follow?.(followOf(receipt))).toMatchObject({ code: 'BATCH_STUCK' })
    expect(await solution.follow?.('nobody-1-2')).toMatchObject({ code: 'BATCH_UNKNOWN' })
  })
})

describe('audiences', () => {
  test('two processes at once, and one after a restart, have one audience', async () => {
    const both = [trial.another({}), trial.another({})]
    const ids = await Promise.all(both.map((solution) => ready(segment, solution)))
    const after = await ready(segment, trial.another({}))
    expect(new Set([...ids, after]).size).toBe(1)
    const held = await trial.sandbox.counterparts('target')
    expect(held.filter((one) => one.segment === segment.slice('ups:'.length))).toHaveLength(1)
  })

  test('one that somebody deleted is made again', async () => {
    const remoteId = await ready()
    await trial.another({}).removeSegment(segment, remoteId)
    expect(await trial.solution.renameSegment(segment, remoteId, 'New')).toMatchObject({
      status: 'retry',
      code: 'SEGMENT_GONE',
    })
    expect(await ready()).not.toBe(remoteId)
  })

  test('one that an activity uses goes once it is detached', async () => {
    const remoteId = await ready()
    const use = { audienceId: Number(remoteId) }
    await trial.sandbox.control('POST', '/control/target/audience-uses', use)
    expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({
      status: 'retry',
      code: 'AUDIENCE_IN_USE',
    })
    expect(await trial.counterpartName(segment)).toBeDefined()
    await trial.sandbox.control('DELETE', '/control/target/audience-uses', use)
    expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({
      status: 'removed',
    })
  })

  test.each(['401', '401013'])('%s is met with one new token', async (code) => {
    const before = await trial.calls()
    await trial.sandbox.faults({ target: [{ operation: 'audiences.list', answer: code }] })
    await ready()
    expect((await trial.calls()).token - before.token).toBe(1)
  })

  test.each([
    ['403', 'clientId'],
    ['403010', 'clientId'],
    ['403023', 'clientId'],
    ['404040', 'tenant'],
    ['407', 'adminUrl'],
  ])('%s names %s', async (code, setting) => {
    await trial.sandbox.faults({ target: [{ operation: 'audiences.list', answer: code }] })
    expect(await trial.solution.ensureSegment(segment, 'x')).toMatchObject({
      status: 'misconfigured',
      setting,
    })
  })

  test.each(['429001', '429050', '500', '502'])('%s is tried again', async (code) => {
    await trial.sandbox.faults({ target: [{ operation: 'audiences.create', answer: code }] })
    expect(await trial.solution.ensureSegment(segment, 'x')).toMatchObject({ status: 'retry' })
    await ready()
  })
})
