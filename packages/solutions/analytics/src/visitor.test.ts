import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ecid, testSettings } from './test-settings.ts'
import { groupName, groupOf, namespacesOf, visitorOf } from './visitor.ts'

const only = testSettings()
const more = testSettings({
  visitorIdNamespaces: ['GAID'],
  seedNamespace: 'email_lc_sha256',
  seedCustomerIdType: 'mail',
})

test('only ECID by default, others by setting', () => {
  expect(namespacesOf(only)).toEqual(['ECID'])
  expect(namespacesOf(more)).toEqual(['ECID', 'GAID', 'email_lc_sha256'])
})

test.each([
  [ecid(1), { as: 'marketingCloudVisitorID', id: ecid(1).slice(5) }],
  ['ECID:123', 'malformed'],
  [`ECID:${'a'.repeat(38)}`, 'malformed'],
  [
    'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2',
    { as: 'visitorID', id: 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2' },
  ],
  ['GAID:00000000-0000-0000-0000-000000000000', 'malformed'],
  ['GAID: x', 'malformed'],
  ['GAID:', 'malformed'],
  [`GAID:${'ü'.repeat(51)}`, 'malformed'],
  [`email_lc_sha256:${'e'.repeat(64)}`, { as: 'customerID', id: 'e'.repeat(64) }],
  ['IDFA:AEBE52E7-03EE-455A-B3C4-E57283966239', 'not-taken'],
])('%s', (identity, visitor) => {
  expect(visitorOf(identity, more)).toEqual(visitor)
})

test('what the default does not send is not taken', () => {
  expect(visitorOf('GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2', only)).toBe('not-taken')
  expect(visitorOf(':x', only)).toBe('not-taken')
})

test('a visitor is in one group, always the same, and every group has some', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(1e9), (groups, n) => {
      const visitor = { as: 'marketingCloudVisitorID', id: `${n}` } as const
      const group = groupOf(visitor, groups)
      expect(group).toBeGreaterThanOrEqual(1)
      expect(group).toBeLessThanOrEqual(groups)
      expect(groupOf({ ...visitor }, groups)).toBe(group)
    }),
    { seed: 7 },
  )
  const ids = Array.from({ length: 1_000 }, (_, n) => `${n}`)
  const sizes = new Map<number, number>()
  for (const id of ids) {
    const group = groupOf({ as: 'visitorID', id }, 10)
    sizes.set(group, (sizes.get(group) ?? 0) + 1)
  }
  expect(sizes.size).toBe(10)
  expect(Math.min(...sizes.values())).toBeGreaterThan(50)
})

test('group names begin with the company', () => {
  expect(groupName(only, 3)).toBe('acme_segments_3')
  expect(groupName(testSettings({ visitorGroupPrefix: 'acme_web' }), 3)).toBe('acme_web_3')
})
