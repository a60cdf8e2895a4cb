import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { planChanges } from './plan.ts'

const ann = { key: 'ann' }
const bob = { key: 'bob' }

function row(status: Delivery['status'], revisionMs: number, remoteId = 'aep_1'): Delivery {
  return { identities: ['x:y'], segment: 'ups:1', remoteId, status, revisionMs }
}

test('the newest row of a person decides, whatever the order; others are not touched', () => {
  const rows = [
    { row: row('exited', 3), people: [ann] },
    { row: row('realized', 2), people: [ann, bob] },
    { row: row('realized', 1, 'aep_2'), people: [ann] },
  ]
  const expected = [
    { remoteId: 'aep_1', status: 'exited', person: ann },
    { remoteId: 'aep_1', status: 'realized', person: bob },
    { remoteId: 'aep_2', status: 'realized', person: ann },
  ]
  for (const order of [rows, rows.toReversed()]) {
    const changes = planChanges(order)
    expect(changes).toHaveLength(3)
    expect(changes).toEqual(expect.arrayContaining(expected))
  }
})

test('a tie ends outside', () => {
  const rows = [
    { row: row('exited', 1), people: [ann] },
    { row: row('realized', 1), people: [ann] },
  ]
  for (const order of [rows, rows.toReversed()]) {
    expect(planChanges(order)).toMatchObject([{ status: 'exited' }])
  }
})
