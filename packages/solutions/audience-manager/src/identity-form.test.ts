import { expect, test } from 'vitest'
import { declaredId, declaredIds, namespaces } from './identity-form.ts'
import { testSettings } from './test-settings.ts'

const { dataSources } = testSettings()
const ecid = '08382830887934830189014177072406221371'
const gaid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const idfa = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'

test.each([
  ['ECID', ecid, 31000],
  ['GAID', gaid, 20914],
  ['IDFA', idfa, 20915],
  ['email_lc_sha256', hash, 31001],
])('%s has its data source', (namespace, id, dataSourceId) => {
  expect(namespaces).toContain(namespace)
  expect(declaredId(`${namespace}:${id}`, dataSources)).toEqual({ namespace, dataSourceId, id })
})

test.each([
  `ECID:${ecid.slice(1)}`,
  `ECID:${ecid}\t`,
  `GAID:${gaid.toUpperCase()}`,
  `IDFA:${idfa.toLowerCase()}`,
  'GAID:00000000-0000-0000-0000-000000000000',
  'IDFA:00000000-0000-0000-0000-000000000000',
  `email_lc_sha256:${hash.toUpperCase()}`,
  'email_lc_sha256:a@b.example',
  `Email:${hash}`,
  `constructor:${hash}`,
  ecid,
])('%s is not usable', (identity) => {
  expect(declaredId(identity, dataSources)).toBeUndefined()
})

test('an id that stands twice is taken once', () => {
  expect(declaredIds([`GAID:${gaid}`, 'x:1', `GAID:${gaid}`], dataSources)).toHaveLength(1)
})
