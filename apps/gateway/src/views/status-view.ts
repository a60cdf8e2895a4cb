import { laggingRecords } from '@segue/runtime'
import { alertQueue, upkeepQueue, type Sandbox } from '../sandbox.ts'
import { backfillsOwed } from './backfills-owed.ts'
import { addBooks } from './books-view.ts'
import type { BooksView } from './books-view.ts'
import { viewReconciles, type ReconcileView } from './reconciles-view.ts'
import { viewSolutions, type SolutionView } from './solutions-view.ts'
import { viewWorkers, type WorkerView } from './workers-view.ts'

/** A sandbox at work, as `GET /v1/status` shows it. */
export interface StatusView {
  readonly sandbox: string
  /** Nothing is under way: all of the log is stepped, no backfill or reconcile is owed, no row waits, no job waits or runs. */
  readonly idle: boolean
  readonly partitions: readonly PartitionView[]
  /** Workers that step, by name. */
  readonly workers: readonly WorkerView[]
  readonly outbox: { readonly buckets: number; readonly rows: number }
  /** Solutions that take less than they get: of these something was left out. */
  readonly reconciles: readonly ReconcileView[]
  readonly queues: Readonly<Record<string, QueueView>>
  /** Changes of memberships since the beginning. */
  readonly memberships: { readonly realized: number; readonly exited: number }
  readonly books: BooksView
  readonly solutions: Readonly<Record<string, SolutionView>>
}

export interface PartitionView {
  readonly partition: number
  /** The worker that owns it; null: nobody does. */
  readonly owner: string | null
  /** Id of the last entry that is stepped and committed. */
  readonly offset: string
  /** Records in the log that are not stepped yet. */
  readonly lag: number
  /** Profiles in the memory of its owner. */
  readonly resident: number
  /** Entries that could not be read and are set aside. */
  readonly setAside: number
}

export interface QueueView {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

/**
 * Looks at a sandbox.
 *
 * Work moves from the log, or from an order to backfill, to the outbox and on into the queues. They are looked at in this order, one after the other, so that
 * work that moves on meanwhile is seen at its next place: looked at the other way round, it could be missed in all of them.
 */
export async function viewStatus(
  sandbox: Sandbox,
  partitionCount: number,
  solutionNames: readonly string[],
): Promise<StatusView> {
  const { store, ownership, outbox } = sandbox.ports
  const numbers = Array.from({ length: partitionCount }, (_, partition) => partition)
  const reconciles = await viewReconciles(sandbox.ports, partitionCount)
  const owed = await backfillsOwed(sandbox.ports, partitionCount, reconciles)
  const [owners, workers, states, counters] = await Promise.all([
    ownership.owners(),
    ownership.workers(),
    Promise.all(numbers.map((partition) => store.open(partition))),
    Promise.all(numbers.map((partition) => store.counters(partition))),
  ])
  const buckets = await Promise.all(numbers.map((partition) => outbox.buckets(partition)))
  const queues = await viewQueues(sandbox)
  const books: BooksView = {}
  for (const held of await Promise.all(numbers.map((partition) => store.books(partition)))) {
    addBooks(books, held)
  }

  const total = (counter: string): number =>
    counters.reduce((sum, counted) => sum + (counted.get(counter) ?? 0), 0)
  const partitions = numbers.map((partition) => {
    const counted = counters[partition]
    return {
      partition,
      owner: owners[partition] ?? null,
      offset: states[partition]?.offset ?? '0-0',
      lag: laggingRecords(counted ?? new Map()),
      resident: counted?.get('resident') ?? 0,
      setAside: counted?.get('setAside') ?? 0,
    }
  })
  const bucketCount = buckets.reduce((sum, held) => sum + held.length, 0)
  const working = Object.entries(queues).some(
    ([name, { waiting, active, delayed }]) =>
      name !== upkeepQueue && name !== alertQueue && waiting + active + delayed > 0,
  )
  return {
    sandbox: sandbox.name,
    idle: !owed && partitions.every(({ lag }) => lag === 0) && bucketCount === 0 && !working,
    partitions,
    workers: viewWorkers(workers, owners),
    outbox: { buckets: bucketCount, rows: total('outboxRows') },
    reconciles,
    queues,
    memberships: { realized: total('realized'), exited: total('exited') },
    books,
    solutions: await viewSolutions(sandbox, solutionNames),
  }
}

/** How many jobs each queue of a sandbox has. */
export async function viewQueues({ queues }: Sandbox): Promise<Record<string, QueueView>> {
  const views = await Promise.all(
    Array.from(queues, async ([name, queue]): Promise<[string, QueueView]> => {
      const counts = await queue.getJobCounts(...waitingStates, 'active', 'delayed', 'failed')
      const waiting = waitingStates.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
      const { active = 0, delayed = 0, failed = 0 } = counts
      return [name, { waiting, active, delayed, failed }]
    }),
  )
  return Object.fromEntries(views)
}

/** States of jobs that could run now, but for a free worker, their priority or a pause of the queue. */
const waitingStates = ['waiting', 'prioritized', 'waiting-children'] as const
