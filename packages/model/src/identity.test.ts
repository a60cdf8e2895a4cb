import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { address, ecid, otherId, seed, sha256, uuid, validIdentity } from './example-updates.ts'
import { parseIdentity } from './identity.ts'
import { namespaceOf, solutionNamespaces } from './namespace.ts'

const anEcid = '14575006536349286404619648085736425115'
const aUuid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'

describe('parseIdentity', () => {
  test.each([
    ['ECID', anEcid, `ECID:${anEcid}`],
    ['ecid', anEcid, `ECID:${anEcid}`],
    ['Adobe Marketing Cloud ID', anEcid, `ECID:${anEcid}`],
    ['ADOBE EXPERIENCE CLOUD ID', anEcid, `ECID:${anEcid}`],
    [' adobe experience platform id ', anEcid, `ECID:${anEcid}`],
    ['gaid', aUuid.toUpperCase(), `GAID:${aUuid}`],
    ['Idfa', aUuid, `IDFA:${aUuid.toUpperCase()}`],
    ['EMAIL_LC_SHA256', 'AB'.repeat(32), `email_lc_sha256:${'ab'.repeat(32)}`],
    // The hash of user@example.com, made with sha256sum.
    [
      'Email',
      '  User@Example.COM\n',
      'email_lc_sha256:b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514',
    ],
    [
      '6',
      'user@example.com',
      'email_lc_sha256:b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514',
    ],
    ['CRMid', 'Kunde:4711', 'crmid:Kunde:4711'],
    ['crmid', ' padded ', 'crmid: padded '],
    ['n'.repeat(64), 'i'.repeat(1_024), `${'n'.repeat(64)}:${'i'.repeat(1_024)}`],
    ['constructor', 'x', 'constructor:x'],
  ])('%# is read', (namespace, id, identity) => {
    expect(parseIdentity(namespace, id)).toEqual({ ok: true, identity })
  })

  test.each([
    ['ECID', anEcid.slice(1), 'ECID_INVALID'],
    ['ECID', `${anEcid}1`, 'ECID_INVALID'],
    ['ECID', `${anEcid.slice(1)}x`, 'ECID_INVALID'],
    ['ECID', `${anEcid.slice(1)}\n`, 'ECID_INVALID'],
    ['ECID', '١'.repeat(38), 'ECID_INVALID'],
    ['GAID', aUuid.slice(1), 'GAID_INVALID'],
    ['GAID', aUuid.replaceAll('-', ''), 'GAID_INVALID'],
    ['GAID', aUuid.replace('e', 'g'), 'GAID_INVALID'],
    ['GAID', aUuid.replace('-', '0'), 'GAID_INVALID'],
    ['GAID', `{${aUuid.slice(2)}}`, 'GAID_INVALID'],
    ['IDFA', 'Ａ'.repeat(36), 'IDFA_INVALID'],
    ['IDFA', '', 'IDFA_INVALID'],
    ['GAID', '00000000-0000-0000-0000-000000000000', 'DEVICE_ID_ALL_ZERO'],
    ['IDFA', '00000000-0000-0000-0000-000000000000', 'DEVICE_ID_ALL_ZERO'],
    ['email_lc_sha256', 'user@example.com', 'EMAIL_HASH_INVALID'],
    ['email_lc_sha256', 'a'.repeat(63), 'EMAIL_HASH_INVALID'],
    ['email_lc_sha256', 'g'.repeat(64), 'EMAIL_HASH_INVALID'],
    ['Email', 'b4c9a289323b21a01c3e940f150eb9b8', 'EMAIL_INVALID'],
    ['Email', '', 'EMAIL_INVALID'],
    ['Email', '@example.com', 'EMAIL_INVALID'],
    ['Email', 'user@', 'EMAIL_INVALID'],
    ['Email', 'user@.com', 'EMAIL_INVALID'],
    ['Email', 'user@example', 'EMAIL_INVALID'],
    ['Email', 'user@example.', 'EMAIL_INVALID'],
    ['Email', 'user name@example.com', 'EMAIL_INVALID'],
    ['Email', 'user\u0000@example.com', 'EMAIL_INVALID'],
    ['Email', `${'u'.repeat(310)}@example.com`, 'EMAIL_INVALID'],
    ['crmid', '', 'IDENTITY_ID_INVALID'],
    ['crmid', ' \t ', 'IDENTITY_ID_INVALID'],
    ['crmid', 'null', 'IDENTITY_ID_INVALID'],
    ['crmid', ' Anonymous ', 'IDENTITY_ID_INVALID'],
    ['crmid', 'INVALID', 'IDENTITY_ID_INVALID'],
    ['crmid', 'i'.repeat(1_025), 'IDENTITY_ID_INVALID'],
    ['crmid', 'two\nlines', 'IDENTITY_ID_INVALID'],
    ['crmid', '\ud800', 'IDENTITY_ID_INVALID'],
    ['', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    [' ', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['crm:id', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['n'.repeat(65), 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['crm\u0007', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['\udc00', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['__proto__', 'x', 'IDENTITY_NAMESPACE_INVALID'],
    ['__PROTO__', 'x', 'IDENTITY_NAMESPACE_INVALID'],
  ])('%# is refused', (namespace, id, code) => {
    expect(parseIdentity(namespace, id)).toEqual({ ok: false, code })
  })

  test('leaves an identity in canonical form as it is', () => {
    fc.assert(
      fc.property(validIdentity, ([namespace, id]) => {
        const parsed = parseIdentity(namespace, id)
        assert(parsed.ok, 'a valid identity was refused')
        const canonical = namespaceOf(parsed.identity)
        const again = parseIdentity(canonical, parsed.identity.slice(canonical.length + 1))
        expect(again).toEqual(parsed)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('reads a namespace the same in any case', () => {
    const identities = fc.oneof(
      fc.tuple(fc.constantFrom('ECID', 'Adobe Marketing Cloud ID'), ecid),
      fc.tuple(fc.constantFrom('email_lc_sha256'), sha256),
      fc.tuple(fc.constantFrom('GAID', 'IDFA'), uuid),
      fc.tuple(fc.constantFrom('Email'), address),
      fc.tuple(fc.constantFrom('crmId', 'phone_e.164'), otherId),
    )
    fc.assert(
      fc.property(
        identities.chain(([namespace, id]) =>
          fc.tuple(fc.constant(namespace), fc.mixedCase(fc.constant(namespace)), fc.constant(id)),
        ),
        ([namespace, mixed, id]) => {
          expect(parseIdentity(mixed, id)).toEqual(parseIdentity(namespace, id))
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  test('reads hex ids the same in any case', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(fc.constantFrom('GAID', 'IDFA'), uuid),
          fc.tuple(fc.constant('email_lc_sha256'), sha256),
        ),
        ([namespace, id]) => {
          const parsed = parseIdentity(namespace, id)
          expect(parsed.ok).toBe(true)
          expect(parseIdentity(namespace, id.toLowerCase())).toEqual(parsed)
          expect(parseIdentity(namespace, id.toUpperCase())).toEqual(parsed)
        },
      ),
      { seed },
    )
  })

  test('refuses an id with a foreign character in any place', () => {
    const ids = fc.oneof(
      fc.tuple(fc.constant('ECID'), ecid),
      fc.tuple(fc.constantFrom('GAID', 'IDFA'), uuid),
      fc.tuple(fc.constant('email_lc_sha256'), sha256),
    )
    const foreign = fc.constantFrom('g', 'G', '/', ':', '@', '`', ' ', '\n', '\0', 'ä', '\uff11')
    fc.assert(
      fc.property(ids, fc.nat(), foreign, ([namespace, id], place, character) => {
        const at = place % id.length
        const changed = `${id.slice(0, at)}${character}${id.slice(at + 1)}`
        expect(parseIdentity(namespace, changed)).toMatchObject({ ok: false })
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test('hashes an address as the solutions do, and never lets it through', () => {
    fc.assert(
      fc.property(address, (raw) => {
        const hash = createHash('sha256').update(raw.trim().toLowerCase()).digest('hex')
        expect(parseIdentity('Email', raw)).toEqual({
          ok: true,
          identity: `email_lc_sha256:${hash}`,
        })
      }),
      { seed },
    )
  })
})

test('namespaceOf gives back the namespace of what parseIdentity made', () => {
  expect(namespaceOf('ECID:1')).toBe('ECID')
  expect(namespaceOf('crmid:a:b')).toBe('crmid')
  expect(() => namespaceOf('ECID')).toThrow(TypeError)
})

test('the namespaces of the solutions are their own canonical names', () => {
  const ids = [anEcid, 'a'.repeat(64), aUuid, aUuid]
  const found = solutionNamespaces.map((namespace, index) => {
    const parsed = parseIdentity(namespace, ids[index] ?? '')
    return parsed.ok ? namespaceOf(parsed.identity) : parsed.code
  })
  expect(found).toEqual(['ECID', 'email_lc_sha256', 'IDFA', 'GAID'])
})
