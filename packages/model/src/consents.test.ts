import { assert, describe, expect, test } from 'vitest'
import { nowMs } from './example-updates.ts'
import { parseProfileUpdate } from './parse-profile-update.ts'

const identityMap = { ECID: [{ id: '1'.repeat(38) }] }
const time = '2026-11-23T10:00:00Z'

function parse(update: unknown): ReturnType<typeof parseProfileUpdate> {
  return parseProfileUpdate(update, nowMs)
}

describe('consent', () => {
  test.each([
    ['y', { given: true }],
    ['dy', { given: true }],
    ['n', { given: false }],
    ['dn', { given: false }],
    ['p', undefined],
    ['u', undefined],
    ['N', undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
  ])('%j reads as %j', (val, consent) => {
    const parsed = parse({ identityMap, consents: { share: { val } } })
    assert(parsed.ok, 'the update was rejected')
    expect(parsed.update.consent).toEqual(consent)
    expect('consent' in parsed.update).toBe(consent !== undefined)
  })

  test('without a share, or with a time alone, leaves all as it was', () => {
    for (const consents of [{}, { metadata: { time } }, { share: {}, metadata: {} }]) {
      const parsed = parse({ identityMap, consents })
      expect(parsed.ok && !('consent' in parsed.update)).toBe(true)
    }
  })
})
