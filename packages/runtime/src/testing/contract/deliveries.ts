import { emptyEntry, packEntry, unknownRecord } from '../../codec/ledger-entry.ts'
import type { Claimed, DeadLetter, RowOutcome } from '../../ports/ledger.ts'
import type { Range } from '../../ports/outbox.ts'
import { bookField, type Bucket } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, own } from './commits.ts'

/** The dataflow and solution that the ledger's suites deliver to. */
export const place = { dataflow: 'flow', solution: 's' } as const

/** A claim's token, the same for the same number. */
function tokenOf(number: number): Buffer {
  return Buffer.alloc(6, number)
}

/** One delivery's view of the ledger: its own token on everything. */
export interface Delivery {
  readonly claim: (
    keys: readonly string[],
    options?: { readonly leaseMs?: number; readonly segments?: readonly number[] },
  ) => Promise<readonly Claimed[]>
  /** @returns how many of the keys it still holds */
  readonly renew: (keys: readonly string[], leaseMs: number) => Promise<number>
  /** Settles `keys` with an entry that says `realized`, and rows. @returns the keys whose claim was lost */
  readonly settle: (settled: {
    readonly keys?: readonly string[]
    /** Instead of `realized`; undefined: nothing is known any more. */
    readonly entry?: Buffer | undefined
    readonly rows?: readonly { readonly range: Range; readonly outcomes: readonly RowOutcome[] }[]
    readonly resent?: readonly string[]
    readonly deadLetters?: readonly DeadLetter[]
  }) => Promise<readonly string[]>
}

/** @param number tells deliveries apart: two of the same number are the same delivery */
export function delivery({ ledger }: Ports, number: number, partition = 0): Delivery {
  const { dataflow, solution } = place
  const token = tokenOf(number)
  return {
    claim: (keys, { leaseMs = 60_000, segments = [] } = {}) =>
      ledger.claim(
        partition,
        dataflow,
        solution,
        token,
        leaseMs,
        keys.map((profileKey) => ({ profileKey, segments })),
      ),
    renew: (keys, leaseMs) => ledger.renew(partition, dataflow, solution, token, leaseMs, keys),
    settle: ({ keys = [], rows = [], resent = [], deadLetters = [], ...rest }) => {
      const entry = 'entry' in rest ? rest.entry : toldOf(number)
      return ledger.settle(partition, {
        ...place,
        token,
        entries: keys.map((profileKey) => ({ profileKey, entry })),
        rows,
        resent,
        deadLetters,
      })
    },
  }
}

/** An entry that says: told of segment 0, at this revision. */
export function toldOf(revisionMs: number): Buffer {
  const entry = emptyEntry()
  entry.records.set(0, { ...unknownRecord, status: 'realized', revisionMs })
  return packEntry(entry)!
}

/**
 * A sealed bucket with a plan of one range a string of `progress`, a chunk each; every row to do is counted as received and pending.
 * @returns the ranges
 */
export async function plannedBucket(
  ports: Ports,
  progress: readonly string[],
  solution: string = place.solution,
): Promise<readonly Range[]> {
  const owner = await own(ports, 0)
  const rows = progress.reduce((sum, one) => sum + one.length, 0)
  const toDo = progress.join('').replaceAll('1', '').length
  const { offset } = await ports.store.open(0)
  const outcome = await ports.store.commit(
    0,
    commitOf({
      owner,
      expectedOffset: offset,
      offset: `${Number(offset.split('-')[0]) + 1}-0`,
      outbox: progress.map(() => ({
        dataflow: place.dataflow,
        dueMs: 1_000,
        chunk: Buffer.from('chunk'),
        rows: 0,
      })),
      counters: new Map([['outboxRows', rows]]),
      books: new Map(
        ['received', 'pending'].map((field) => [bookField(place.dataflow, solution, field), toDo]),
      ),
    }),
  )
  const bucket: Bucket | undefined = outcome.status === 'committed' ? outcome.opened[0] : undefined
  if (bucket === undefined) throw new Error('no bucket was opened')
  await ports.outbox.seal(0, bucket)
  const ranges = progress.map((_, index) => ({ bucket, solution, from: index, to: index }))
  await ports.outbox.plan(
    0,
    bucket,
    rows,
    ranges.map((range, index) => ({ ...range, progress: progress[index]! })),
  )
  return ranges
}

/** A number of the books of the suites' dataflow and solution. */
export async function booked(ports: Ports, outcome: string): Promise<number> {
  return (await ports.store.books(0)).get(bookField(place.dataflow, place.solution, outcome)) ?? 0
}
