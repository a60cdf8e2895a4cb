import type { JobQueue } from '@segue/activation'
import type { Observation } from '@segue/destinations'
import { laggingRecords } from '@segue/runtime'
import type {
  Clock,
  Counterparts,
  Dataflow,
  EventLog,
  Ledger,
  Ownership,
  PartitionStore,
  Runs,
  SolutionRecords,
} from '@segue/runtime'
import { inTurn } from './in-turn.ts'
import { observeRuns } from './observe-runs.ts'

/** Where an observer looks. It changes nothing. */
export interface ObserverPorts {
  readonly store: Pick<PartitionStore, 'open' | 'counters' | 'books'>
  readonly log: Pick<EventLog, 'read'>
  readonly ledger: Pick<Ledger, 'deadLetterCount'>
  readonly runs: Runs
  readonly counterparts: Pick<Counterparts, 'all'>
  readonly records: Pick<SolutionRecords, 'pause'>
  readonly ownership: Pick<Ownership, 'workers'>
  readonly clock: Clock
}

/** A queue whose jobs may have been given up. */
export interface WatchedQueue {
  readonly name: string
  readonly counts: JobQueue<unknown>['counts']
}

/** What is looked at less often: it costs more, and changes by the hour rather than by the second. */
type Slow = Pick<Observation, 'runs' | 'deadLetters' | 'failedSegments' | 'failedJobs'>

/** Between two slow looks, at least. */
const slowEveryMs = 60_000
/** Commands a second that slow looks may come to: with many dataflows they are made less often (design §6, invariant 8). */
const slowCommandsPerSec = 5

/**
 * Makes observations of a sandbox, one after the other.
 *
 * @param options.slowEveryMs between two looks at runs, dead letters, segments and jobs
 */
export function createObserver(
  ports: ObserverPorts,
  options: {
    readonly partitionCount: number
    readonly queues: readonly WatchedQueue[]
    readonly slowEveryMs?: number
  },
): (nowMs: number, dataflows: readonly Dataflow[]) => Promise<Observation> {
  const { partitionCount, queues } = options
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)
  let slow: { readonly seen: Slow; readonly againMs: number } | undefined

  const pauses = async (dataflows: readonly Dataflow[]): Promise<Observation['pauses']> => {
    const solutions = [...new Set(dataflows.flatMap((dataflow) => dataflow.solutions))]
    const found = await Promise.all(solutions.map((solution) => ports.records.pause(solution)))
    return solutions.flatMap((solution, index) => {
      const pause = found[index]
      return pause === undefined ? [] : [{ solution, pause }]
    })
  }

  /** Since when the oldest entry that is not stepped waits; undefined where all is stepped. */
  const lagOf = async (partition: number): Promise<Observation['lags'][number] | undefined> => {
    const counters = await ports.store.counters(partition)
    if (laggingRecords(counters) <= 0) return undefined
    const { offset } = await ports.store.open(partition)
    const { signal } = new AbortController()
    const read = { maxEntries: 1, waitMs: 0, signal }
    const [first] = await ports.log.read(partition, offset, read)
    return first === undefined ? undefined : { partition, oldestMs: Number(first.id.split('-')[0]) }
  }

  const lookSlowly = async (
    nowMs: number,
    dataflows: readonly Dataflow[],
  ): Promise<{ readonly seen: Slow; readonly reads: number }> => {
    let reads = 0
    const books = await inTurn(partitions, (partition) => ports.store.books(partition))
    const places = dataflows.flatMap(({ id, solutions }) =>
      solutions.map((solution) => ({ flowId: id, solution })),
    )
    const runs = await observeRuns(ports.runs, { nowMs, partitions, dataflows, books })
    reads += partitions.length + runs.reads
    // The books count every record that ever failed: where there are none there is no dead letter.
    const deadLetters = await inTurn(places, async ({ flowId, solution }) => {
      const prefix = `${flowId}|${solution}|failed:`
      const ever = partitions.filter((partition) =>
        [...(books[partition]?.keys() ?? [])].some((field) => field.startsWith(prefix)),
      )
      reads += ever.length
      const counts = await Promise.all(
        ever.map((partition) => ports.ledger.deadLetterCount(partition, flowId, solution)),
      )
      return { flowId, solution, count: counts.reduce((sum, count) => sum + count, 0) }
    })
    const failedSegments = await inTurn(places, async ({ flowId, solution }) => {
      const counterparts = await ports.counterparts.all(solution, flowId)
      const troubles = [...counterparts.values()].flatMap(({ trouble }) => trouble ?? [])
      return { flowId, solution, count: troubles.length, code: troubles[0]?.code ?? '' }
    })
    const failedJobs = await inTurn(queues, async ({ name, counts }) => ({
      queue: name,
      count: (await counts()).failed,
    }))
    reads += places.length + queues.length
    return { seen: { runs: runs.runs, deadLetters, failedSegments, failedJobs }, reads }
  }

  return async (nowMs, dataflows) => {
    if (slow === undefined || nowMs >= slow.againMs) {
      const { seen, reads } = await lookSlowly(nowMs, dataflows)
      const pauseMs = (reads / slowCommandsPerSec) * 1_000
      slow = { seen, againMs: nowMs + Math.max(options.slowEveryMs ?? slowEveryMs, pauseMs) }
    }
    const lags = await inTurn(partitions, lagOf)
    return {
      nowMs,
      flows: new Map(dataflows.map(({ id, name }) => [id, name])),
      pauses: await pauses(dataflows),
      lags: lags.flatMap((lag) => lag ?? []),
      clocks: (await ports.ownership.workers()).flatMap(({ name, skewMs }) =>
        skewMs === undefined ? [] : [{ worker: name, skewMs }],
      ),
      ...slow.seen,
    }
  }
}
