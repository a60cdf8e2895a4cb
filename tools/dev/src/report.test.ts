import { expect, test } from 'vitest'
import { buildReport, memberDifferences, unbalancedBooks, type Books } from './report.ts'

const books: Books = {
  received: 10,
  activated: 4,
  coalesced: 3,
  excluded: { NOT_FOUND: 1, OPTED_OUT: 1 },
  failed: { RETRIES_EXHAUSTED: 1 },
  pending: 0,
}
const reportOf = (changed: Partial<Books> = {}) =>
  buildReport({
    events: { accepted: 8, rejected: 2 },
    memberships: { realized: 5, exited: 1 },
    solutions: {
      marketo: {
        books: { ...books, ...changed },
        members: new Map([
          ['ups:b', ['ECID:2', 'ECID:1', 'ECID:2']],
          ['Uploads:c', []],
          ['ups:a', ['ECID:3']],
        ]),
      },
    },
  })

test('the report has the shape of the design, members sorted and each once', () => {
  expect(reportOf()).toEqual({
    events: { accepted: 8, rejected: 2 },
    memberships: { realized: 5, exited: 1 },
    solutions: {
      marketo: { ...books, members: { a: ['ECID:3'], b: ['ECID:1', 'ECID:2'], 'Uploads:c': [] } },
    },
  })
  expect(Object.keys(reportOf().solutions['marketo']?.members ?? {})).toEqual([
    'Uploads:c',
    'a',
    'b',
  ])
})

test('books balance when everything received is accounted for', () => {
  expect(unbalancedBooks(reportOf())).toEqual([])
  expect(unbalancedBooks(reportOf({ received: 11, pending: 1 }))).toEqual([])
})

test.each<[string, Partial<Books>]>([
  ['a row is missing', { received: 11 }],
  ['a row is counted twice', { activated: 5 }],
  ['an exclusion is not counted', { excluded: { NOT_FOUND: 1 } }],
  [
    'a number is below zero',
    {
      activated: 6,
      coalesced: 1,
      pending: 0,
      received: 10,
      failed: { A: 2, B: -1 },
      excluded: { C: 3, D: -1 },
    },
  ],
  ['a number is none', { received: Number.NaN }],
])('books do not balance when %s', (_, changed) => {
  const [sentence] = unbalancedBooks(reportOf(changed))
  expect(sentence).toMatch(/^marketo: received /)
})

test('a solution that holds other members than the state says is named, without an identity', () => {
  const expected = new Map([
    ['ups:a', ['ECID:1', 'ECID:2']],
    ['ups:b', ['ECID:1']],
    ['ups:c', []],
  ])
  expect(memberDifferences('marketo', expected, new Map(expected))).toEqual([])
  const held = new Map([
    ['ups:a', ['ECID:2', 'ECID:3', 'ECID:4']],
    ['ups:c', []],
    ['ups:d', ['ECID:9']],
  ])
  expect(memberDifferences('marketo', expected, held)).toEqual([
    'marketo, segment a: 1 missing, 2 too many, of 2',
    'marketo, segment b: 1 missing, 0 too many, of 1',
    'marketo, segment d: 0 missing, 1 too many, of 0',
  ])
})
