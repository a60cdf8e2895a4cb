import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { audienceManagerTrial, person } from './audience-manager-trial.ts'
import type { AudienceManagerTrial } from './audience-manager-trial.ts'

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

function row(remoteId: string, identities: readonly string[]): Delivery {
  return { identities, segment, remoteId, status: 'realized', revisionMs: 1 }
}

async function traitOf(): Promise<string> {
  const receipt = await trial.solution.ensureSegment(segment, `Segment ${segments}`)
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

/** Calls of these operations since a request of the journal. */
async function made(operations: RegExp, after: number): Promise<readonly string[]> {
  const requests = await trial.sandbox.requests('audience-manager', after)
  return requests.map(({ operation }) => operation).filter((one) => operations.test(one))
}

const applied = { status: 'delivered', applied: true }
const unknown = (setting: string) => ({
  status: 'misconfigured',
  code: 'DATA_SOURCE_UNKNOWN',
  setting,
})

test('by its name alone the owner of traits is found once, for traits, segments, files', async () => {
  const { traitOwner, ...dataSources } = trial.sandbox.ready.audienceManager.dataSources
  const solution = trial.another({ dataSources })
  const before = await trial.calls()
  const ensured = await Promise.all(
    [segment, 'ups:beside'].map((one) => solution.ensureSegment(one, one)),
  )
  expect(ensured).toMatchObject([{ status: 'ready' }, { status: 'ready' }])
  const remoteId = ensured[0]?.status === 'ready' ? ensured[0].remoteId : ''
  expect(await solution.deliver([row(remoteId, person(1))])).toMatchObject([applied])
  expect((await trial.members(segment)).toSorted()).toEqual(person(1).toSorted())
  expect(await made(/^datasources\.list/, before.all)).toHaveLength(1)
  // What was made by name is what is found by number.
  expect(await traitOf()).toBe(remoteId)
  const uploads = trial.events.filter(({ event }) => event === 'file_uploaded')
  for (const { fields } of uploads.slice(-4)) expect(fields['file']).toContain(`_${traitOwner}_`)
  expect(await solution.renameSegment(segment, remoteId, 'Named')).toMatchObject({ remoteId })
  expect(await trial.counterpartName(segment)).toBe('Named')
  expect(await solution.removeSegment(segment, remoteId)).toEqual({ status: 'removed' })
})

test('a name that nothing has is told, writes nothing, and works once an administrator has made it', async () => {
  const { traitOwner: _byNumber, ...dataSources } = trial.sandbox.ready.audienceManager.dataSources
  const solution = trial.another({ dataSources, traitDataSourceName: 'Somebody’s segments' })
  const remoteId = await traitOf()
  const before = await trial.calls()
  expect(await solution.ensureSegment(segment, 'x')).toMatchObject(unknown('traitDataSourceName'))
  expect(await solution.deliver([row(remoteId, person(2))])).toMatchObject([
    unknown('traitDataSourceName'),
  ])
  expect(await made(/create|put/, before.all)).toEqual([])
  await trial.createDataSource('Somebody’s segments')
  const ensured = await solution.ensureSegment('ups:somebody', 'Somebody')
  expect(ensured).toMatchObject({ status: 'ready' })
  const theirs = ensured.status === 'ready' ? ensured.remoteId : ''
  const mine = { ...row(theirs, person(2)), segment: 'ups:somebody' }
  expect(await solution.deliver([mine])).toMatchObject([applied])
  expect((await trial.members('ups:somebody')).toSorted()).toEqual(person(2).toSorted())
})

test.each(['ecid', 'email', 'gaid', 'idfa', 'traitOwner'])(
  'dataSources.%s that does not exist keeps its rows back, and they go once it is mended',
  async (name) => {
    const remoteId = await traitOf()
    const dataSources = { ...trial.sandbox.ready.audienceManager.dataSources, [name]: 999_999 }
    const solution = trial.another({ dataSources })
    const before = await trial.calls()
    const rows = [row(remoteId, person(3))]
    const refused = unknown(`dataSources.${name}`)
    expect(await solution.deliver(rows)).toMatchObject([refused])
    expect(await made(/putObject/, before.all)).toEqual([])
    // Adobe's own number is left: what does not touch the wrong one goes.
    const device = person(4).filter((id) => /^(GAID|IDFA)/.test(id))
    const others = device.filter((id) => !id.toLowerCase().startsWith(name)).slice(0, 1)
    expect(await solution.deliver([row(remoteId, others)])).toMatchObject([
      name === 'traitOwner' ? refused : applied,
    ])
    expect(await trial.another({}).deliver(rows)).toMatchObject([applied])
    expect(await trial.members(segment)).toEqual(expect.arrayContaining([...person(3)]))
  },
)

test('each data source is asked for once, with nothing to deliver never', async () => {
  const remoteId = await traitOf()
  const solution = trial.another({})
  const before = await trial.calls()
  expect(await solution.deliver([])).toEqual([])
  expect(await made(/./, before.all)).toEqual([])
  for (let time = 0; time < 2; time += 1) {
    expect(await solution.deliver([row(remoteId, person(5))])).toMatchObject([applied])
  }
  // The owner, ECID, mail.
  expect(await made(/^datasources/, before.all)).toHaveLength(3)
})

test('in real time a data source that is not ours is told by its setting', async () => {
  const remoteId = await traitOf()
  const dataSources = { ...trial.sandbox.ready.audienceManager.dataSources, email: 999_999 }
  const solution = trial.another({ dataSources })
  expect(await solution.express?.([row(remoteId, person(6))])).toMatchObject([
    { status: 'misconfigured', code: 'DATA_SOURCE_FOREIGN', setting: 'dataSources.email' },
  ])
})
