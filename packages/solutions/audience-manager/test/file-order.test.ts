import { expect, onTestFinished, test } from 'vitest'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { audienceManagerTrial, person } from './audience-manager-trial.ts'
import type { AudienceManagerTrial } from './audience-manager-trial.ts'

const hourMs = 3_600_000
const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const ecidOf = (n: number) => person(n).slice(0, 1)
const accepted = expect.objectContaining({ status: 'delivered', applied: false })
const applied = { status: 'applied' }
const waiting = expect.objectContaining({ status: 'waiting' })

/** A server of the test's own, closed with the test. */
async function ownTrial(
  options: Parameters<typeof audienceManagerTrial>[0],
): Promise<AudienceManagerTrial> {
  const own = await audienceManagerTrial(options)
  onTestFinished(() => own.close())
  return own
}

async function traitOf(own: AudienceManagerTrial): Promise<string> {
  const receipt = await own.solution.ensureSegment(segment, 'Ordered')
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

function followsOf(receipts: readonly Receipt[]): readonly string[] {
  return receipts.flatMap((one) => (one.status === 'delivered' ? (one.follow ?? []) : []))
}

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
    sandbox: { preset: 'loose', seed: 7, audienceManager: { fileLagMs: 6 * hourMs } },
    settings: { processedWaitMs: 0 },
  })
  const remoteId = await traitOf(own)
  const below = random(20261123)
  const truth = new Map<number, Delivery>()
  let open = new Map<number, Delivery>()
  const follows = new Set<string>()
  let { solution } = own
  for (let round = 1; round <= 16 || open.size > 0 || follows.size > 0; round += 1) {
    if (round <= 16) {
      for (let changes = 0; changes < 4; changes += 1) {
        const n = below(8)
        const status = below(2) === 0 ? 'realized' : 'exited'
        const one = row(remoteId, n % 4 === 0 ? person(n) : ecidOf(n), status, round * 10 + changes)
        truth.set(n, one)
        open.set(n, one)
      }
      if (below(4) === 0) {
        const answer = ['apply-500', '500', 'drop'][below(3)] ?? '500'
        await own.sandbox.faults({ 'audience-manager': [{ operation: 's3.putObject', answer }] })
      }
    }
    const entries = [...open]
    const receipts = await solution.deliver(entries.map(([, one]) => one))
    for (const follow of followsOf(receipts)) follows.add(follow)
    open = new Map(entries.filter((_entry, index) => receipts[index]?.status !== 'delivered'))
    await own.advance(below(4) * hourMs)
    if (round > 16) await own.settle()
    // A file that is followed early is asked about again; some are asked about late.
    for (const follow of follows) {
      if (round <= 16 && below(3) > 0) continue
      const answer = await solution.follow?.(follow)
      if (answer?.status === 'applied') follows.delete(follow)
    }
    if (below(6) === 0) solution = own.another({})
    expect(round).toBeLessThan(60)
  }
  await own.settle()
  const expected = [...truth.values()].flatMap((one) =>
    one.status === 'realized' ? one.identities : [],
  )
  expect((await own.members(segment)).toSorted()).toEqual(expected.toSorted())
})

test('at real lags: a young trait waits, adds are held while a removal is open, and what is applied is told', async () => {
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
  const receipts = await own.solution.deliver([add])
  expect(receipts).toEqual([accepted])
  const [follow = ''] = followsOf(receipts)
  expect(await own.another({}).follow?.(follow)).toEqual(waiting)
  await own.advance(25 * hourMs)
  await expect.poll(() => own.another({}).follow?.(follow)).toEqual(applied)
  expect(await own.members(segment)).toEqual(ecidOf(1))

  expect(await own.another({}).deliver([removal])).toEqual([accepted])
  const held = { status: 'retry', code: 'REMOVAL_OPEN', scope: 'row', inDoubt: false }
  expect(await own.solution.express?.([add])).toMatchObject([held])
  expect(await own.another({}).express?.([add])).toMatchObject([held])
  await own.advance(25 * hourMs)
  await expect.poll(() => own.members(segment)).toEqual([])
  expect(await own.another({}).express?.([add])).toEqual([accepted])
  expect(await own.members(segment)).toEqual(ecidOf(1))
  const warnings = own.events.filter(
    ({ level, event }) => level === 'warn' && event === 'onboarding_receipt',
  )
  expect(warnings).toEqual([])
})

test('without receipts files go one after the other all the same, and 48 hours later they are applied', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'real' },
    settings: { receipts: 'none', processedWaitMs: 0 },
  })
  const remoteId = await traitOf(own)
  await own.advance(4 * hourMs)
  const [follow = ''] = followsOf(await own.solution.deliver([row(remoteId, ecidOf(1))]))
  await own.advance(hourMs)
  expect(await own.another({}).deliver([row(remoteId, ecidOf(2))])).toEqual([accepted])
  await own.advance(46 * hourMs)
  expect(await own.another({}).follow?.(follow)).toEqual(waiting)
  await own.advance(hourMs)
  expect(await own.another({}).follow?.(follow)).toEqual(applied)
  expect((await own.members(segment)).toSorted()).toEqual([...ecidOf(1), ...ecidOf(2)])
  await own.sandbox.close()
  expect(await own.solution.follow?.(follow)).toMatchObject({
    status: 'retry',
    code: 'CONNECT_FAILED',
    scope: 'solution',
  })
  expect(await own.solution.deliver([row(remoteId, ecidOf(2))])).toMatchObject([
    { status: 'retry', code: 'CONNECT_FAILED', scope: 'solution', inDoubt: false },
  ])
})

test('a file that Audience Manager refuses as a whole is told as lost, where nobody could tell before', async () => {
  const own = await ownTrial({
    sandbox: { preset: 'loose' },
    settings: { processedWaitMs: 0 },
  })
  const remoteId = await traitOf(own)
  const { dataSources } = own.settings
  const solution = own.another({ dataSources: { ...dataSources, ecid: 999_999 } })
  const unseen = { operation: 'datasources.get', answer: '500', times: 9 }
  await own.sandbox.faults({ 'audience-manager': [unseen] })
  const [follow = ''] = followsOf(await solution.deliver([row(remoteId, ecidOf(1))]))
  await own.settle()
  expect(await solution.follow?.(follow)).toEqual({
    status: 'not-applied',
    code: 'FILE_REFUSED',
    detail: 'by UNKNOWN_DATA_SOURCE',
  })
  const rows = [row(remoteId, ecidOf(1))]
  expect(await solution.deliver(rows)).toMatchObject([
    { status: 'misconfigured', setting: 'dataSources.ecid', code: 'DATA_SOURCE_UNKNOWN' },
  ])
  const mended = own.another({})
  expect(await mended.follow?.(follow)).toMatchObject({ status: 'not-applied' })
  expect(await mended.deliver(rows)).toEqual([accepted])
  await own.settle()
  expect(await own.members(segment)).toEqual(ecidOf(1))
})
