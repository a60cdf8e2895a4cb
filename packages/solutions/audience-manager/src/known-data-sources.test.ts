import { expect, test } from 'vitest'
import { failed, misconfigured, refusal, retryRow } from '@segue/solution-kit'
import { knownDataSources } from './known-data-sources.ts'
import type { CallRest, RestCall, RestOutcome } from './rest-client.ts'
import type { AudienceManagerSettingsInput } from './settings.ts'
import { testSettings } from './test-settings.ts'

const hourMs = 3_600_000
const name = 'Experience Platform Segments'
const byName = { ecid: 31000, email: 31001 }
const trouble: RestOutcome = {
  kind: 'refused',
  status: 500,
  refusal: refusal('HTTP_500', retryRow(1_000, true)),
}
const forbidden: RestOutcome = {
  kind: 'refused',
  status: 403,
  refusal: refusal('HTTP_403', misconfigured('clientId')),
}
const absent: RestOutcome = { kind: 'refused', status: 404, refusal: refusal('HTTP_404', failed) }
const fileName = (dataSourceId: number, targetDataSourceId: number) => ({
  dataSourceId,
  targetDataSourceId,
  unixSeconds: 1,
})

/** A REST API with these data sources, in pages of at most `most`, whatever is asked for; or a bare list. */
function world(
  options: {
    readonly names?: readonly (string | null)[]
    readonly most?: number
    readonly total?: boolean
    readonly bare?: boolean
    readonly settings?: Partial<AudienceManagerSettingsInput>
  } = {},
) {
  const { names = ['Other', name], most = 100, bare = false } = options
  const sources = names.map((one, index) => ({ dataSourceId: 40_000 + index, name: one }))
  const calls: RestCall[] = []
  const clock = { nowMs: 0 }
  const state: { trouble?: RestOutcome } = {}
  const call: CallRest = async (request) => {
    calls.push(request)
    await Promise.resolve()
    if (state.trouble !== undefined) return state.trouble
    const id = Number(request.path.split('/')[1])
    if (id > 0) {
      const found = sources.find((one) => one.dataSourceId === id)
      return found === undefined ? absent : { kind: 'answer', body: found }
    }
    if (bare) return { kind: 'answer', body: sources }
    const page = Number(request.query?.['page'])
    const list = sources.slice(page * most, (page + 1) * most)
    const total = options.total === true ? { total: sources.length } : {}
    return { kind: 'answer', body: { list, ...total } }
  }
  const settings = testSettings(options.settings ?? { dataSources: byName })
  const known = knownDataSources({ call, settings, nowMs: () => clock.nowMs })
  return { ...known, sources, calls, clock, state }
}

const unknown = (setting: string, detail: RegExp = /./) => ({
  status: 'misconfigured',
  code: 'DATA_SOURCE_UNKNOWN',
  setting,
  detail: expect.stringMatching(detail),
})

const many = Array.from({ length: 25 }, (_, n) => `Source ${n}`)

test.each([
  ['a bare list', { bare: true }, 1],
  ['one page that tells its total', { total: true }, 1],
  ['one page that does not', {}, 2],
  ['pages smaller than asked for', { names: [...many, null, name], most: 10, total: true }, 3],
  ['small pages without a total', { names: [...many, name], most: 10 }, 4],
])('the owner of traits is found by its exact name: %s', async (_what, options, calls) => {
  const { traitOwner, sources, calls: made } = world(options)
  const dataSourceId = sources.find((one) => one.name === name)?.dataSourceId
  expect(await traitOwner()).toMatchObject({ kind: 'owner', dataSourceId })
  expect(made).toHaveLength(calls)
})

test('it is looked up once, also by several at once, and is not asked about again', async () => {
  const { traitOwner, existingTraitOwner, calls } = world({ bare: true })
  const asked = [traitOwner(), existingTraitOwner(), traitOwner()]
  expect(new Set((await Promise.all(asked)).map((one) => one.kind))).toEqual(new Set(['owner']))
  await existingTraitOwner()
  expect(calls).toHaveLength(1)
})

test('a look-up that failed is nobody’s doubt, and is made again', async () => {
  const { traitOwner, calls, state } = world({ bare: true })
  state.trouble = trouble
  const refused = { kind: 'refused', refusal: { code: 'HTTP_500', inDoubt: false } }
  expect(await Promise.all([traitOwner(), traitOwner()])).toMatchObject([refused, refused])
  expect(calls).toHaveLength(1)
  delete state.trouble
  expect(await traitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 40_001 })
})

test('a name that is not there says what to do; once it is there, it is found', async () => {
  const { traitOwner, sources } = world({ names: ['experience platform segments', `${name} 2`] })
  expect(await traitOwner()).toEqual({
    kind: 'refused',
    refusal: unknown('traitDataSourceName', /create one.*Cross-device.*dataSources\.traitOwner/),
  })
  sources.push({ dataSourceId: 50_000, name })
  expect(await traitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 50_000 })
})

test('a name of several is not guessed', async () => {
  expect(await world({ names: [name, 'x', name] }).traitOwner()).toMatchObject({
    refusal: { code: 'DATA_SOURCE_AMBIGUOUS', setting: 'traitDataSourceName' },
  })
})

test('a list without end is given up', async () => {
  const { traitOwner, calls } = world({ names: Array.from({ length: 101 }, () => 'x'), most: 1 })
  expect(await traitOwner()).toMatchObject({
    refusal: { code: 'DATA_SOURCES_TOO_MANY', setting: 'dataSources.traitOwner' },
  })
  expect(calls).toHaveLength(100)
})

test('a number in the settings wins over the name, and is looked at where it matters', async () => {
  const settings = { dataSources: { ...byName, traitOwner: 40_000 } }
  const { traitOwner, existingTraitOwner, calls } = world({ settings })
  expect(await traitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 40_000 })
  expect(calls).toEqual([])
  expect(await existingTraitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 40_000 })
  const wrong = world({ settings: { dataSources: { ...byName, traitOwner: 9 } } })
  expect(await wrong.existingTraitOwner()).toEqual({
    kind: 'refused',
    refusal: unknown('dataSources.traitOwner'),
  })
})

test.each([
  ['ecid', 31_000],
  ['email', 31_001],
  ['gaid', 7],
  ['idfa', 8],
])('dataSources.%s that is not there is told until it is', async (setting, id) => {
  const { refusalOf, sources, calls } = world({
    settings: { dataSources: { ...byName, gaid: 7, idfa: 8 } },
  })
  expect(await refusalOf(id)).toEqual(unknown(`dataSources.${setting}`))
  sources.push({ dataSourceId: id, name: 'mended' })
  expect(await Promise.all([refusalOf(id), refusalOf(id)])).toEqual([undefined, undefined])
  expect(await refusalOf(id)).toBeUndefined()
  expect(calls).toHaveLength(2)
})

test('Adobe’s own data sources are not asked about', async () => {
  const { refusalOf, calls } = world()
  expect(await Promise.all([refusalOf(20914), refusalOf(20915)])).toEqual([undefined, undefined])
  expect(calls).toEqual([])
})

test.each([trouble, forbidden])(
  'where nobody can tell, files go on, and it is asked again later (%o)',
  async (answer) => {
    const { refusalOf, calls, clock, state } = world()
    state.trouble = answer
    expect(await refusalOf(31_000)).toBeUndefined()
    expect(await refusalOf(31_000)).toBeUndefined()
    expect(calls).toHaveLength(1)
    clock.nowMs += hourMs
    delete state.trouble
    expect(await refusalOf(31_000)).toEqual(unknown('dataSources.ecid'))
  },
)

test('a receipt that calls a data source unknown holds it for an hour, and no other', async () => {
  const { refusalOf, existingTraitOwner, fileRefused, clock, state } = world({
    settings: { dataSources: { ...byName, traitOwner: 40_000 } },
  })
  state.trouble = forbidden
  fileRefused(fileName(31_001, 40_000), 'NOT_GZIP')
  expect(await refusalOf(31_001)).toBeUndefined()
  fileRefused(fileName(31_001, 40_000), 'UNKNOWN_DATA_SOURCE')
  expect(await refusalOf(31_001)).toEqual(unknown('dataSources.email', /receipt/))
  expect(await refusalOf(31_000)).toBeUndefined()
  expect((await existingTraitOwner()).kind).toBe('owner')
  clock.nowMs += hourMs / 2
  fileRefused(fileName(31_001, 40_000), 'UNKNOWN_DATA_SOURCE')
  fileRefused(fileName(31_000, 40_000), 'UNKNOWN_TARGET_DATA_SOURCE')
  expect(await existingTraitOwner()).toMatchObject({
    refusal: unknown('dataSources.traitOwner', /receipt/),
  })
  clock.nowMs += hourMs / 2
  expect(await refusalOf(31_001)).toBeUndefined()
})

test('a named owner that a receipt calls unknown is looked up again', async () => {
  const { existingTraitOwner, fileRefused, sources } = world({ bare: true })
  expect(await existingTraitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 40_001 })
  fileRefused(fileName(31_000, 40_001), 'UNKNOWN_TARGET_DATA_SOURCE')
  expect(await existingTraitOwner()).toMatchObject({ refusal: unknown('traitDataSourceName') })
  sources.splice(1, 1, { dataSourceId: 50_000, name })
  expect(await existingTraitOwner()).toMatchObject({ kind: 'owner', dataSourceId: 50_000 })
})
