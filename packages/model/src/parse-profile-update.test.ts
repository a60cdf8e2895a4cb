import * as fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { rejectionCodes, warningCodes } from './codes.ts'
import {
  exported,
  nearlyValidUpdate,
  nowMs,
  seed,
  spell,
  unordered,
  validUpdate,
} from './example-updates.ts'
import { parseProfileUpdate } from './parse-profile-update.ts'
import { maxMemberships } from './segment-membership.ts'

const ecid = '14575006536349286404619648085736425115'
const identityMap = { ECID: [{ id: ecid, primary: true }] }
const time = '2026-11-23T10:00:00Z'
const timeMs = nowMs - 2 * 3_600_000
const dayMs = 86_400_000

function parse(update: unknown): ReturnType<typeof parseProfileUpdate> {
  return parseProfileUpdate(update, nowMs)
}

test('reads the update of design §3', () => {
  const parsed = parse({
    identityMap: {
      ECID: [{ id: ecid, primary: true, authenticatedState: 'ambiguous' }],
      email_lc_sha256: [{ id: 'A'.repeat(64) }],
    },
    segmentMembership: {
      ups: {
        '59bd-1': {
          status: 'realized',
          lastQualificationTime: time,
          validUntil: '9999-12-31T23:59:59Z',
        },
        '7841-2': { status: 'exited', lastQualificationTime: '2026-11-23T10:00:00.25+0000' },
        '7841-3': {
          status: 'existing',
          lastQualificationTime: time,
          payload: { payloadType: 'boolean' },
        },
        '7841-4': { lastQualificationTime: time },
      },
      AAM: { '17': { lastQualificationTime: time, status: 'exited' } },
    },
    consents: { share: { val: 'n' }, metadata: { time }, collect: { val: 'y' } },
    person: { name: 'ignored' },
  })
  expect(parsed).toEqual({
    ok: true,
    update: {
      profileKey: `ECID:${ecid}`,
      identities: [`ECID:${ecid}`, `email_lc_sha256:${'a'.repeat(64)}`],
      memberships: [
        {
          segment: 'ups:59bd-1',
          status: 'realized',
          lastQualificationTimeMs: timeMs,
          validUntilMs: 253_402_300_799_000,
        },
        { segment: 'ups:7841-2', status: 'exited', lastQualificationTimeMs: timeMs + 250 },
        { segment: 'ups:7841-3', status: 'realized', lastQualificationTimeMs: timeMs },
        { segment: 'ups:7841-4', status: 'realized', lastQualificationTimeMs: timeMs },
        { segment: 'AAM:17', status: 'exited', lastQualificationTimeMs: timeMs },
      ],
      consent: { given: false, atMs: timeMs },
    },
    warnings: [],
  })
})

test('needs no more than an identity', () => {
  const update = { profileKey: `ECID:${ecid}`, identities: [`ECID:${ecid}`], memberships: [] }
  expect(parse({ identityMap })).toEqual({ ok: true, update, warnings: [] })
  expect(parse({ identityMap, segmentMembership: { ups: {} } })).toEqual({
    ok: true,
    update,
    warnings: [],
  })
})

test('reads canonical XDM, where every field carries a prefix', () => {
  const prefixed = parse({
    'xdm:identityMap': { ECID: [{ 'xdm:id': ecid, 'xdm:primary': true }], GAID: 'x', mine: [7] },
    'xdm:segmentMembership': {
      ups: {
        'xdm:id': {
          'xdm:status': 'exited',
          'xdm:lastQualificationTime': time,
          'xdm:validUntil': time,
        },
      },
    },
    'xdm:consents': { 'xdm:share': { 'xdm:val': 'y' }, 'xdm:metadata': { 'xdm:time': time } },
  })
  const plain = parse({
    identityMap: { ECID: [{ id: ecid, primary: true }], GAID: 'x', mine: [7] },
    segmentMembership: {
      ups: { 'xdm:id': { status: 'exited', lastQualificationTime: time, validUntil: time } },
    },
    consents: { share: { val: 'y' }, metadata: { time } },
  })
  expect(prefixed).toEqual(plain)
  expect(plain).toMatchObject({ ok: true, update: { memberships: [{ segment: 'ups:xdm:id' }] } })
  for (const wrong of [null, 7, [], 'x', { ups: 7 }, { ups: { a: 7 } }]) {
    const codeOf = (update: unknown): unknown => ({ ...parse(update), detail: undefined })
    expect(codeOf({ identityMap, 'xdm:segmentMembership': wrong })).toEqual(
      codeOf({ identityMap, segmentMembership: wrong }),
    )
  }
})

describe('times', () => {
  test.each([
    ['now', time, timeMs],
    ['the epoch', '1970-01-01T00:00:00Z', 0],
    ['24 hours ahead', spell(nowMs + dayMs), nowMs + dayMs],
  ])('%s is a lastQualificationTime and a time of consent', (_, text, ms) => {
    expect(
      parse({
        identityMap,
        segmentMembership: { ups: { a: { lastQualificationTime: text } } },
        consents: { share: { val: 'y' }, metadata: { time: text } },
      }),
    ).toMatchObject({
      update: {
        memberships: [{ lastQualificationTimeMs: ms }],
        consent: { given: true, atMs: ms },
      },
    })
  })
})

const badMemberships: readonly (readonly [code: string, membership: unknown])[] = [
  ['MEMBERSHIP_INVALID', null],
  ['MEMBERSHIP_INVALID', 'realized'],
  ['MEMBERSHIP_INVALID', []],
  ['LAST_QUALIFICATION_TIME_INVALID', {}],
  ['STATUS_UNKNOWN', { status: 'exiting', lastQualificationTime: time }],
  ['STATUS_UNKNOWN', { status: 'Realized', lastQualificationTime: time }],
  ['STATUS_UNKNOWN', { status: null, lastQualificationTime: time }],
  ['STATUS_UNKNOWN', { status: 1, lastQualificationTime: time }],
  ['LAST_QUALIFICATION_TIME_INVALID', { lastQualificationTime: null }],
  ['LAST_QUALIFICATION_TIME_INVALID', { lastQualificationTime: nowMs }],
  ['LAST_QUALIFICATION_TIME_INVALID', { lastQualificationTime: '2026-11-23T10:00:00' }],
  ['LAST_QUALIFICATION_TIME_INVALID', { lastQualificationTime: '1969-12-31T23:59:59.999Z' }],
  ['LAST_QUALIFICATION_TIME_INVALID', { lastQualificationTime: '0001-01-01T00:00:00Z' }],
  ['LAST_QUALIFICATION_TIME_AHEAD', { lastQualificationTime: spell(nowMs + dayMs, '.001Z') }],
  ['LAST_QUALIFICATION_TIME_AHEAD', { lastQualificationTime: '9999-12-31T23:59:59Z' }],
  ['VALID_UNTIL_INVALID', { lastQualificationTime: time, validUntil: null }],
  ['VALID_UNTIL_INVALID', { lastQualificationTime: time, validUntil: 'never' }],
  ['VALID_UNTIL_INVALID', { lastQualificationTime: time, validUntil: '10000-01-01T00:00:00Z' }],
]

test('one bad membership rejects its whole update, and is named', () => {
  fc.assert(
    fc.property(validUpdate, fc.constantFrom(...badMemberships), (update, [code, membership]) => {
      const given = update['segmentMembership'] ?? {}
      const parsed = parse({
        ...update,
        segmentMembership: { ...given, added: { segment: membership } },
      })
      expect(parsed).toMatchObject({ ok: false, code })
      expect(parsed.ok || parsed.detail).toContain('added:segment')
    }),
    { seed, numRuns: 300 },
  )
})

function memberships(count: number): unknown {
  const membership = { lastQualificationTime: time }
  return {
    ups: Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, membership])),
  }
}

test('takes memberships up to the limit', () => {
  expect(parse({ identityMap, segmentMembership: memberships(maxMemberships) }).ok).toBe(true)
  expect(parse({ identityMap, segmentMembership: memberships(maxMemberships + 1) })).toMatchObject({
    code: 'MEMBERSHIP_LIMIT',
  })
})

test('valid updates are accepted without a warning, and read the same once written back', () => {
  fc.assert(
    fc.property(validUpdate, (given) => {
      const parsed = parse(JSON.parse(JSON.stringify(given)))
      assert(parsed.ok, 'the update was rejected')
      expect(parsed.warnings).toEqual([])
      const again = parse(exported(parsed.update))
      assert(again.ok, 'the update was rejected')
      expect(unordered(again.update)).toEqual(unordered(parsed.update))
    }),
    { seed, numRuns: 500 },
  )
})

test('answers for every value, with codes of the tables and without the ids it was given', () => {
  const values = fc.oneof(nearlyValidUpdate, fc.jsonValue(), fc.anything())
  fc.assert(
    fc.property(values, (value) => {
      const parsed = parse(value)
      const told = parsed.ok ? parsed.warnings : [parsed]
      for (const { code, detail } of told) {
        expect(code in (parsed.ok ? warningCodes : rejectionCodes)).toBe(true)
        for (const id of longIds(value)) expect(detail).not.toContain(id)
      }
      const keys: readonly string[] = parsed.ok ? [parsed.update.profileKey] : []
      const identities: readonly string[] = parsed.ok ? parsed.update.identities : []
      expect(identities).toEqual(expect.arrayContaining([...keys]))
      expect(new Set(identities).size).toBe(identities.length)
    }),
    { seed, numRuns: 2_000 },
  )
})

/** Ids that are too long to be in a sentence by chance. */
function longIds(value: unknown): string[] {
  const found: string[] = []
  JSON.stringify(value, (key, item: unknown) => {
    if (key === 'id' && typeof item === 'string' && item.length > 6) found.push(item)
    return typeof item === 'bigint' ? undefined : item
  })
  return found
}
