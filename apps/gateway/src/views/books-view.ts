/** The books of one dataflow and solution: received = activated + coalesced + excluded + failed + pending (design §6.7). */
export interface BookView {
  received: number
  activated: number
  coalesced: number
  pending: number
  /** By code. */
  readonly excluded: Record<string, number>
  /** By code. */
  readonly failed: Record<string, number>
  /** Told again with nothing changed (refresh, loss, a counterpart made anew); no part of the sum. */
  resent: number
}

/** By dataflow, then solution. */
export type BooksView = Record<string, Record<string, BookView>>

/**
 * Adds a partition's books.
 * @param fields numbers by `dataflow|solution|outcome`, as `bookField` names them; outcomes of other names are left out
 */
export function addBooks(books: BooksView, fields: ReadonlyMap<string, number>): void {
  for (const [field, number] of fields) {
    const [dataflow, solution, outcome = ''] = field.split('|')
    if (dataflow === undefined || solution === undefined) continue
    const bySolution = (books[dataflow] ??= {})
    const book = (bySolution[solution] ??= {
      received: 0,
      activated: 0,
      coalesced: 0,
      pending: 0,
      excluded: {},
      failed: {},
      resent: 0,
    })
    const [kind = '', code = ''] = outcome.split(':')
    switch (kind) {
      case 'received':
      case 'activated':
      case 'coalesced':
      case 'pending':
      case 'resent':
        book[kind] += number
        break
      case 'excluded':
      case 'failed':
        book[kind][code] = (book[kind][code] ?? 0) + number
        break
      default:
        break
    }
  }
}
