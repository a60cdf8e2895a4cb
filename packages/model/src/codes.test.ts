import { assert, describe, expect, test } from 'vitest'
import { rejectionCodes, warningCodes } from './codes.ts'
import type { RejectionCode, WarningCode } from './codes.ts'
import { nowMs, spell } from './example-updates.ts'
import { parseProfileUpdate } from './parse-profile-update.ts'

const identityMap = { ECID: [{ id: '1'.repeat(38) }] }
const zeroDevice = '00000000-0000-0000-0000-000000000000'
const ahead = spell(nowMs + 86_400_000 + 1_000)

function withMembership(membership: unknown): unknown {
  return { identityMap, segmentMembership: { ups: { segment: membership } } }
}

/** One update for each code. The types ask for all of them. */
const rejections: Readonly<Record<RejectionCode, unknown>> = {
  UPDATE_INVALID: [identityMap],
  RESERVED_KEY: JSON.parse('{ "identityMap": { "__proto__": [] } }'),
  IDENTITY_MAP_INVALID: { segmentMembership: {} },
  NO_USABLE_IDENTITY: { identityMap: { ECID: [] } },
  MEMBERSHIP_MAP_INVALID: { identityMap, segmentMembership: { ups: [] } },
  MEMBERSHIP_INVALID: withMembership('realized'),
  MEMBERSHIP_LIMIT: {
    identityMap,
    segmentMembership: {
      ups: Object.fromEntries(
        Array.from({ length: 1_001 }, (_, index) => [
          index,
          { lastQualificationTime: spell(nowMs) },
        ]),
      ),
    },
  },
  SEGMENT_INVALID: { identityMap, segmentMembership: { 'u:ps': {} } },
  STATUS_UNKNOWN: withMembership({ status: 'maybe', lastQualificationTime: spell(nowMs) }),
  LAST_QUALIFICATION_TIME_INVALID: withMembership({ status: 'realized' }),
  LAST_QUALIFICATION_TIME_AHEAD: withMembership({ lastQualificationTime: ahead }),
  VALID_UNTIL_INVALID: withMembership({ lastQualificationTime: spell(nowMs), validUntil: 0 }),
  CONSENT_INVALID: { identityMap, consents: { share: 'n' } },
  CONSENT_TIME_INVALID: { identityMap, consents: { metadata: { time: 'today' } } },
  CONSENT_TIME_AHEAD: { identityMap, consents: { metadata: { time: ahead } } },
}

const warnings: Readonly<Record<WarningCode, Record<string, unknown>>> = {
  IDENTITY_NAMESPACE_INVALID: { '': [{ id: 'x' }] },
  IDENTITY_MALFORMED: { GAID: [12] },
  PRIMARY_INVALID: { crm: [{ id: 'x', primary: 1 }] },
  ECID_INVALID: { ecid: [{ id: '1' }] },
  GAID_INVALID: { GAID: [{ id: '1' }] },
  IDFA_INVALID: { IDFA: [{ id: '1' }] },
  DEVICE_ID_ALL_ZERO: { IDFA: [{ id: zeroDevice }] },
  EMAIL_HASH_INVALID: { email_lc_sha256: [{ id: '1' }] },
  EMAIL_INVALID: { Email: [{ id: '1' }] },
  IDENTITY_ID_INVALID: { crm: [{ id: 'anonymous' }] },
  IDENTITY_LIMIT: { crm: Array.from({ length: 51 }, (_, index) => ({ id: `${index}` })) },
  WARNING_LIMIT: { GAID: Array.from({ length: 100 }, () => ({ id: '1' })) },
}

describe('every code of the tables has an update that gets it', () => {
  test.each(Object.entries(rejections))('%s', (code, update) => {
    expect(parseProfileUpdate(update, nowMs)).toMatchObject({ ok: false, code })
  })

  test.each(Object.entries(warnings))('%s', (code, identities) => {
    const parsed = parseProfileUpdate({ identityMap: { ...identityMap, ...identities } }, nowMs)
    assert(parsed.ok, 'the update was rejected')
    expect(parsed.warnings.map((warning) => warning.code)).toContain(code)
  })

  test('and the examples name all codes of the tables', () => {
    expect(Object.keys(rejections).toSorted()).toEqual(Object.keys(rejectionCodes).toSorted())
    expect(Object.keys(warnings).toSorted()).toEqual(Object.keys(warningCodes).toSorted())
  })
})

test('every code says what it means and what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries({
    ...rejectionCodes,
    ...warningCodes,
  })) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(meaning).toMatch(/^[A-Z`].+\.$/)
    expect(remedy).toMatch(/^[A-Z`].+\.$/)
  }
})
