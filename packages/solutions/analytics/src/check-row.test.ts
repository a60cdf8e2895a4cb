import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { checkRow, segmentTrouble } from './check-row.ts'
import { ecid, testSettings } from './test-settings.ts'

const settings = testSettings()
const good: Delivery = {
  identities: [ecid(1)],
  segment: 'ups:7841ba61',
  remoteId: '7841ba61',
  status: 'realized',
  revisionMs: 1_716_200_000_000,
}

test('a good row has its visitors, each once', () => {
  const row = { ...good, identities: [ecid(1), ecid(2), ecid(1), 'IDFA:x'] }
  expect(checkRow(row, settings)).toEqual({
    row,
    segmentId: '7841ba61',
    visitors: [1, 2].map((n) => ({ as: 'marketingCloudVisitorID', id: ecid(n).slice(5) })),
  })
})

const failed = { status: 'rejected', kind: 'failed' }

test.each<[string, Partial<Delivery>, object]>([
  ['another remote id', { remoteId: 'x' }, { ...failed, code: 'REMOTE_ID_INVALID' }],
  ['a malformed ECID', { identities: ['ECID:1'] }, { ...failed, code: 'IDENTITY_INVALID' }],
  [
    'nobody of these namespaces',
    { identities: ['email_lc_sha256:e'] },
    { status: 'rejected', kind: 'excluded', code: 'NO_IDENTITY' },
  ],
  ['no time', { revisionMs: Number.NaN }, { ...failed, code: 'TIMESTAMP_INVALID' }],
  ['a time in seconds', { revisionMs: 1_716_200_000 }, { ...failed, code: 'TIMESTAMP_INVALID' }],
  ['a time without end', { revisionMs: 1e18 }, { ...failed, code: 'TIMESTAMP_INVALID' }],
  [
    'a long segment id',
    { segment: `ups:${'é'.repeat(128)}`, remoteId: 'é'.repeat(128) },
    { ...failed, code: 'SEGMENT_ID_TOO_LONG' },
  ],
  [
    'a line break in a segment id',
    { segment: 'ups:a\nb', remoteId: 'a\nb' },
    { ...failed, code: 'SEGMENT_ID_INVALID' },
  ],
])('%s', (_what, some, receipt) => {
  expect(checkRow({ ...good, ...some }, settings)).toMatchObject(receipt)
})

test('what a variable holds depends on its kind', () => {
  expect(segmentTrouble('x'.repeat(101), 'eVar10')).toBeUndefined()
  expect(segmentTrouble('x'.repeat(101), 'prop10')).toMatchObject({ code: 'SEGMENT_ID_TOO_LONG' })
  expect(segmentTrouble('a,b', 'eVar10')).toBeUndefined()
  expect(segmentTrouble('a,b', 'list1')).toMatchObject({ code: 'SEGMENT_ID_INVALID' })
})
