import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut } from './cut.ts'
import { csvField, hitFile, hitWriter } from './hit-file.ts'
import type { Hit } from './hits.ts'
import { testSettings } from './test-settings.ts'

const hit: Hit = {
  key: 'k',
  visitor: { as: 'marketingCloudVisitorID', id: '08382830887934830189014177072406221371' },
  segmentId: '7841ba61',
  status: 'realized',
  revisionMs: 1_716_200_000_999,
}

function textOf(settings: Parameters<typeof testSettings>[0], hits: readonly Hit[]): string {
  const { header, write } = hitWriter(testSettings(settings))
  return hitFile('g', header, hits.map(write)).text
}

test('the reference’s sample', () => {
  const exited: Hit = { ...hit, status: 'exited', revisionMs: 1_716_203_600_000 }
  expect(textOf({}, [hit, exited]).split('\r\n')).toEqual([
    'timestamp,marketingCloudVisitorID,reportSuiteID,userAgent,linkType,linkName,eVar10,eVar11,events',
    '1716200000,08382830887934830189014177072406221371,examplersid,aep-segment-sync/1.0,o,AEP segment sync,7841ba61,realized,event10',
    '1716203600,08382830887934830189014177072406221371,examplersid,aep-segment-sync/1.0,o,AEP segment sync,7841ba61,exited,event11',
    '',
  ])
})

test('other identities have columns of their own, and a row fills one', () => {
  const settings = {
    visitorIdNamespaces: ['GAID'],
    seedNamespace: 'crm',
    seedCustomerIdType: 'CRM',
  }
  const lines = textOf(settings, [
    hit,
    { ...hit, visitor: { as: 'visitorID', id: 'device' } },
    { ...hit, visitor: { as: 'customerID', id: 'a,"b"' } },
  ]).split('\r\n')
  expect(lines.map((line) => line.split(',examplersid')[0])).toEqual([
    'timestamp,marketingCloudVisitorID,visitorID,customerID.CRM.id,customerID.CRM.isMCSeed,reportSuiteID,userAgent,linkType,linkName,eVar10,eVar11,events',
    '1716200000,08382830887934830189014177072406221371,,,',
    '1716200000,,device,,',
    '1716200000,,,"a,""b""",1',
    '',
  ])
})

/** Reads RFC 4180 as its grammar says, with no knowledge of how it was written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g,
  )) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows
}

test('whatever is in a field comes out of it, and every row has as many', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (fields) => {
      const line = fields.map(csvField).join(',')
      expect(parseCsv(line)).toEqual([fields])
    }),
    { seed: 3 },
  )
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (segmentId) => {
      const rows = parseCsv(textOf({}, [{ ...hit, segmentId }]))
      expect(rows[1]?.[6]).toBe(segmentId)
      expect(rows[1]).toHaveLength(rows[0]?.length ?? 0)
    }),
    { seed: 4 },
  )
})

test('the key is a UUID of content and group', () => {
  const { header, write } = hitWriter(testSettings())
  const keyOf = (group: string, one: Hit) => hitFile(group, header, [write(one)]).key
  expect(keyOf('g', hit)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(keyOf('g', { ...hit })).toBe(keyOf('g', hit))
  const others = [
    keyOf('h', hit),
    keyOf('g', { ...hit, status: 'exited' }),
    keyOf('g', { ...hit, revisionMs: hit.revisionMs + 1_000 }),
    // In, out, in again within one second: the text is the same, the file is not.
    keyOf('g', { ...hit, revisionMs: hit.revisionMs - 1 }),
  ]
  expect(new Set([keyOf('g', hit), ...others]).size).toBe(5)
})

test('files are cut by rows and by bytes, in order, and none is over a bound', () => {
  const { header, write } = hitWriter(testSettings())
  const rows = Array.from({ length: 60 }, (_, n) => write({ ...hit, segmentId: 'ü'.repeat(n) }))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 500, max: 9_000 }),
      (most, bytes) => {
        const files = cut('g', header, rows, { maxRowsPerFile: most, maxFileBytes: bytes })
        expect(files.flatMap((file) => file.rows)).toEqual(rows)
        for (const file of files) {
          expect(file.rows.length).toBeLessThanOrEqual(most)
          expect(Buffer.byteLength(file.text)).toBeLessThanOrEqual(bytes)
        }
      },
    ),
    { seed: 5 },
  )
})
