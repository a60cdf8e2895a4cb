import type { Books } from '../report.ts'

export const noBooks: Books = {
  received: 0,
  activated: 0,
  coalesced: 0,
  excluded: {},
  failed: {},
  pending: 0,
}

/**
 * The books of several flows as one.
 *
 * @param books by flow and solution
 * @returns by solution
 */
export function booksOf(
  books: Readonly<Record<string, Readonly<Record<string, Books>>>>,
  flows: readonly string[],
): Readonly<Record<string, Books>> {
  const sums: Record<string, Books> = {}
  for (const flow of flows) {
    for (const [solution, own] of Object.entries(books[flow] ?? {})) {
      sums[solution] = added(sums[solution] ?? noBooks, own)
    }
  }
  return sums
}

function added(one: Books, other: Books): Books {
  return {
    received: one.received + other.received,
    activated: one.activated + other.activated,
    coalesced: one.coalesced + other.coalesced,
    excluded: addedByCode(one.excluded, other.excluded),
    failed: addedByCode(one.failed, other.failed),
    pending: one.pending + other.pending,
  }
}

function addedByCode(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = { ...one }
  for (const [code, count] of Object.entries(other)) sums[code] = (sums[code] ?? 0) + count
  return sums
}
