import { emptyEntry, recordsPerBatchLimit, unknownRecord } from '@segue/runtime'
import { expect, test } from 'vitest'
import { differences, type ComparisonContext } from './differences.ts'

const context: ComparisonContext = {
  phase: 'ledger',
  reach: 'members',
  newFromMs: 0,
  segments: new Set([0, 1]),
  since: '70000-3',
  namespaces: ['ECID'],
  primaryIdentityOnly: false,
  fullState: true,
  activated: () => true,
  generation: () => undefined,
  bit: 1,
}

test('an exit of what nobody knows a revision of is later than all that may have been told, and earlier than what comes', () => {
  const entry = emptyEntry()
  entry.doubts.add(0)
  entry.records.set(1, { ...unknownRecord, status: 'realized', revisionMs: 60_000 })
  const rows = differences('ECID:1', undefined, entry, context)
  expect(rows.map(({ segment, realized }) => [segment, realized])).toEqual([
    [1, false],
    [0, false],
  ])
  const [told, doubted] = rows
  expect(told?.revisionMs).toBe(60_000)
  expect(doubted?.revisionMs).toBe(70_000)
  // A record of the entry after the offset has the sequence `4 * recordsPerBatchLimit` or more.
  expect(doubted?.revisionSequence).toBe(4 * recordsPerBatchLimit - 1)
})
