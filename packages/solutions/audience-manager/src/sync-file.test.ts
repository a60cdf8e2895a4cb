import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import type { DeclaredId } from './identity-form.ts'
import { collate, maxLineBytes, syncText } from './sync-file.ts'
import type { DeclaredRow, SyncFile } from './sync-file.ts'
import { pairsIn } from './sync-lines.ts'
import type { PairState } from './sync-lines.ts'

const gaid = (id: string): DeclaredId => ({ namespace: 'GAID', dataSourceId: 20914, id })
const mail = (id: string): DeclaredId => ({ namespace: 'email_lc_sha256', dataSourceId: 31001, id })

function declared(
  remoteId: string,
  status: Delivery['status'],
  revisionMs: number,
  ids: readonly DeclaredId[],
): DeclaredRow {
  return { row: { identities: ['x'], segment: 'ups:s', remoteId, status, revisionMs }, ids }
}

/** A reader of files, written from the reference alone: id → trait → state; a trait that stands twice is an error. */
function read(text: string): Map<string, Map<string, string>> {
  const all = new Map<string, Map<string, string>>()
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.slice(0, -1).split('\n')) {
    expect(Buffer.byteLength(line) + 1).toBeLessThanOrEqual(maxLineBytes)
    const [id, items, ...rest] = line.split('\t')
    expect(rest).toEqual([])
    const traits = all.get(id ?? '') ?? new Map<string, string>()
    all.set(id ?? '', traits)
    for (const item of (items ?? '').split(',')) {
      const [, un, sid] = /^d_(un)?sid=(\d+)$/.exec(item) ?? []
      expect(sid).toBeDefined()
      expect(traits.has(sid ?? '')).toBe(false)
      traits.set(sid ?? '', un === undefined ? 'realized' : 'exited')
    }
  }
  return all
}

function textOf(file: SyncFile | undefined, repeats: readonly PairState[] = []): string {
  return file === undefined ? '' : syncText(file.ids, repeats)
}

test('repeats join the line of their id, and give way to what is new', () => {
  const { files } = collate([declared('24', 'realized', 1, [gaid('g1')])], 1e6)
  const text = textOf(files[0], [
    { id: 'g1', sid: '24', status: 'exited' },
    { id: 'g1', sid: '28', status: 'exited' },
    { id: 'g2', sid: '24', status: 'exited' },
  ])
  expect(text).toBe('g1\td_sid=24,d_unsid=28\ng2\td_unsid=24\n')
})

test('repeats take their room from the rows', () => {
  const rows = Array.from({ length: 10 }, (_, n) => declared('24', 'realized', 1, [gaid(`g${n}`)]))
  expect(collate(rows, 500).overflow.size).toBe(0)
  expect(collate(rows, 500, new Map([[20914, 450]])).overflow.size).toBeGreaterThan(0)
})

test('one file a data source, one line an id, adds and removals together', () => {
  const { files } = collate(
    [
      declared('24', 'realized', 1, [gaid('g1'), mail('m1')]),
      declared('28', 'exited', 1, [gaid('g1')]),
      declared('24', 'exited', 1, [gaid('g2')]),
    ],
    1e6,
  )
  expect(files.map((file) => [file.dataSourceId, textOf(file)])).toEqual([
    [20914, 'g1\td_sid=24,d_unsid=28\ng2\td_unsid=24\n'],
    [31001, 'm1\td_sid=24\n'],
  ])
})

test('every id and trait stands once, with the newest state, exited on a tie', () => {
  const rows = array(
    record({
      remoteId: constantFrom('1', '2', '3'),
      status: constantFrom<Delivery['status']>('realized', 'exited'),
      revisionMs: integer({ min: 0, max: 3 }),
      ids: uniqueArray(constantFrom('a', 'b', 'c'), { minLength: 1 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  assert(
    property(rows, (made) => {
      const { files, overflow } = collate(
        made.map((one) => declared(one.remoteId, one.status, one.revisionMs, one.ids.map(gaid))),
        1e6,
      )
      const expected = new Map<string, Map<string, string>>()
      const inOrder = made.toSorted(
        (left, right) =>
          left.revisionMs - right.revisionMs ||
          Number(left.status === 'exited') - Number(right.status === 'exited'),
      )
      for (const one of inOrder) {
        for (const id of one.ids) {
          const traits = expected.get(id) ?? new Map<string, string>()
          expected.set(id, traits.set(one.remoteId, one.status))
        }
      }
      const text = textOf(files[0])
      expect(overflow.size).toBe(0)
      expect(read(text)).toEqual(expected)
      const readBack = new Map<string, Map<string, string>>()
      for (const { id, sid, status } of pairsIn(Buffer.from(text))) {
        const traits = readBack.get(id) ?? new Map<string, string>()
        readBack.set(id, traits.set(sid, status))
      }
      expect(readBack).toEqual(expected)
    }),
    { seed: 20261123 },
  )
})

test('an id with very many traits gets several lines, none too long, nothing lost', () => {
  const rows = Array.from({ length: 20_000 }, (_, n) =>
    declared(`${10_000_000 + n}`, n % 2 === 0 ? 'realized' : 'exited', 1, [mail('f'.repeat(64))]),
  )
  const text = textOf(collate(rows, 1e9).files[0])
  const lines = text.split('\n').length - 1
  expect(lines).toBeGreaterThan(1)
  expect(lines).toBeLessThanOrEqual(Math.ceil((20_000 * 18) / (maxLineBytes - 100)))
  expect(read(text).get('f'.repeat(64))?.size).toBe(20_000)
})

test('rows over the bound of a file wait whole: in all of their files or in none', () => {
  const rows = Array.from({ length: 100 }, (_, n) =>
    declared('24', 'realized', 1, n % 2 === 0 ? [gaid(`g${n}`), mail(`m${n}`)] : [mail(`m${n}`)]),
  )
  const { files, overflow } = collate(rows, 500)
  expect(overflow.size).toBeGreaterThan(0)
  for (const file of files) expect(textOf(file).length).toBeLessThanOrEqual(500)
  const inFiles = new Map(files.map((file) => [file.dataSourceId, read(textOf(file))]))
  for (const row of rows) {
    const places = row.ids.map((id) => inFiles.get(id.dataSourceId)?.has(id.id) === true)
    expect(new Set(places)).toEqual(new Set([!overflow.has(row)]))
  }
})

test('a row that is alone over the bound still goes', () => {
  const { files, overflow } = collate([declared('24', 'realized', 1, [mail('f'.repeat(64))])], 10)
  expect(files).toHaveLength(1)
  expect(overflow.size).toBe(0)
})

test('no rows, no files: an empty file would not be valid', () => {
  expect(collate([], 1e6)).toEqual({ files: [], overflow: new Set() })
})
