import { expect, test } from 'vitest'
import { parseMembershipLine } from './membership-line.ts'

const line = {
  source_key: '57bf424dc10',
  external_segment_key: '57bf424dc10_7841ba61',
  action: 'join',
  ts: 1_716_200_000,
}
const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'
const idfa = 'AEBE52E7-03EE-455A-B3C4-E57283966239'

test.each([
  [{ hashed_email: hash }, `email_lc_sha256:${hash}`],
  [{ ecid: '1'.repeat(38) }, `ECID:${'1'.repeat(38)}`],
  [{ gaid: idfa.toLowerCase() }, `GAID:${idfa.toLowerCase()}`],
  [{ idfa, note: 1 }, `IDFA:${idfa}`],
])('%j is one identity', (identity, said) => {
  expect(parseMembershipLine(JSON.stringify({ ...line, ...identity }), '57bf424dc10')).toEqual({
    key: '57bf424dc10_7841ba61',
    identity: said,
    ts: 1_716_200_000,
    join: true,
  })
})

test.each([
  ['{', 'NOT_JSON'],
  ['[]', 'NOT_JSON'],
  [{ source_key: 'other' }, 'UNKNOWN_SOURCE_KEY'],
  [{ external_segment_key: '57bf424dc10_' }, 'KEY_NOT_OF_SOURCE'],
  [{ external_segment_key: '7841ba61' }, 'KEY_NOT_OF_SOURCE'],
  [{ action: 'realized' }, 'BAD_ACTION'],
  [{ ts: 1_716_200_000_000 }, 'BAD_TS'],
  [{ ts: '1716200000' }, 'BAD_TS'],
  [{ idfa: undefined }, 'IDENTITY_COUNT'],
  [{ ecid: '1'.repeat(38) }, 'IDENTITY_COUNT'],
  [{ idfa: idfa.toLowerCase() }, 'BAD_IDENTITY'],
  [{ idfa: '00000000-0000-0000-0000-000000000000' }, 'BAD_IDENTITY'],
  [{ idfa: undefined, gaid: idfa }, 'BAD_IDENTITY'],
  [{ idfa: undefined, ecid: '1'.repeat(37) }, 'BAD_IDENTITY'],
  [{ idfa: undefined, hashed_email: hash.toUpperCase() }, 'BAD_IDENTITY'],
])('%j is left out as %s', (change, problem) => {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...line, idfa, ...change })
  expect(parseMembershipLine(text, '57bf424dc10')).toBe(problem)
})
