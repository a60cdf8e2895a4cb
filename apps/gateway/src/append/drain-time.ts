import type { PartitionStore } from '@segue/runtime'

/** How long senders should wait while partitions of the log are full. */
export interface DrainTime {
  /** Seconds until what is refused now may have room, at the pace at which the log is stepped. */
  readonly seconds: () => Promise<number>
}

const minSecs = 1
/** Nobody is sent away for longer: what holds the log up may end at any moment. */
const maxSecs = 30
/** The log is looked at so often at most, however many are refused. */
const lookEveryMs = 1_000
/** A log that was full has room again when it is down to this part of its bound, so that not everybody comes back for one place. */
const roomAt = 0.75

/** What was counted of all partitions at one moment. */
interface Look {
  readonly atMs: number
  /** By partition. */
  readonly stepped: readonly number[]
  readonly waiting: readonly number[]
}

/** @param logBytesMax of one partition, not stepped yet */
export function createDrainTime(
  store: Pick<PartitionStore, 'counters'>,
  partitionCount: number,
  logBytesMax: number,
  nowMs: () => number = () => performance.now(),
): DrainTime {
  let before: Look | undefined
  let latest: Look | undefined
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    const counted = await Promise.all(
      Array.from({ length: partitionCount }, (_, partition) => store.counters(partition)),
    )
    const stepped = counted.map((counters) => counters.get('steppedBytes') ?? 0)
    const waiting = counted.map(
      (counters, partition) => (counters.get('appendedBytes') ?? 0) - (stepped[partition] ?? 0),
    )
    before = latest
    latest = { atMs: nowMs(), stepped, waiting }
  }
  const lookOnce = (): Promise<void> =>
    (looking ??= look().finally(() => {
      looking = undefined
    }))

  return {
    seconds: async () => {
      if (latest === undefined || nowMs() - latest.atMs >= lookEveryMs) await lookOnce()
      return latest === undefined ? minSecs : drainSecs(before, latest, logBytesMax)
    },
  }
}

/** The longest of the partitions that are over what they should be down to. Where no pace is known yet: a moment. */
function drainSecs(before: Look | undefined, latest: Look, logBytesMax: number): number {
  if (before === undefined) return minSecs
  const elapsedSecs = (latest.atMs - before.atMs) / 1_000
  const each = latest.waiting.map((waiting, partition) => {
    const over = waiting - logBytesMax * roomAt
    if (over <= 0) return minSecs
    const stepped = (latest.stepped[partition] ?? 0) - (before.stepped[partition] ?? 0)
    return over / (stepped / elapsedSecs)
  })
  return Math.min(Math.max(Math.ceil(Math.max(...each)), minSecs), maxSecs)
}
