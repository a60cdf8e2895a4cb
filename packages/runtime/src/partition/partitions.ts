import type { Transitions } from '@segue/profile'
import { livenessMs, type Ownership } from '../ports/ownership.ts'
import type { Bucket } from '../ports/partition-store.ts'
import {
  startPartitionLoop,
  type KnownDataflows,
  type PartitionLoop,
  type PartitionPorts,
} from './partition-loop.ts'

/** A third of the liveness: two renewals may be missed before another worker takes over. */
const renewMs = Math.floor(livenessMs / 3)
/** Partitions that nobody of ours owns are asked for this often. */
const takeMs = livenessMs
/** Overdue buckets are looked for this often. */
const sweepMs = 60_000

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
  readonly log: PartitionEvents
}

/** What a person should be able to read in the log. */
export interface PartitionEvents {
  readonly taken: (partition: number) => void
  readonly ended: (partition: number, how: 'stopped' | 'fenced') => void
  readonly failed: (partition: number | undefined, error: unknown) => void
}

export interface Partitions {
  readonly owned: () => readonly number[]
  readonly residentCount: () => number
  /** The dataflows changed: what is stepped from now on goes by them. */
  readonly dataflowsChanged: () => void
  /** Stops reading, commits what is in work, releases the partitions and leaves. */
  readonly stop: () => Promise<void>
}

interface Owned {
  readonly nonce: string
  readonly loop: PartitionLoop
}

/**
 * Runs the loops of the partitions that this worker owns, and takes those that nobody owns.
 * Until ownership is spread over workers (design §7) the first worker takes all, others stand by.
 */
export async function startPartitions(
  ports: PartitionPorts & { readonly ownership: Ownership },
  options: PartitionsOptions,
): Promise<Partitions> {
  const owned = new Map<number, Owned>()
  let stopping = false

  const start = (partition: number, nonce: string): void => {
    const loop = startPartitionLoop(ports, {
      partition,
      owner: nonce,
      residentMax: Math.max(2, Math.floor(options.residentMax / options.partitionCount)),
      startTransitions: options.startTransitions,
      dataflows: options.dataflows,
      refreshDataflows: options.refreshDataflows,
      opened: options.opened,
      ...(options.erasing === undefined ? {} : { erasing: options.erasing }),
      failed: (error) => options.log.failed(partition, error),
    })
    owned.set(partition, { nonce, loop })
    options.log.taken(partition)
    void untilEnded(partition, loop)
  }
  const untilEnded = async (partition: number, loop: PartitionLoop): Promise<void> => {
    const how = await loop.ended
    if (owned.get(partition)?.loop === loop) owned.delete(partition)
    options.log.ended(partition, how)
  }
  const take = async (): Promise<void> => {
    for (let partition = 0; partition < options.partitionCount; partition++) {
      if (stopping) return
      if (owned.has(partition)) continue
      const nonce = await ports.ownership.take(partition)
      if (nonce === undefined) continue
      start(partition, nonce)
      await options.sweep(partition, true)
    }
  }
  const sweep = async (): Promise<void> => {
    for (const partition of owned.keys()) await options.sweep(partition, false)
  }

  await ports.ownership.renew()
  await take()
  const failed = (error: unknown): void => options.log.failed(undefined, error)
  const repeats = [
    repeat(() => ports.ownership.renew(), renewMs, failed),
    repeat(take, takeMs, failed),
    repeat(sweep, sweepMs, failed),
  ]
  return {
    owned: () => [...owned.keys()].toSorted((one, other) => one - other),
    residentCount: () =>
      [...owned.values()].reduce((sum, { loop }) => sum + loop.residentCount(), 0),
    dataflowsChanged: () => {
      for (const { loop } of owned.values()) loop.routesChanged()
    },
    stop: async () => {
      stopping = true
      await Promise.all(repeats.map((stop) => stop()))
      await Promise.all(
        Array.from(owned, async ([partition, { loop, nonce }]) => {
          await loop.stop()
          await ports.ownership.release(partition, nonce)
        }),
      )
      await ports.ownership.leave()
    },
  }
}

/** Runs `task` every `everyMs`, never twice at once. @returns stops it, waiting for a run in work */
function repeat(
  task: () => Promise<unknown>,
  everyMs: number,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const run = async (): Promise<void> => {
    try {
      await task()
    } catch (error) {
      failed(error)
    }
    if (!stopped) timer = setTimeout(next, everyMs)
  }
  const next = (): void => {
    running = run()
  }
  let timer = setTimeout(next, everyMs)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
