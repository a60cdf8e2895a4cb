import type { AlarmClock } from '../ports/clock.ts'
import type { Ownership } from '../ports/ownership.ts'
import type { PartitionLoss } from './mend-log.ts'
import type { PartitionLoop } from './partition-loop.ts'

/** Overdue buckets of a partition are looked for this often. */
const sweepMs = 60_000
/** A sweep that failed is repeated after this long. */
const sweepAgainMs = 1_000

export interface OwnedPartitionsOptions {
  readonly ownership: Pick<Ownership, 'take' | 'release'>
  readonly clock: AlarmClock
  /** Starts the loop of a partition that was taken. */
  readonly startLoop: (partition: number, nonce: string) => PartitionLoop
  /** Brings back buckets that lost their job; `all`: the partition was taken just now. */
  readonly sweep: (partition: number, all: boolean) => Promise<unknown>
  readonly log: PartitionEvents
  /** Told when a partition turned out to be somebody else's. */
  readonly lost: () => void
}

/** What a person should be able to read in the log. */
export interface PartitionEvents {
  readonly taken: (partition: number) => void
  /** `stopped`: given up in order; `fenced`: another worker had taken it. */
  readonly ended: (partition: number, how: 'stopped' | 'fenced') => void
  readonly failed: (partition: number | undefined, error: unknown) => void
  /** The store had lost a part of the partition, and got back what this worker had read of it. */
  readonly mended?: (partition: number, loss: PartitionLoss) => void
}

/** The partitions that this worker has, each with its loop. What it should have is decided elsewhere. */
export interface OwnedPartitions {
  /** Those that run, by partition. */
  readonly loops: () => ReadonlyMap<number, PartitionLoop>
  /** All that are this worker's, or were and could not be released yet. */
  readonly held: () => readonly number[]
  /** Takes the partition where it is to be had, and starts its loop. */
  readonly take: (partition: number) => Promise<void>
  /** Stops the loop, which commits what is in work, and then gives the partition up. Never rejects: to be tried again while it is held. */
  readonly giveUp: (partition: number) => Promise<void>
  /** Has all of the partition's buckets swept with the next sweep: any of them may have lost its job. */
  readonly unswept: (partition: number) => void
  /** Sweeps those whose turn it is. @returns after how long the next one's comes, ms */
  readonly sweep: () => Promise<number>
}

interface Owned {
  readonly nonce: string
  readonly loop: PartitionLoop
  /** `stopped`: its loop has ended, and it could not be released. */
  state: 'running' | 'stopping' | 'stopped'
  givingUp: Promise<void>
  /** Undefined: not since it was taken, or since a job may have been lost. */
  sweptMs: number | undefined
}

export function createOwnedPartitions(options: OwnedPartitionsOptions): OwnedPartitions {
  const { ownership, clock, log } = options
  const owned = new Map<number, Owned>()

  const untilEnded = async (partition: number, own: Owned): Promise<void> => {
    const how = await own.loop.ended
    log.ended(partition, how)
    if (how !== 'fenced' || owned.get(partition) !== own) return
    owned.delete(partition)
    options.lost()
  }
  const release = async (partition: number, own: Owned): Promise<void> => {
    own.state = 'stopping'
    try {
      await own.loop.stop()
      await ownership.release(partition, own.nonce)
      if (owned.get(partition) === own) owned.delete(partition)
    } catch (error) {
      own.state = 'stopped'
      log.failed(partition, error)
    }
  }
  return {
    loops: () => {
      const running = [...owned].filter(([, { state }]) => state === 'running')
      return new Map(running.map(([partition, { loop }]) => [partition, loop]))
    },
    held: () => [...owned.keys()],
    take: async (partition) => {
      const held = owned.get(partition)
      if (held !== undefined && held.state !== 'stopped') return
      const nonce = await ownership.take(partition)
      if (nonce === undefined) return
      const loop = options.startLoop(partition, nonce)
      const own: Owned = {
        nonce,
        loop,
        state: 'running',
        givingUp: Promise.resolve(),
        sweptMs: undefined,
      }
      owned.set(partition, own)
      log.taken(partition)
      void untilEnded(partition, own)
    },
    giveUp: async (partition) => {
      const own = owned.get(partition)
      if (own === undefined) return
      if (own.state !== 'stopping') own.givingUp = release(partition, own)
      await own.givingUp
    },
    unswept: (partition) => {
      const own = owned.get(partition)
      if (own !== undefined) own.sweptMs = undefined
    },
    sweep: async () => {
      let nextMs = sweepMs
      for (const [partition, own] of owned) {
        if (own.state !== 'running') continue
        const dueMs = own.sweptMs === undefined ? 0 : own.sweptMs + sweepMs - clock.nowMs()
        if (dueMs > 0) {
          nextMs = Math.min(nextMs, dueMs)
          continue
        }
        const { sweptMs } = own
        const all = sweptMs === undefined
        try {
          // Before it: who says meanwhile that a job may be lost has it swept once more.
          own.sweptMs = clock.nowMs()
          await options.sweep(partition, all)
        } catch (error) {
          if (own.sweptMs !== undefined) own.sweptMs = sweptMs
          log.failed(partition, error)
          nextMs = sweepAgainMs
        }
      }
      return nextMs
    },
  }
}
