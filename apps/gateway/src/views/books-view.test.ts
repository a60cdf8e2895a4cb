import { bookField } from '@segue/runtime'
import { expect, test } from 'vitest'
import { addBooks } from './books-view.ts'
import type { BooksView } from './books-view.ts'

test('books are summed over partitions, by dataflow, solution, outcome and code', () => {
  const partition = new Map([
    [bookField('main', 'marketo', 'received'), 10],
    [bookField('main', 'marketo', 'activated'), 4],
    [bookField('main', 'marketo', 'coalesced'), 1],
    [bookField('main', 'marketo', 'pending'), 2],
    [bookField('main', 'marketo', 'excluded:NO_IDENTITY'), 2],
    [bookField('main', 'marketo', 'failed:LIST_GONE'), 1],
    [bookField('other', 'marketo', 'received'), 7],
  ])
  const books: BooksView = {}
  addBooks(books, partition)
  addBooks(books, partition)
  addBooks(books, new Map([[bookField('main', 'marketo', 'excluded:CONSENT'), 3]]))

  expect(books).toEqual({
    main: {
      marketo: {
        received: 20,
        activated: 8,
        coalesced: 2,
        pending: 4,
        excluded: { NO_IDENTITY: 4, CONSENT: 3 },
        failed: { LIST_GONE: 2 },
        resent: 0,
      },
    },
    other: {
      marketo: {
        received: 14,
        activated: 0,
        coalesced: 0,
        pending: 0,
        excluded: {},
        failed: {},
        resent: 0,
      },
    },
  })
})
