import * as fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { identities, identityMapOf, seed } from './example-updates.ts'
import { maxIdentities, readIdentityMap } from './identity-map.ts'
import { maxWarnings } from './warnings.ts'

const ecidA = '1'.repeat(38)
const ecidB = '2'.repeat(38)
const hash = 'a'.repeat(64)
const uuid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const UUID = uuid.toUpperCase()

describe('the profile key', () => {
  test.each([
    ['the marked identity', { ECID: [{ id: ecidA }], CRM: [{ id: 'x', primary: true }] }, 'crm:x'],
    [
      'of several marked, the first namespace',
      {
        GAID: [{ id: uuid, primary: true }],
        IDFA: [{ id: uuid, primary: true }],
        ECID: [{ id: ecidA }],
      },
      `IDFA:${UUID}`,
    ],
    [
      'of several marked in one namespace, the smallest id',
      {
        ECID: [
          { id: ecidB, primary: true },
          { id: ecidA, primary: true },
        ],
      },
      `ECID:${ecidA}`,
    ],
    [
      'ECID before all',
      { email_lc_sha256: [{ id: hash }], ecid: [{ id: ecidB }, { id: ecidA }] },
      `ECID:${ecidA}`,
    ],
    [
      'email_lc_sha256 before IDFA',
      { IDFA: [{ id: uuid }], email_lc_sha256: [{ id: hash }] },
      `email_lc_sha256:${hash}`,
    ],
    ['IDFA before GAID', { GAID: [{ id: uuid }], IDFA: [{ id: uuid }] }, `IDFA:${UUID}`],
    ['GAID before others', { aaa: [{ id: 'x' }], GAID: [{ id: uuid }] }, `GAID:${uuid}`],
    // Compared as whole keys, "a1:" would come before "a:".
    ['of others, the first by name', { a1: [{ id: 'x' }], a: [{ id: 'z' }, { id: 'y' }] }, 'a:y'],
    [
      'without a marked one that is not valid',
      { ECID: [{ id: '1', primary: true }, { id: ecidB }], GAID: [{ id: uuid }] },
      `ECID:${ecidB}`,
    ],
    [
      'not one marked by anything but true',
      { ECID: [{ id: ecidA }], GAID: [{ id: uuid, primary: 'true' }] },
      `ECID:${ecidA}`,
    ],
    [
      'one that is marked in a second mention',
      { ECID: [{ id: ecidA }, { id: ecidB }, { id: ecidB, primary: true }] },
      `ECID:${ecidB}`,
    ],
  ])('is %s', (_, map, profileKey) => {
    expect(readIdentityMap(map)).toMatchObject({ ok: true, profileKey })
  })

  test('and the identities are the same in whatever order they are written', () => {
    fc.assert(
      fc.property(
        identities.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray([...given], { minLength: given.length }),
          ),
        ),
        ([given, shuffled]) => {
          const read = readIdentityMap(identityMapOf(given))
          const again = readIdentityMap(identityMapOf(shuffled))
          assert(read.ok && again.ok, 'a valid map was rejected')
          expect(again.profileKey).toBe(read.profileKey)
          expect(again.identities.toSorted()).toEqual(read.identities.toSorted())
          expect(read.identities).toContain(read.profileKey)
        },
      ),
      { seed, numRuns: 500 },
    )
  })
})

describe('the limit of identities', () => {
  const many = Array.from({ length: 60 }, (_, index): [string, unknown] => [
    index % 2 === 0 ? 'crm' : 'ECID',
    { id: String(index).padStart(38, '0') },
  ])

  test('keeps the first by namespace and id, and the key', () => {
    const key = '9'.repeat(38)
    const read = readIdentityMap(identityMapOf([...many, ['ECID', { id: key, primary: true }]]))
    assert(read.ok, 'the update was rejected')
    expect(read.profileKey).toBe(`ECID:${key}`)
    expect(read.identities).toHaveLength(maxIdentities)
    expect(read.identities).toContain(`ECID:${key}`)
    expect(read.identities.filter((identity) => identity.startsWith('ECID:'))).toHaveLength(31)
    expect(read.identities).toContain(`crm:${'36'.padStart(38, '0')}`)
    expect(read.identities).not.toContain(`crm:${'38'.padStart(38, '0')}`)
    expect(read.warnings.map(({ code }) => code)).toEqual(['IDENTITY_LIMIT'])
  })

  test('keeps the same ones in whatever order they are written', () => {
    const expected = readIdentityMap(identityMapOf(many))
    assert(expected.ok, 'the update was rejected')
    fc.assert(
      fc.property(fc.shuffledSubarray(many, { minLength: many.length }), (shuffled) => {
        const read = readIdentityMap(identityMapOf(shuffled))
        assert(read.ok, 'the update was rejected')
        expect(read.identities.toSorted()).toEqual(expected.identities.toSorted())
      }),
      { seed, numRuns: 50 },
    )
  })

  test('counts an identity once, however often and in whatever case it is given', () => {
    const items = Array.from({ length: 200 }, (_, index) => ({ id: index % 2 === 0 ? uuid : UUID }))
    expect(readIdentityMap({ GAID: items, gaid: items })).toEqual({
      ok: true,
      profileKey: `GAID:${uuid}`,
      identities: [`GAID:${uuid}`],
      warnings: [],
    })
  })
})

describe('what is not valid', () => {
  test('is dropped with a warning that says where, and the rest is kept', () => {
    const read = readIdentityMap({
      ECID: [{ id: 'short' }, { id: ecidA }, { id: 7 }],
      GAID: { id: uuid },
      mine: ['x', null, { id: 'ok' }],
      'a:b': [{ id: 'x' }],
    })
    expect(read).toEqual({
      ok: true,
      profileKey: `ECID:${ecidA}`,
      identities: [`ECID:${ecidA}`, 'mine:ok'],
      warnings: [
        { code: 'ECID_INVALID', detail: 'identityMap ECID, identity 1' },
        {
          code: 'IDENTITY_MALFORMED',
          detail: 'id of identityMap ECID, identity 3 must be a string',
        },
        { code: 'IDENTITY_MALFORMED', detail: 'identityMap GAID must be a list' },
        {
          code: 'IDENTITY_MALFORMED',
          detail: 'identityMap namespace 3, identity 1 must be an object',
        },
        {
          code: 'IDENTITY_MALFORMED',
          detail: 'identityMap namespace 3, identity 2 must be an object',
        },
        { code: 'IDENTITY_NAMESPACE_INVALID', detail: 'identityMap namespace 4' },
      ],
    })
  })

  test('rejects the update only where nothing is left, and says why', () => {
    expect(readIdentityMap({ ECID: [{ id: 'short' }], GAID: [] })).toEqual({
      ok: false,
      code: 'NO_USABLE_IDENTITY',
      detail: 'no identity of identityMap is usable: ECID_INVALID',
    })
    expect(readIdentityMap({})).toMatchObject({ ok: false, code: 'NO_USABLE_IDENTITY' })
  })

  test('makes a bounded number of warnings', () => {
    const bad = Array.from({ length: 5_000 }, () => ({ id: 'short' }))
    const read = readIdentityMap({ ECID: [...bad, { id: ecidA }] })
    assert(read.ok, 'the update was rejected')
    expect(read.warnings).toHaveLength(maxWarnings)
    expect(read.warnings.at(-1)).toEqual({
      code: 'WARNING_LIMIT',
      detail: `${5_000 - maxWarnings + 1} more warnings`,
    })
  })
})
