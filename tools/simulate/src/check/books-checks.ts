import { unpackChunk } from '@segue/runtime'
import type { MemoryStore } from '@segue/runtime/testing'
import type { Scene } from './scene.ts'

/** Watches the books: what each script counts must add up, at any moment. */
export interface BooksChecks {
  /** A script has run that counts. */
  readonly counted: (partition: number) => void
  /** Looks at all of it, row by row. */
  readonly recount: (partition: number) => void
}

/** Every so many scripts that count, the rows themselves are counted. */
const scriptsPerRecount = 20

/** @param solutionsOf of a dataflow, in the order of the bits of rows */
export function createBooksChecks(
  scene: Scene,
  solutionsOf: (dataflow: string) => readonly string[],
): BooksChecks {
  const { store, verdict } = scene
  let scripts = 0

  const recount = (partition: number): void => {
    const place = store.partitions[partition]!
    const counted = countRows(place, solutionsOf)
    const names = new Set([
      ...counted.pending.keys(),
      ...[...place.books.keys()].map((field) => field.slice(0, field.lastIndexOf('|'))),
    ])
    for (const name of names) {
      const pending = place.books.get(`${name}|pending`) ?? 0
      const rows = counted.pending.get(name) ?? 0
      if (pending === rows) continue
      verdict.fail('books', `partition ${partition} ${name}: ${pending} pending, ${rows} rows wait`)
    }
    const outboxRows = place.counters.get('outboxRows') ?? 0
    if (outboxRows !== counted.rows) {
      verdict.fail(
        'books',
        `partition ${partition}: ${outboxRows} rows counted in the outbox, ${counted.rows} there`,
      )
    }
  }
  return {
    recount,
    counted: (partition) => {
      const sums = new Map<string, number>()
      for (const [field, number] of store.partitions[partition]!.books) {
        const at = field.lastIndexOf('|')
        const name = field.slice(0, at)
        const outcome = field.slice(at + 1)
        if (number < 0) verdict.fail('books', `partition ${partition}: ${field} is ${number}`)
        if (outcome === 'resent') continue
        sums.set(name, (sums.get(name) ?? 0) + (outcome === 'received' ? number : -number))
      }
      for (const [name, sum] of sums) {
        if (sum === 0) continue
        verdict.fail('books', `partition ${partition} ${name}: ${sum} more received than the rest`)
      }
      scripts += 1
      if (scripts % scriptsPerRecount === 0) recount(partition)
    },
  }
}

/** Rows that are still to be done, by `dataflow|solution`, and all rows that are kept. */
function countRows(
  { outbox, plans }: MemoryStore['partitions'][number],
  solutionsOf: (dataflow: string) => readonly string[],
): { readonly pending: ReadonlyMap<string, number>; readonly rows: number } {
  const pending = new Map<string, number>()
  const add = (name: string, number: number): void => {
    pending.set(name, (pending.get(name) ?? 0) + number)
  }
  let rows = 0
  for (const [bucket, chunks] of outbox) {
    const dataflow = bucket.slice(0, bucket.indexOf('|'))
    const solutions = solutionsOf(dataflow)
    const all = chunks.flatMap(unpackChunk)
    rows += all.length
    const plan = plans.get(bucket)
    if (plan !== undefined) {
      for (const [range, marks] of plan.ranges) {
        add(`${dataflow}|${range.slice(0, range.indexOf('|'))}`, marks.split('0').length - 1)
      }
      continue
    }
    for (const { solutions: bits } of all) {
      for (const [bit, solution] of solutions.entries()) {
        if ((bits & (1 << bit)) !== 0) add(`${dataflow}|${solution}`, 1)
      }
    }
  }
  return { pending, rows }
}
