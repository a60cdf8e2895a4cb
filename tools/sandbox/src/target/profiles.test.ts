import { expect, test } from 'vitest'
import { attributesOf, createProfiles, idOf, type Profile } from './profiles.ts'

const valuesOf = (profile: Profile | undefined): Record<string, string> | undefined =>
  profile === undefined
    ? undefined
    : Object.fromEntries([...attributesOf(profile)].map(([name, { value }]) => [name, value]))

test('the second batch without a visit between overrides everything that the first one set', () => {
  const profiles = createProfiles(0)
  const read = () => valuesOf(profiles.byId('thirdPartyId', 'p'))
  profiles.overlay('thirdPartyId', 'p', Object.entries({ a: '1', b: '1' }), 1)
  profiles.overlay('thirdPartyId', 'p', Object.entries({ b: '2' }), 2)
  expect(read()).toEqual({ b: '2' })
  profiles.visit({ thirdPartyId: 'p' }, [], 3)
  profiles.overlay('thirdPartyId', 'p', Object.entries({ c: '3' }), 4)
  expect(read()).toEqual({ b: '2', c: '3' })
  profiles.overlay('thirdPartyId', 'p', Object.entries({ d: '4' }), 5)
  expect(read()).toEqual({ b: '2', d: '4' })
})

test('what a batch overrode comes back when the next batch has nothing of it', () => {
  const profiles = createProfiles(0)
  profiles.visit({ thirdPartyId: 'p' }, [['a', 'visit']], 1)
  profiles.overlay('thirdPartyId', 'p', [['a', 'batch']], 2)
  expect(valuesOf(profiles.byId('thirdPartyId', 'p'))).toEqual({ a: 'batch' })
  profiles.overlay('thirdPartyId', 'p', [['b', 'batch']], 3)
  expect(valuesOf(profiles.byId('thirdPartyId', 'p'))).toEqual({ a: 'visit', b: 'batch' })
})

test('a single update holds over the batch before it, whatever batch comes next', () => {
  const profiles = createProfiles(0)
  profiles.overlay('thirdPartyId', 'p', [['a', '1']], 1)
  profiles.update('thirdPartyId', 'p', [['a', '2']], 2)
  expect(valuesOf(profiles.byId('thirdPartyId', 'p'))).toEqual({ a: '2' })
  profiles.overlay('thirdPartyId', 'p', [['b', '3']], 3)
  expect(valuesOf(profiles.byId('thirdPartyId', 'p'))).toEqual({ a: '2', b: '3' })
})

test('a visit with two ids joins their profiles; a browser that changes hands leaves its attributes', () => {
  const profiles = createProfiles(0)
  profiles.visit({ marketingCloudVisitorId: 'e' }, Object.entries({ a: 'e', b: 'e' }), 1)
  profiles.overlay('thirdPartyId', 'p', [['a', 'p']], 2)
  const joined = profiles.visit({ marketingCloudVisitorId: 'e', thirdPartyId: 'p' }, [], 3)
  expect(valuesOf(joined)).toEqual({ a: 'p', b: 'e' })
  expect(profiles.size()).toBe(1)
  expect(profiles.byId('marketingCloudVisitorId', 'e')).toBe(joined)
  profiles.visit({ marketingCloudVisitorId: 'f', thirdPartyId: 'p' }, [], 4)
  expect(profiles.byId('marketingCloudVisitorId', 'e')).toBe(
    profiles.byId('marketingCloudVisitorId', 'f'),
  )
  const other = profiles.visit({ marketingCloudVisitorId: 'e', thirdPartyId: 'q' }, [], 5)
  expect(valuesOf(other)).toEqual({})
  expect(profiles.byId('marketingCloudVisitorId', 'e')).toBe(other)
  expect(joined?.ids).not.toContainEqual({ kind: 'marketingCloudVisitorId', id: 'e' })
  // Also where the other one is known already: two people's profiles are never joined.
  const back = profiles.visit({ marketingCloudVisitorId: 'e', thirdPartyId: 'p' }, [], 6)
  expect(back).toBe(joined)
  expect([profiles.size(), other?.ids.length]).toEqual([2, 2])
})

const of = (length: number): [string, string][] => [['a', 'x'.repeat(length)]]

test('64 KB are of what holds, not of what was ever sent', () => {
  const profiles = createProfiles(100)
  for (let round = 0; round < 10; round += 1) {
    expect(profiles.overlay('thirdPartyId', 'p', of(99), round)).toBe('updated')
    expect(profiles.visit({ marketingCloudVisitorId: 'e' }, of(99), round)).toBeDefined()
    expect(profiles.update('thirdPartyId', 'p', of(99), round)).toBe('updated')
  }
  expect(profiles.overlay('thirdPartyId', 'p', of(100), 11)).toBe('tooLarge')
  expect(profiles.update('thirdPartyId', 'p', [['b', '']], 11)).toBe('tooLarge')
  expect(profiles.visit({ marketingCloudVisitorId: 'e' }, [['b', 'ü']], 11)).toBeUndefined()
  expect(profiles.overlay('thirdPartyId', 'new', of(100), 11)).toBe('tooLarge')
  expect(profiles.byId('thirdPartyId', 'new')).toBeUndefined()
  expect(profiles.size()).toBe(2)
})

test('what is kept comes back as it was', () => {
  const profiles = createProfiles(0)
  profiles.overlay('thirdPartyId', 'p', [['a', '1']], 1)
  profiles.visit({ marketingCloudVisitorId: 'e' }, [['b', '2']], 2)
  const again = createProfiles(0)
  again.restore(JSON.parse(JSON.stringify(profiles.snapshot())))
  expect(again.snapshot()).toEqual(profiles.snapshot())
  again.overlay('thirdPartyId', 'p', [['c', '3']], 3)
  expect(valuesOf(again.byId('thirdPartyId', 'p'))).toEqual({ c: '3' })
  const visitor = profiles.byId('marketingCloudVisitorId', 'e')
  expect(visitor === undefined ? undefined : idOf(visitor, 'tntId')).toBe('2-000001')
})
