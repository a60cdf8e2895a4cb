import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { analyticsTrial, person } from './analytics-trial.ts'
import type { AnalyticsTrial } from './analytics-trial.ts'

/** One server for all tests that need no settings of its own; each test has its own segment. */
let trial: AnalyticsTrial
let segments = 0
let remoteId: string
let revisionMs = Date.now() - 3_600_000

beforeAll(async () => {
  trial = await analyticsTrial()
})
afterAll(() => trial.close())
beforeEach(async () => {
  await trial.clearFaults()
  segments += 1
  remoteId = `${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
})

/** A server of the test's own, closed with the test. */
async function ownTrial(options: Parameters<typeof analyticsTrial>[0]): Promise<AnalyticsTrial> {
  const own = await analyticsTrial(options)
  onTestFinished(() => own.close())
  return own
}

function row(n: number, status: Delivery['status'] = 'realized'): Delivery {
  revisionMs += 1
  return { identities: person(n), segment: `ups:${remoteId}`, remoteId, status, revisionMs }
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => row(n))

function statuses(receipts: readonly Receipt[]): ReadonlySet<string> {
  return new Set(receipts.map(({ status }) => status))
}

const delivered = new Set(['delivered'])

async function lastSeq(of: AnalyticsTrial = trial): Promise<number> {
  return (await of.sandbox.requests('analytics')).at(-1)?.seq ?? 0
}

async function members(of: AnalyticsTrial = trial): Promise<readonly string[]> {
  await of.settle()
  return (await of.members(`ups:${remoteId}`)).toSorted()
}

function identities(...people: readonly number[]): readonly string[] {
  return people.flatMap((n) => person(n)).toSorted()
}

test.each(['apply-500', 'apply-drop', 'apply-hang', 'apply-garbage'])(
  'an upload that was taken and answered with %s is found by its key and not sent twice',
  async (answer) => {
    const rows = rowsOf(3)
    await trial.answer('events.upload', answer)
    for (const receipt of await trial.solution.deliver(rows)) {
      expect(receipt).toMatchObject({ status: 'retry', inDoubt: true, scope: 'row' })
    }
    const after = await lastSeq()
    expect(statuses(await trial.solution.deliver(rows))).toEqual(delivered)
    expect(await trial.operations(after)).toEqual(['events.byKey'])
    expect(await members()).toEqual(identities(0, 1, 2))
  },
)

test.each(['500', 'drop', 'hang', 'garbage'])(
  'an upload that was not taken, answered with %s, is sent again after a look',
  async (answer) => {
    const rows = rowsOf(3)
    await trial.answer('events.upload', answer)
    expect(statuses(await trial.solution.deliver(rows))).toEqual(new Set(['retry']))
    const after = await lastSeq()
    expect(statuses(await trial.solution.deliver(rows))).toEqual(delivered)
    expect(await trial.operations(after)).toEqual(['events.byKey', 'events.upload'])
    expect(await members()).toEqual(identities(0, 1, 2))
  },
)

test('a process that starts where another died with its file taken finds the file', async () => {
  const rows = rowsOf(3)
  await trial.answer('events.upload', 'apply-drop')
  await trial.another().deliver(rows)
  const after = await lastSeq()
  expect(statuses(await trial.another().deliver(rows.toReversed()))).toEqual(delivered)
  expect(await trial.operations(after)).toEqual(['events.byKey'])
  expect(await members()).toEqual(identities(0, 1, 2))
})

test('in and out many times within one second, a file each: the last word counts', async () => {
  const second = Math.floor(Date.now() / 1000) * 1000 - 60_000
  const times = Array.from({ length: 9 }, (_, n) => second + n)
  for (const [n, at] of times.entries()) {
    const rows = [
      { ...row(1, n % 2 === 0 ? 'realized' : 'exited'), revisionMs: at },
      { ...row(2, n % 2 === 0 ? 'exited' : 'realized'), revisionMs: at },
    ]
    // Every third answer is lost, and what follows is already another state.
    if (n % 3 === 1) await trial.answer('events.upload', 'apply-500')
    await trial.solution.deliver(rows)
    await trial.clearFaults()
  }
  expect(await members()).toEqual(identities(1))
})

test('several groups and files: all arrive, in order, each file within its bounds', async () => {
  const solution = trial.another({
    visitorGroups: 3,
    maxRowsPerFile: 40,
    maxGzipBytes: 900,
    visitorGroupPrefix: 'acme_many',
  })
  // People of this test alone: a visitor must be in one group only.
  const people = Array.from({ length: 500 }, (_, n) => 10_000 + n)
  expect(statuses(await solution.deliver(people.map((n) => row(n))))).toEqual(delivered)
  const leaving = people.slice(0, 250)
  const exits = leaving.map((n) => row(n, 'exited'))
  expect(statuses(await solution.deliver(exits))).toEqual(delivered)
  expect(await members()).toEqual(identities(...people.slice(250)))
  const groups = Object.entries(await trial.groups()).flatMap(([name, group]) =>
    name.startsWith('acme_many_') ? [group] : [],
  )
  expect(groups).toHaveLength(3)
  for (const group of groups) {
    expect(group).toMatchObject({ lateRows: 0, lostRows: 0, overlappingUploads: 0 })
    expect(group.files).toBeGreaterThan(5)
  }
  expect(groups.reduce((sum, group) => sum + group.rows, 0)).toBe(750)
})

test('413 over the wire cuts the file in two', async () => {
  await trial.answer('events.upload', '413')
  const after = await lastSeq()
  expect(statuses(await trial.solution.deliver(rowsOf(4)))).toEqual(delivered)
  const uploads = (await trial.operations(after)).filter((one) => one === 'events.upload')
  expect(uploads).toHaveLength(3)
  expect(await members()).toEqual(identities(0, 1, 2, 3))
})

test('real limits: 1 call a second is met by 429 without a budget, and kept with one', async () => {
  /** The sandbox's own clock goes on so far with each call that the budget gives. */
  let passMs = 0
  const real = await ownTrial({
    sandbox: { preset: 'real', frozenClock: true },
    settings: { visitorGroups: 2, maxRowsPerFile: 10, maxConcurrentUploads: 1 },
    rateLimiter: {
      take: async () => {
        if (passMs > 0) await real.sandbox.advance(passMs)
        return 0
      },
    },
  })
  const rows = rowsOf(60)
  for (const receipt of await real.solution.deliver(rows)) {
    expect(receipt).toMatchObject({ scope: 'solution', code: 'RATE_LIMIT', inDoubt: false })
  }
  passMs = 1_000
  const after = await lastSeq(real)
  expect(statuses(await real.solution.deliver(rows))).toEqual(delivered)
  const requests = await real.sandbox.requests('analytics', after)
  expect(requests.filter(({ status }) => status === 429)).toEqual([])
  expect(await members(real)).toHaveLength(60)
})

test('real limits: a hundred segments at once are named by few imports', async () => {
  const real = await ownTrial({ sandbox: { preset: 'real' }, settings: { apiCallsPer6Secs: 12 } })
  const ids = Array.from({ length: 100 }, (_, n) => `segment-${n}`)
  const receipts = await Promise.all(
    ids.map((id) => real.solution.ensureSegment(`ups:${id}`, `Segment ${id}`)),
  )
  expect(receipts).toMatchObject(ids.map((id) => ({ status: 'ready', remoteId: id })))
  const imports = (await real.operations()).filter((one) =>
    one.startsWith('classifications.import'),
  )
  expect(imports.length).toBeLessThanOrEqual(3)
  await real.settle()
  expect(await real.counterpartName('ups:segment-42')).toContain('Segment segment-42')
})

test.each([
  ['clientSecret', { clientSecret: 'wrong' }],
  ['clientId', { clientId: 'nobody', clientSecret: 'wrong' }],
])(
  'a wrong %s is a setting to mend, is not asked about in a loop, and all goes on once it is right',
  async (_what, wrong) => {
    const rows = rowsOf(2)
    const solution = trial.another(wrong)
    const before = await trial.calls()
    for (let round = 0; round < 5; round += 1) {
      for (const receipt of await solution.deliver(rows)) {
        expect(receipt).toMatchObject({ status: 'misconfigured', setting: 'clientSecret' })
      }
    }
    expect((await trial.calls()).all - before.all).toBe(1)
    expect(statuses(await trial.another().deliver(rows))).toEqual(delivered)
    expect(await members()).toEqual(identities(0, 1))
  },
)

test.each([
  ['datasetId', { datasetId: 'nosuch' }],
  ['clientId', { companyId: 'nosuch' }],
])('a name that cannot be given names the setting %s', async (setting, wrong) => {
  const receipt = await trial.another(wrong).ensureSegment(`ups:${remoteId}`, 'x')
  expect(receipt).toMatchObject({ status: 'misconfigured', setting })
})

test('a column that the dataset does not have is told of, at once or when its import has failed', async () => {
  const solution = trial.another({ nameColumn: 'No such column' })
  const isTold = async () => {
    const receipt = await solution.ensureSegment(`ups:${remoteId}`, 'x')
    if (receipt.status === 'misconfigured') return receipt.setting === 'nameColumn'
    return trial.events.some(({ event }) => event === 'names_not_imported')
  }
  await expect.poll(isTold).toBe(true)
})

test('follow: waiting until the documented time has passed, then applied; lost where nobody knows it', async () => {
  const [receipt] = await trial.solution.deliver([{ ...row(1), revisionMs: Date.now() }])
  const follow = receipt?.status === 'delivered' ? (receipt.follow ?? '') : ''
  const asked = await trial.calls()
  expect(await trial.solution.follow?.(follow)).toMatchObject({ status: 'waiting' })
  expect(await trial.calls()).toEqual(asked)
  await trial.settle()
  expect(await trial.solution.follow?.(follow)).toEqual({ status: 'applied' })
  const unknown = follow.replace(/^......../, '00000000')
  expect(await trial.solution.follow?.(unknown)).toMatchObject({
    status: 'not-applied',
    code: 'FILE_UNKNOWN',
  })
})

test('a device id goes as visitorID where that is wanted, and only there', async () => {
  const gaid = 'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
  const both = { ...row(1), identities: [...person(1), gaid] }
  const solution = trial.another({ visitorIdNamespaces: ['GAID'] })
  expect(solution.namespaces).toEqual(['ECID', 'GAID'])
  expect(statuses(await solution.deliver([both]))).toEqual(delivered)
  expect(await members()).toEqual([...person(1), `visitorID:${gaid.slice(5)}`].toSorted())
})

test('a removed segment’s name is gone and its hits are not', async () => {
  const segment = `ups:${remoteId}`
  await trial.solution.ensureSegment(segment, 'Loyal buyers')
  await trial.solution.deliver([row(1)])
  await trial.settle()
  expect(await trial.counterpartName(segment)).toBe(`Loyal buyers [${remoteId}]`)
  expect(await trial.solution.removeSegment(segment, remoteId)).toMatchObject({
    status: 'removed',
    remains: expect.stringContaining('hits'),
  })
  expect(await members()).toEqual(identities(1))
  expect(await trial.counterpartName(segment)).toBeUndefined()
})
