import type { Metrics } from '@segue/telemetry'
import { laggingRecords } from '@segue/runtime'
import type { Job, Queue } from 'bullmq'
import type { Sandbox } from '../sandbox.ts'
import { viewQueues } from './status-view.ts'

/** Gauges of what Redis knows of a sandbox. */
export interface SandboxGauges {
  /** Forgets what was read: of a sandbox that cannot be read nothing is shown. */
  readonly reset: () => void
  /** Reads them anew. A few commands a partition, queue and solution. */
  readonly gather: (sandbox: Sandbox) => Promise<void>
}

export function createSandboxGauges(
  metrics: Metrics,
  partitionCount: number,
  solutionNames: readonly string[],
): SandboxGauges {
  const lag = metrics.gauge('segue_partition_lag_records')
  const lagBytes = metrics.gauge('segue_partition_lag_bytes')
  const lagSeconds = metrics.gauge('segue_partition_lag_seconds')
  const rows = metrics.gauge('segue_outbox_rows')
  const older = metrics.gauge('segue_older_than_erasure')
  const setAside = metrics.gauge('segue_entries_set_aside')
  const losses = metrics.gauge('segue_store_losses')
  const jobs = metrics.gauge('segue_queue_jobs')
  const oldestDue = metrics.gauge('segue_queue_oldest_due_seconds')
  const dead = metrics.gauge('segue_dead_letters')
  const paused = metrics.gauge('segue_solution_paused')
  const workersLive = metrics.gauge('segue_workers_live')
  const unowned = metrics.gauge('segue_partitions_unowned')
  const skew = metrics.gauge('segue_worker_clock_skew_seconds')
  const all = [
    lag,
    lagBytes,
    lagSeconds,
    rows,
    older,
    setAside,
    losses,
    jobs,
    oldestDue,
    dead,
    paused,
    workersLive,
    unowned,
    skew,
  ]

  const gatherPartition = async ({ name, ports }: Sandbox, partition: number): Promise<void> => {
    const of = { sandbox: name, partition: String(partition) }
    const counted = await ports.store.counters(partition)
    const number = (counter: string): number => counted.get(counter) ?? 0
    const records = laggingRecords(counted)
    lag.set(of, records)
    lagBytes.set(of, number('appendedBytes') - number('steppedBytes'))
    rows.set(of, number('outboxRows'))
    older.set(of, number('OLDER_THAN_ERASURE'))
    setAside.set(of, number('setAside'))
    losses.set(of, number('losses'))
    lagSeconds.set(of, records > 0 ? await oldestEntrySeconds(ports, partition) : 0)
  }
  const gatherDeadLetters = async ({ name, ports }: Sandbox): Promise<void> => {
    const totals = new Map(solutionNames.map((solution) => [solution, 0]))
    await Promise.all(
      partitionsOf(partitionCount).map(async (partition) => {
        // The books count every record that ever failed: where there are none there is no dead letter.
        const places = new Set<string>()
        for (const field of (await ports.store.books(partition)).keys()) {
          const [dataflow = '', solution = '', outcome = ''] = field.split('|')
          if (outcome.startsWith('failed:')) places.add(`${dataflow}|${solution}`)
        }
        for (const place of places) {
          const [dataflow = '', solution = ''] = place.split('|')
          const count = await ports.ledger.deadLetterCount(partition, dataflow, solution)
          totals.set(solution, (totals.get(solution) ?? 0) + count)
        }
      }),
    )
    for (const [solution, count] of totals) dead.set({ sandbox: name, solution }, count)
  }
  const gatherSolutions = async ({ name, ports }: Sandbox): Promise<void> => {
    await Promise.all(
      solutionNames.map(async (solution) => {
        const pause = await ports.records.pause(solution)
        // A wrong setting is wrong until something goes well; all else is over with its pause.
        const isPaused =
          pause !== undefined &&
          (pause.setting !== undefined || pause.untilMs > ports.clock.nowMs())
        paused.set({ sandbox: name, solution }, isPaused ? 1 : 0)
      }),
    )
  }
  const gatherWorkers = async ({ name, ports }: Sandbox): Promise<void> => {
    const [workers, owners] = await Promise.all([
      ports.ownership.workers(),
      ports.ownership.owners(),
    ])
    const names = new Set(workers.map((worker) => worker.name))
    workersLive.set({ sandbox: name }, workers.length)
    const left = owners.filter((owner) => owner === undefined || !names.has(owner))
    unowned.set({ sandbox: name }, left.length)
    for (const { name: worker, skewMs } of workers) {
      if (skewMs !== undefined) skew.set({ sandbox: name, worker }, skewMs / 1_000)
    }
  }
  const gatherQueues = async (sandbox: Sandbox): Promise<void> => {
    for (const [queue, states] of Object.entries(await viewQueues(sandbox))) {
      for (const [state, count] of Object.entries(states)) {
        jobs.set({ sandbox: sandbox.name, queue, state }, count)
      }
    }
    const nowMs = sandbox.ports.clock.nowMs()
    await Promise.all(
      Array.from(sandbox.queues, async ([queue, opened]) => {
        const dueMs = await oldestDueMs(opened)
        const seconds = dueMs === undefined ? 0 : Math.max(0, nowMs - dueMs) / 1_000
        oldestDue.set({ sandbox: sandbox.name, queue }, seconds)
      }),
    )
  }
  return {
    reset: () => {
      for (const gauge of all) gauge.reset()
    },
    gather: async (sandbox) => {
      await Promise.all([
        ...partitionsOf(partitionCount).map((partition) => gatherPartition(sandbox, partition)),
        gatherDeadLetters(sandbox),
        gatherSolutions(sandbox),
        gatherWorkers(sandbox),
        gatherQueues(sandbox),
      ])
    },
  }
}

function partitionsOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, partition) => partition)
}

/** Age of the oldest entry that is not stepped: its id holds when Redis took it. */
async function oldestEntrySeconds(ports: Sandbox['ports'], partition: number): Promise<number> {
  const { offset } = await ports.store.open(partition)
  const { signal } = new AbortController()
  const [first] = await ports.log.read(partition, offset, { maxEntries: 1, waitMs: 0, signal })
  if (first === undefined) return 0
  return Math.max(0, ports.clock.nowMs() - Number(first.id.split('-')[0])) / 1_000
}

/** When the job was due that has waited for longest to run; of delayed ones, the first that is due. */
async function oldestDueMs(queue: Queue): Promise<number | undefined> {
  const [[waiting], [prioritized], [delayed]] = await Promise.all([
    queue.getJobs(['wait'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, true),
    queue.getJobs(['delayed'], 0, 0, true),
  ])
  const due = [waiting, prioritized, delayed].flatMap((job) =>
    job === undefined ? [] : dueOf(job),
  )
  return due.length === 0 ? undefined : Math.min(...due)
}

function dueOf({ timestamp, delay }: Job): number {
  return timestamp + delay
}
