import type { Transitions } from '@segue/profile'
import {
  livenessMs,
  type LiveWorker,
  type Ownership,
  type Presence,
  type Renewal,
} from '../ports/ownership.ts'
import type { Bucket } from '../ports/partition-store.ts'
import { assignPartitions } from './assign-partitions.ts'
import { createOwnedPartitions, type PartitionEvents } from './owned-partitions.ts'
import { startPartitionLoop, type KnownDataflows, type PartitionPorts } from './partition-loop.ts'
import { createRecentEntries, type RecentEntries } from './recent-entries.ts'
import { repeat, type Repeated } from './repeat.ts'

/** A third of the liveness: two renewals may be missed before another worker takes over. */
const renewMs = Math.floor(livenessMs / 3)
/** So long after a silent worker's time others look whether it is gone. */
const goneMs = 5
/** So often it is looked for partitions that the store says are this worker's and that it does not have. */
const strayMs = 30_000
/** Of the newest entries of each partition's log so much is remembered, and of all together. */
const recentBytesMax = 2 * 1024 * 1024
const recentBytesTotal = 64 * 1024 * 1024

export interface PartitionsOptions {
  readonly partitionCount: number
  /** Profiles kept in memory, over all partitions. */
  readonly residentMax: number
  readonly startTransitions: () => Transitions
  /** The sandbox's dataflows as they are known here. */
  readonly dataflows: () => KnownDataflows
  readonly refreshDataflows: () => Promise<void>
  /** A commit opened buckets: add their jobs. */
  readonly opened: (partition: number, buckets: readonly Bucket[]) => Promise<void>
  /** A commit held requests to erase profiles: add their jobs. */
  readonly erasing?: (partition: number) => Promise<void>
  /** Brings back buckets that lost their job; `all`: the partition was taken just now. */
  readonly sweep: (partition: number, all: boolean) => Promise<unknown>
  /** What this worker says of itself with each renewal. */
  readonly presence?: () => Omit<Presence, 'state'>
  readonly log: PartitionEvents
}

export interface Partitions {
  readonly owned: () => readonly number[]
  readonly residentCount: () => number
  /** The last renewal: when it was, and who lived. */
  readonly renewal: () => Renewal
  /** The dataflows changed: what is stepped from now on goes by them. */
  readonly dataflowsChanged: () => void
  /** Stops reading, commits what is in work, releases the partitions and leaves. */
  readonly stop: () => Promise<void>
}

/**
 * Joins the workers, and runs the loops of the partitions that fall to this one (design §7). All workers come to the same
 * assignment by who lives; whoever has a partition that falls to another stops, commits, and releases it, and only then the
 * other takes it. What a silent worker had is taken when its liveness ends.
 */
export async function startPartitions(
  ports: PartitionPorts & { readonly ownership: Ownership },
  options: PartitionsOptions,
): Promise<Partitions> {
  const { ownership, clock } = ports
  const { partitionCount, log } = options
  const failed = (error: unknown): void => log.failed(undefined, error)
  /** Outlives a loop: what was fenced may be taken again, by the same owner of a store that lost its tail. */
  const recent = new Map<number, RecentEntries>()
  const recentOf = (partition: number): RecentEntries => {
    const bytesMax = Math.min(recentBytesMax, Math.floor(recentBytesTotal / partitionCount))
    const entries = recent.get(partition) ?? createRecentEntries(bytesMax)
    recent.set(partition, entries)
    return entries
  }
  let looking: Repeated | undefined
  let sweeping: Repeated | undefined
  let isLookWanted = false
  const lookSoon = (): void => {
    isLookWanted = true
    looking?.soon()
  }
  const owned = createOwnedPartitions({
    ownership,
    clock,
    startLoop: (partition, nonce) =>
      startPartitionLoop(ports, {
        partition,
        owner: nonce,
        residentMax: Math.max(2, Math.floor(options.residentMax / partitionCount)),
        startTransitions: options.startTransitions,
        dataflows: options.dataflows,
        refreshDataflows: options.refreshDataflows,
        opened: options.opened,
        ...(options.erasing === undefined ? {} : { erasing: options.erasing }),
        failed: (error) => log.failed(partition, error),
        recent: recentOf(partition),
        lost: (loss) => {
          log.mended?.(partition, loss)
        },
        // A commit whose answer was lost may have opened buckets, and a job may not have been taken.
        resumed: () => {
          owned.unswept(partition)
          sweeping?.soon()
        },
      }),
    sweep: options.sweep,
    log,
    lost: lookSoon,
  })
  sweeping = repeat(owned.sweep, { clock, firstMs: 0, afterFailureMs: renewMs, failed })
  const ownShare = shareOf(ownership.worker, partitionCount)
  let state: Presence['state'] = 'live'
  let renewal: Renewal = { storeMs: 0, workers: [] }
  let straysAtMs = clock.nowMs() + strayMs

  const look = async (): Promise<number> => {
    renewal = await ownership.renew({ ...options.presence?.(), state })
    const share = state === 'leaving' ? nothing : ownShare(renewal.workers)
    for (const partition of owned.held()) if (!share.has(partition)) void owned.giveUp(partition)
    const had = owned.loops()
    const missing = [...share].filter((partition) => !had.has(partition))
    await Promise.all(missing.map((partition) => owned.take(partition)))
    if (missing.length > 0) sweeping?.soon()
    if (clock.nowMs() >= straysAtMs) {
      straysAtMs = clock.nowMs() + strayMs
      await releaseStrays(share)
    }
    return untilNextLookMs(renewal, ownership.worker)
  }
  /**
   * Gives up what the store holds for this worker's and nobody steps: the answer to a take was lost, or the store lost its tail
   * with a release in it. As long as this worker lives nobody else could take it.
   */
  const releaseStrays = async (share: ReadonlySet<number>): Promise<void> => {
    const held = new Set(owned.held())
    for (const [partition, owner] of (await ownership.owners()).entries()) {
      if (owner !== ownership.worker || held.has(partition) || share.has(partition)) continue
      const nonce = await ownership.take(partition)
      if (nonce !== undefined) await ownership.release(partition, nonce)
    }
  }
  const unwatch = await ownership.watch(lookSoon)
  const firstMs = await look()
  const renewing = { clock, afterFailureMs: renewMs, failed }
  // Others release what falls to this worker as soon as they hear of it: that may be before its first look is over.
  looking = repeat(look, { ...renewing, firstMs: isLookWanted ? 0 : firstMs })
  return {
    owned: () => [...owned.loops().keys()].toSorted((one, other) => one - other),
    residentCount: () =>
      [...owned.loops().values()].reduce((sum, loop) => sum + loop.residentCount(), 0),
    renewal: () => renewal,
    dataflowsChanged: () => {
      for (const loop of owned.loops().values()) loop.routesChanged()
    },
    stop: async () => {
      await looking.stop()
      await sweeping.stop()
      await unwatch()
      state = 'leaving'
      // Others hear of it before anything is released, so that they know at once who is to take it.
      const leaving = repeat(look, { ...renewing, firstMs: await look().catch(() => renewMs) })
      await Promise.all(owned.held().map((partition) => owned.giveUp(partition)))
      await leaving.stop()
      await ownership.leave().catch(failed)
    },
  }
}

const nothing: ReadonlySet<number> = new Set()

/** What falls to a worker by who lives; worked out anew only where that changed. */
function shareOf(
  worker: string,
  partitionCount: number,
): (workers: readonly LiveWorker[]) => ReadonlySet<number> {
  let known: string | undefined
  let share = nothing
  return (workers) => {
    const names = workers.flatMap(({ name, state }) => (state === 'live' ? name : []))
    if (known !== names.join('\n')) {
      known = names.join('\n')
      const assigned = assignPartitions(names, partitionCount)
      share = new Set(assigned.flatMap((name, partition) => (name === worker ? partition : [])))
    }
    return share
  }
}

/** In time for the next renewal, and as soon as another that is silent counts as gone. */
function untilNextLookMs({ storeMs, workers }: Renewal, worker: string): number {
  const leftMs = workers.flatMap(({ name, untilMs }) =>
    name === worker ? [] : untilMs - storeMs + goneMs,
  )
  return Math.min(renewMs, ...leftMs)
}
