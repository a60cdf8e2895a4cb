/** What became of the membership changes of one dataflow and solution (design §6.7). */
export interface Books {
  readonly received: number
  readonly activated: number
  readonly coalesced: number
  /** By code. */
  readonly excluded: Readonly<Record<string, number>>
  readonly failed: Readonly<Record<string, number>>
  readonly pending: number
}

/** Members by segment (`namespace:id`), each as `namespace:id`. */
export type Members = ReadonlyMap<string, Iterable<string>>

/** What a report is built from. */
export interface RunFacts {
  readonly events: { readonly accepted: number; readonly rejected: number }
  readonly memberships: { readonly realized: number; readonly exited: number }
  readonly solutions: Readonly<
    Record<
      string,
      {
        readonly books: Books
        /** What the solution itself holds as applied, read from the sandbox. */
        readonly members: Members
      }
    >
  >
}

/** The report of a run, as it is written (design §13). */
export interface Report {
  readonly events: RunFacts['events']
  readonly memberships: RunFacts['memberships']
  readonly solutions: Readonly<Record<string, SolutionReport>>
}

interface SolutionReport extends Books {
  readonly members: Readonly<Record<string, readonly string[]>>
}

/** Builds the report; members are sorted, so that two runs can be compared line by line. */
export function buildReport(facts: RunFacts): Report {
  const solutions: Record<string, SolutionReport> = {}
  for (const [name, { books, members }] of Object.entries(facts.solutions)) {
    solutions[name] = {
      received: books.received,
      activated: books.activated,
      coalesced: books.coalesced,
      excluded: { ...books.excluded },
      failed: { ...books.failed },
      pending: books.pending,
      members: sortedMembers(members),
    }
  }
  return { events: facts.events, memberships: facts.memberships, solutions }
}

/** Segments of the Segmentation Service go by their id alone, all others by `namespace:id`. */
function segmentName(segment: string): string {
  return segment.startsWith('ups:') ? segment.slice('ups:'.length) : segment
}

function sortedMembers(members: Members): Record<string, readonly string[]> {
  const named = [...members].map(
    ([segment, ids]) => [segmentName(segment), [...new Set(ids)].toSorted()] as const,
  )
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** @returns a sentence for each solution whose books do not balance; none when all is well */
export function unbalancedBooks(report: Report): string[] {
  return Object.entries(report.solutions).flatMap(([name, books]) => {
    const excluded = sum(books.excluded)
    const failed = sum(books.failed)
    const { received, activated, coalesced, pending } = books
    const settled = activated + coalesced + excluded + failed + pending
    const byCode = [...Object.values(books.excluded), ...Object.values(books.failed)]
    const numbers = [received, activated, coalesced, pending, ...byCode]
    const sound = numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
    if (sound && received === settled) return []
    return [
      `${name}: received ${received}, but activated ${activated} + coalesced ${coalesced} + excluded ${excluded} + failed ${failed} + pending ${pending} = ${settled}`,
    ]
  })
}

/**
 * Compares what a solution holds with what the state says it should.
 * @returns a sentence for each segment that differs, with counts and no identity
 */
export function memberDifferences(name: string, expected: Members, held: Members): string[] {
  const sentences: string[] = []
  for (const segment of new Set([...expected.keys(), ...held.keys()])) {
    const should = new Set(expected.get(segment))
    const does = new Set(held.get(segment))
    const missing = countOutside(should, does)
    const surplus = countOutside(does, should)
    if (missing + surplus > 0) {
      sentences.push(
        `${name}, segment ${segmentName(segment)}: ${missing} missing, ${surplus} too many, of ${should.size}`,
      )
    }
  }
  return sentences
}

/** How many of `set` are not in `other`. */
function countOutside(set: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0
  for (const member of set) if (!other.has(member)) count += 1
  return count
}

function sum(byCode: Readonly<Record<string, number>>): number {
  return Object.values(byCode).reduce((total, count) => total + count, 0)
}
