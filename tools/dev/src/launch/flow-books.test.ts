import { expect, test } from 'vitest'
import type { Books } from '../report.ts'
import { booksOf } from './flow-books.ts'

function books(received: number, excluded: Record<string, number>): Books {
  return { received, activated: 1, coalesced: 2, excluded, failed: { X: 3 }, pending: 4 }
}

test('books of several flows are added, code by code; other flows count for nothing', () => {
  const all = {
    one: { marketo: books(10, { A: 1 }) },
    two: { marketo: books(20, { A: 2, B: 5 }), target: books(7, {}) },
    other: { marketo: books(1_000, { A: 1_000 }) },
  }
  expect(booksOf(all, ['one', 'two', 'none'])).toEqual({
    marketo: {
      received: 30,
      activated: 2,
      coalesced: 4,
      excluded: { A: 3, B: 5 },
      failed: { X: 6 },
      pending: 8,
    },
    target: books(7, {}),
  })
})
