import type { AlarmClock } from '@segue/runtime'
import { activationJob } from '../activate/sweep.ts'
import type { BackfillOptions, BackfillPorts } from './backfill.ts'
import { comparePage, type Comparison } from './compare-page.ts'
import type { Pace } from './pace.ts'

/**
 * Unsettled buckets of backfills a solution that wants rows as they come, over all partitions. With `profilesPerPage` this
 * bounds what live rows may find before them.
 */
const bucketsAheadMax = 4
const pagesPerRun = 16
/** Rows held for a solution that gathers them in windows, beyond which a backfill adds none. */
const windowRowsMax = 100_000

/** What one run of a job has done so far. */
export interface Turn {
  pages: number
  /** Buckets of backfills that wait for the solution. */
  ahead: number
}

/**
 * - `ended`: the whole partition is compared
 * - `spent`: this run has done its share
 * - `waiting`: rows before are to go out first
 * - `moved`: another run, which was thought dead, is at it too
 */
export type PartitionEnd = 'ended' | 'spent' | 'waiting' | 'moved'

/**
 * Compares a partition page after page, from where it was left, and has what differs delivered.
 * @param dataflowsVersion at least that of the dataflows which the order was read from
 */
export async function comparePartition(
  ports: BackfillPorts,
  options: BackfillOptions,
  pace: Pace,
  comparison: Comparison,
  dataflowsVersion: number,
  turn: Turn,
): Promise<PartitionEnd> {
  const { partition, place, solution } = comparison
  if (await isGatheringMuch(ports, comparison)) return 'waiting'
  const { segments } = await ports.store.open(partition)
  let opened = await ports.backfills.open(partition, place, dataflowsVersion)
  while (opened.progress?.phase !== 'ended') {
    if (turn.pages >= pagesPerRun) return 'spent'
    if (turn.ahead >= bucketsAheadMax) return 'waiting'
    await sleep(ports.clock, pace.waitMs())
    const page = await comparePage(ports, comparison, segments, opened)
    pace.done(page.read)
    if (page.status !== 'advanced') return page.status === 'full' ? 'waiting' : 'moved'
    const nowMs = ports.clock.nowMs()
    await options.activationQueue.add(
      page.buckets.map((bucket) => activationJob(partition, bucket, nowMs)),
    )
    if (solution.aggregation.aggregationType === 'BEST_EFFORT') turn.ahead += page.buckets.length
    opened = { ...opened, progress: page.progress }
    turn.pages += 1
  }
  return 'ended'
}

/** Its windows hold up nobody, but what is in them is kept. */
async function isGatheringMuch(
  { backlogs }: BackfillPorts,
  { partition, place, solution }: Comparison,
): Promise<boolean> {
  if (solution.aggregation.aggregationType === 'BEST_EFFORT') return false
  const all = await backlogs.all(partition)
  const own = all.find((one) => one.dataflow === place.dataflow && one.solution === place.solution)
  return (own?.heldRows ?? 0) >= windowRowsMax
}

/** Buckets of backfills that wait for the solution; 0 for one that gathers rows in windows: these hold up nobody. */
export async function bucketsAhead(
  { outbox }: BackfillPorts,
  { partitionCount }: BackfillOptions,
  { name, aggregation }: Comparison['solution'],
): Promise<number> {
  if (aggregation.aggregationType !== 'BEST_EFFORT') return 0
  const buckets = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => outbox.buckets(partition)),
  )
  return buckets.flat().filter(({ bucket }) => bucket.backfill?.solution === name).length
}

async function sleep(clock: AlarmClock, delayMs: number): Promise<void> {
  if (delayMs <= 0) return
  await new Promise<void>((resolve) => {
    clock.after(delayMs, resolve)
  })
}
