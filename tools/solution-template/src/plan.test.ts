import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { planChanges } from './plan.ts'

function row(person: string, status: Delivery['status'], revisionMs: number): Delivery {
  const identities = [`email_lc_sha256:${person}`]
  return { identities, segment: 'ups:1', remoteId: '1', status, revisionMs }
}

test('of rows about one person the newest is sent, in whatever order they stand', () => {
  const rows = [row('a', 'exited', 2), row('a', 'realized', 3), row('a', 'exited', 1)]
  for (const given of [rows, rows.toReversed()]) {
    expect(planChanges(given)).toEqual([{ listId: '1', status: 'realized', people: ['a'] }])
  }
})

test('an exit wins a tie', () => {
  const rows = [row('a', 'exited', 1), row('a', 'realized', 1)]
  for (const given of [rows, rows.toReversed()]) {
    expect(planChanges(given)).toEqual([{ listId: '1', status: 'exited', people: ['a'] }])
  }
})

test('a list and a status have calls of their own, each as large as it may be', () => {
  const rows = Array.from({ length: 250 }, (_, n) => row(`p${n}`, 'realized', n))
  const other = { ...row('p1', 'realized', 1), remoteId: '2' }
  const changes = planChanges([...rows, other, row('gone', 'exited', 1)])
  expect(changes.map(({ listId, status, people }) => [listId, status, people.length])).toEqual([
    ['1', 'realized', 100],
    ['1', 'realized', 100],
    ['1', 'realized', 50],
    ['2', 'realized', 1],
    ['1', 'exited', 1],
  ])
})

test('no rows, no calls', () => {
  expect(planChanges([])).toEqual([])
})
