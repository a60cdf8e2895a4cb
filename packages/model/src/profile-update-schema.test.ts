import * as fc from 'fast-check'
import { Compile } from 'typebox/schema'
import { expect, test } from 'vitest'
import { nearlyValidUpdate, nowMs, seed, validUpdate } from './example-updates.ts'
import { parseProfileUpdate } from './parse-profile-update.ts'
import { profileUpdateSchema } from './profile-update-schema.ts'

const schema = Compile(profileUpdateSchema)
const identityMap = { ECID: [{ id: '1'.repeat(38) }] }
const time = '2026-11-23T10:00:00Z'

test('describes every valid update', () => {
  fc.assert(
    fc.property(validUpdate, (update) => {
      expect(schema.Check(update)).toBe(true)
    }),
    { seed, numRuns: 300 },
  )
})

test('nothing outside it is parsed without a code', () => {
  let outside = 0
  fc.assert(
    fc.property(nearlyValidUpdate, (update) => {
      if (schema.Check(update)) return
      outside += 1
      const parsed = parseProfileUpdate(update, nowMs)
      expect(parsed.ok && parsed.warnings.length === 0).toBe(false)
    }),
    { seed, numRuns: 2_000 },
  )
  expect(outside).toBeGreaterThan(500)
})

test.each([
  {},
  { identityMap: {} },
  { identityMap: { 'a:b': [] } },
  { identityMap: { ECID: [{}] } },
  { identityMap: { ECID: [{ id: '1', primary: 'true' }] } },
  { identityMap, segmentMembership: { ups: { a: { status: 'realized' } } } },
  {
    identityMap,
    segmentMembership: { ups: { a: { status: 'exiting', lastQualificationTime: time } } },
  },
  {
    identityMap,
    segmentMembership: { ups: { a: { lastQualificationTime: '2026-11-23T10:00:00' } } },
  },
  { identityMap, segmentMembership: { 'u:ps': {} } },
  { identityMap, consents: { metadata: { time: 1 } } },
])('tells the reader that %# is not one', (update) => {
  expect(schema.Check(update)).toBe(false)
})
