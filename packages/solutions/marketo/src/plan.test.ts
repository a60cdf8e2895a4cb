import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { planChanges } from './plan.ts'
import type { ResolvedRow } from './plan.ts'

function resolved(
  remoteId: string,
  status: Delivery['status'],
  revisionMs: number,
  leadIds: readonly number[],
): ResolvedRow {
  const row = { identities: ['ECID:x'], segment: 'ups:s', remoteId, status, revisionMs }
  return { row, leadIds }
}

const rows = array(
  record({
    remoteId: constantFrom('1', '2'),
    status: constantFrom<Delivery['status']>('realized', 'exited'),
    revisionMs: integer({ min: 0, max: 3 }),
    leadIds: uniqueArray(integer({ min: 1, max: 6 }), { maxLength: 4 }),
  }),
)

test('each lead is changed once a list, to the newest state, exited on a tie', () => {
  assert(
    property(rows, (made) => {
      const changes = planChanges(
        made.map((one) => resolved(one.remoteId, one.status, one.revisionMs, one.leadIds)),
      )
      const planned = new Map<string, string>()
      for (const change of changes) {
        for (const leadId of change.leadIds) {
          const key = `${change.listId}/${leadId}`
          expect(planned.has(key)).toBe(false)
          planned.set(key, change.status)
        }
      }
      const expected = new Map<string, string>()
      // Sorted so that what must win comes last.
      const inOrder = made.toSorted(
        (left, right) =>
          left.revisionMs - right.revisionMs ||
          Number(left.status === 'exited') - Number(right.status === 'exited'),
      )
      for (const one of inOrder) {
        for (const leadId of one.leadIds) expected.set(`${one.remoteId}/${leadId}`, one.status)
      }
      expect(planned).toEqual(expected)
    }),
    { seed: 20261123 },
  )
})

test('rows of one list and status make one change', () => {
  const changes = planChanges([
    resolved('1', 'realized', 1, [7]),
    resolved('1', 'realized', 2, [8, 7]),
    resolved('1', 'exited', 2, [9]),
  ])
  expect(changes).toEqual([
    { listId: '1', status: 'realized', leadIds: [7, 8] },
    { listId: '1', status: 'exited', leadIds: [9] },
  ])
})
