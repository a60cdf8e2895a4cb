import { expect, test } from 'vitest'
import { identityField, identityNamespaces } from './identity-field.ts'

const uuid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'
const ecid = '08382830887934830189014177072406221371'

test.each([
  [`email_lc_sha256:${hash}`, { field: 'hashed_email', value: hash }],
  [`ECID:${ecid}`, { field: 'ecid', value: ecid }],
  [`GAID:${uuid}`, { field: 'gaid', value: uuid }],
  [`IDFA:${uuid.toUpperCase()}`, { field: 'idfa', value: uuid.toUpperCase() }],
  [`email_lc_sha256:${hash.toUpperCase()}`, 'malformed'],
  [`email_lc_sha256:${hash.slice(1)}`, 'malformed'],
  [`ECID:${ecid}1`, 'malformed'],
  [`GAID:${uuid.toUpperCase()}`, 'malformed'],
  [`IDFA:${uuid}`, 'malformed'],
  [`ECID:${ecid}\n`, 'malformed'],
  ['GAID:00000000-0000-0000-0000-000000000000', 'not-taken'],
  ['IDFA:00000000-0000-0000-0000-000000000000', 'not-taken'],
  [`crmid:${ecid}`, 'not-taken'],
  ['ECID', 'not-taken'],
  ['', 'not-taken'],
])('%j', (identity, expected) => {
  expect(identityField(identity, identityNamespaces)).toEqual(expected)
})

test('what the setting leaves out is not taken', () => {
  expect(identityField(`ECID:${ecid}`, ['email_lc_sha256'])).toBe('not-taken')
})
