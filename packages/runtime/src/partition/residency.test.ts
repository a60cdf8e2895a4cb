import { emptyProfile, tableTransitions } from '@segue/profile'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createResidency, type Residency, type Resident } from './residency.ts'

const startTransitions = () => tableTransitions
const resident = (profileKey: string): Resident => ({
  profile: emptyProfile(profileKey),
  transitions: tableTransitions,
  startTransitions,
  armedMs: 0,
  erasedMs: 0,
  half: -1,
  isChanged: false,
  isDropped: false,
})

/** Uses a profile as the loop does: from memory, or loaded where it is not there. */
function use(residency: Residency, profileKey: string): void {
  residency.put(profileKey, residency.peek(profileKey) ?? resident(profileKey))
}

const uses = fc.record({
  capacity: fc.integer({ min: 2, max: 12 }),
  keys: fc.array(fc.nat({ max: 20 }).map(String), { maxLength: 80 }),
})

test('never keeps more than its capacity, and always what was used last', () => {
  fc.assert(
    fc.property(uses, ({ capacity, keys }) => {
      const residency = createResidency(capacity)
      for (const [index, key] of keys.entries()) {
        use(residency, key)
        expect(residency.size()).toBeLessThanOrEqual(capacity)
        const lastUsed = [...new Set(keys.slice(0, index + 1).toReversed())]
        const sure = lastUsed.slice(0, Math.floor(capacity / 2))
        const found = sure.map((one) => residency.peek(one)?.profile.identities[0])
        expect(found).toEqual(sure)
      }
    }),
    { seed: 20_261_123, numRuns: 300 },
  )
})

test('counts each profile once, however often it is put', () => {
  fc.assert(
    fc.property(uses, ({ capacity, keys }) => {
      const residency = createResidency(capacity)
      for (const key of keys) residency.put(key, resident(key))
      const size = residency.size()
      const found = [...new Set(keys)].filter((key) => {
        const copy = createResidency(capacity)
        for (const one of keys) copy.put(one, resident(one))
        return copy.peek(key) !== undefined
      })
      expect(size).toBe(found.length)
    }),
    { seed: 20_261_123 },
  )
})

test('gives what was put last under a key, even when an older one has aged', () => {
  const residency = createResidency(4)
  const renewed = resident('a')
  for (const one of [resident('a'), resident('b'), resident('c'), renewed, resident('d')]) {
    residency.put(one.profile.identities[0]!, one)
  }
  expect(residency.peek('a')).toBe(renewed)
})

test('forgets one profile, or all', () => {
  const residency = createResidency(10)
  for (const key of ['a', 'b', 'c']) residency.put(key, resident(key))
  residency.remove('b')
  expect(['a', 'b', 'c'].map((key) => residency.peek(key) !== undefined)).toEqual([
    true,
    false,
    true,
  ])
  residency.clear()
  expect(residency.size()).toBe(0)
  expect(residency.peek('a')).toBeUndefined()
})
