import { expect, test } from 'vitest'
import { misconfigured, refusal } from '@segue/solution-kit'
import { declaredIds, sourceSetting } from './identity-form.ts'
import { receiptKey } from './sync-file-name.ts'
import { fileWorld, row } from './test-file-world.ts'
import { testSettings } from './test-settings.ts'

const ecid = 'ECID:08382830887934830189014177072406221371'
const gaid = 'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const idfa = 'IDFA:6D92078A-8246-4BA4-AE5B-76104861E7DC'
const mail = `email_lc_sha256:${'e'.repeat(64)}`
const unknown = refusal('DATA_SOURCE_UNKNOWN', misconfigured('dataSources.email'))

test('nothing of a row goes where one of its data sources is unknown; other rows go', async () => {
  const world = fileWorld()
  world.sources.refusalOf = (id) => Promise.resolve(id === 31001 ? unknown : undefined)
  const rows = [row([ecid, mail]), row([ecid], { remoteId: '25' }), row([mail])]
  expect(await world.deliver(rows)).toMatchObject([unknown, { status: 'delivered' }, unknown])
  expect(world.files()).toHaveLength(1)
  expect(world.bucket.text(world.files()[0] ?? '')).toContain('d_sid=25')
  expect(world.bucket.text(world.files()[0] ?? '')).not.toContain('d_sid=24')
})

test('an unknown owner of traits keeps every row, until it is mended', async () => {
  const world = fileWorld()
  const { existingTraitOwner } = world.sources
  const refused = refusal('DATA_SOURCE_UNKNOWN', misconfigured('traitDataSourceName'))
  world.sources.existingTraitOwner = () => Promise.resolve({ kind: 'refused', refusal: refused })
  expect(await world.deliver([row([ecid]), row([mail])])).toEqual([refused, refused])
  expect(world.files()).toEqual([])
  world.sources.existingTraitOwner = existingTraitOwner
  expect(await world.deliver([row([ecid])])).toMatchObject([{ status: 'delivered' }])
})

test('a receipt’s problem is told to what knows data sources', async () => {
  const world = fileWorld()
  const told: unknown[] = []
  world.sources.fileRefused = (...problem) => void told.push(problem)
  const [receipt] = await world.deliver([row([mail])])
  const [key = ''] = world.files()
  const body = new TextEncoder().encode('{"problem":"UNKNOWN_DATA_SOURCE"}')
  world.bucket.objects.set(receiptKey(key), body)
  const follow = receipt?.status === 'delivered' ? (receipt.follow ?? '') : ''
  expect(await world.follow(follow)).toMatchObject({ status: 'not-applied', code: 'FILE_REFUSED' })
  const name = { dataSourceId: 31001, targetDataSourceId: 29769, unixSeconds: expect.any(Number) }
  expect(told).toEqual([[name, 'UNKNOWN_DATA_SOURCE']])
})

/** A file of an owner of traits that the settings named once; its receipt, and what follows. */
test.each([
  ['{"problem":"UNKNOWN_TARGET_DATA_SOURCE"}', { status: 'not-applied', code: 'FILE_REFUSED' }],
  ['{"recordsReceived":1}', { status: 'applied' }],
  [undefined, { status: 'waiting' }],
])('after its owner was mended, a file is told of by its own receipt: %s', async (text, answer) => {
  const before = fileWorld({ dataSources: { traitOwner: 9, ecid: 31000, email: 31001 } })
  before.sources.traitOwner = () => Promise.resolve({ kind: 'owner', dataSourceId: 9 })
  const key = 'dir/acme/date=2026-11-23/ftp_dpm_31000_9_1795428000.sync.gz'
  before.bucket.objects.set(key, new Uint8Array())
  if (text !== undefined) before.bucket.objects.set(receiptKey(key), new TextEncoder().encode(text))
  const after = fileWorld({}, before.bucket)
  expect(await after.follow('ftp_dpm_31000_9_1795428000.sync.gz')).toMatchObject(answer)
})

test.each([
  [[ecid, mail], 'dataSources.email'],
  [[ecid, gaid], 'dataSources.gaid'],
  [[gaid, idfa], 'dataSources'],
  [[ecid], 'dataSources'],
])('the setting of a call’s data source: %#', (identities, setting) => {
  expect(sourceSetting(declaredIds(identities, testSettings().dataSources))).toBe(setting)
})
