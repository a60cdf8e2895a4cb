import { expect, test } from 'vitest'
import { nowMs } from './example-updates.ts'
import { parseProfileUpdate } from './parse-profile-update.ts'

const ecid = '1'.repeat(38)
const identityMap = { ECID: [{ id: ecid }] }
const time = '2026-11-23T10:00:00Z'

function parse(update: unknown): ReturnType<typeof parseProfileUpdate> {
  return parseProfileUpdate(update, nowMs)
}

test('a key named __proto__ is refused wherever it stands, and changes nothing', () => {
  const membership = `{"status":"realized","lastQualificationTime":"${time}"}`
  const ids = `{"ECID":[{"id":"${ecid}"}]}`
  const texts = [
    `{"__proto__":{"ok":1},"identityMap":${ids}}`,
    `{"identityMap":{"__proto__":[{"id":"x"}],"ECID":[{"id":"${ecid}"}]}}`,
    `{"identityMap":{"ECID":[{"id":"${ecid}","__proto__":{"primary":true}}]}}`,
    `{"identityMap":${ids},"segmentMembership":{"__proto__":{"a":${membership}}}}`,
    `{"identityMap":${ids},"segmentMembership":{"ups":{"__proto__":${membership}}}}`,
    `{"identityMap":${ids},"segmentMembership":{"ups":{"a":{"__proto__":${membership}}}}}`,
    `{"identityMap":${ids},"consents":{"__proto__":{"share":{"val":"n"}}}}`,
    `{"identityMap":${ids},"consents":{"share":{"__proto__":{"val":"n"}}}}`,
    `{"identityMap":${ids},"consents":{"metadata":{"__proto__":{}}}}`,
    `{"xdm:identityMap":{"__proto__":[{"id":"x"}],"ECID":[{"id":"${ecid}"}]}}`,
    `{"xdm:identityMap":${ids},"xdm:segmentMembership":{"ups":{"__proto__":${membership}}}}`,
  ]
  for (const text of texts) {
    expect.soft(parse(JSON.parse(text)), text).toMatchObject({ ok: false, code: 'RESERVED_KEY' })
  }
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('names that plain objects inherit are names like any other', () => {
  const parsed = parse({
    identityMap: { constructor: [{ id: 'prototype' }], toString: [{ id: 'valueOf' }] },
    segmentMembership: { constructor: { prototype: { lastQualificationTime: time } } },
  })
  expect(parsed).toMatchObject({
    ok: true,
    update: {
      profileKey: 'constructor:prototype',
      identities: ['constructor:prototype', 'tostring:valueOf'],
      memberships: [{ segment: 'constructor:prototype' }],
    },
  })
})

test('what other decoders than JSON make is refused with a code', () => {
  const wrong = [
    new Map([['ups', {}]]),
    new Uint8Array(4),
    Symbol('x'),
    10n,
    () => 1,
    Number.NaN,
    undefined,
  ]
  for (const value of wrong) {
    expect(parse(value).ok).toBe(false)
    expect(parse({ identityMap: value }).ok).toBe(false)
    expect(parse({ identityMap: { ECID: [{ id: value }] } }).ok).toBe(false)
    expect(parse({ identityMap, segmentMembership: { ups: { a: value } } }).ok).toBe(false)
    expect(
      parse({ identityMap, segmentMembership: { ups: { a: { lastQualificationTime: value } } } })
        .ok,
    ).toBe(false)
  }
  expect(parse({ identityMap: new Uint8Array(4) })).toMatchObject({ code: 'IDENTITY_MAP_INVALID' })
  expect(parse({ identityMap, segmentMembership: new Uint8Array(0) })).toMatchObject({
    code: 'MEMBERSHIP_MAP_INVALID',
  })
})
