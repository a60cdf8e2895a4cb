/** What was seen of one partition. */
export interface PartitionSeen {
  /** `worker:nonce`; empty where nobody owns it. */
  readonly owner: string
  /** The last entry whose effects are committed; empty where none is. */
  readonly offset: string
  /** The last entry that was appended; empty where none was. */
  readonly last: string
}

/** A partition that went from one owner to another. */
export interface Move {
  readonly partition: number
  readonly from: string
  readonly to: string
  /** When it was seen with its new owner. */
  readonly atMs: number
  /** When the new owner's first commit was seen. */
  committedMs: number | undefined
}

/** The longest time without progress, and of which partition and when it ended. */
export interface Gap {
  readonly ms: number
  /** Undefined: of all together. */
  readonly partition: number | undefined
  readonly untilMs: number
}

/** What is known of the progress of all partitions, from looking at them often. */
export interface Progress {
  /** Takes what was seen of all partitions at one moment. */
  readonly see: (atMs: number, partitions: readonly PartitionSeen[]) => void
  /** Redis did not answer: what nobody can see is no gap of ours, and counts anew when it answers again. */
  readonly blind: () => void
  readonly owners: () => readonly string[]
  /** Whether a partition has input that is not committed; undefined before anything was seen. */
  readonly waits: () => boolean | undefined
  readonly moves: () => readonly Move[]
  /** Since `sinceMs`: the longest time in which input waited and no partition committed, and the longest of one partition. */
  readonly longest: (sinceMs: number) => { readonly all: Gap; readonly one: Gap }
}

/** Gaps shorter than this are not remembered. */
const remembersFromMs = 100

/** Follows commits and owners. Pure: times are those that it is told. */
export function followProgress(partitionCount: number): Progress {
  const offsets: string[] = Array.from({ length: partitionCount }, () => '')
  const owners: string[] = Array.from({ length: partitionCount }, () => '')
  const waitingSince: (number | undefined)[] = Array.from({ length: partitionCount })
  const moves: Move[] = []
  const gaps: Gap[] = []
  let allSince: number | undefined
  let first = true

  const ended = (sinceMs: number | undefined, atMs: number, partition?: number): void => {
    if (sinceMs === undefined || atMs - sinceMs < remembersFromMs) return
    gaps.push({ ms: atMs - sinceMs, partition, untilMs: atMs })
  }
  const seeOne = (atMs: number, partition: number, seen: PartitionSeen): boolean => {
    const committed = seen.offset !== offsets[partition]
    const before = owners[partition] ?? ''
    if (!first && seen.owner !== '' && seen.owner !== before) {
      moves.push({ partition, from: before, to: seen.owner, atMs, committedMs: undefined })
    }
    // While nobody owns it, the last owner is remembered: who took over from whom is what is asked.
    if (seen.owner !== '') owners[partition] = seen.owner
    if (committed && !first) {
      const move = moves.findLast((one) => one.partition === partition)
      if (move?.to === seen.owner) move.committedMs ??= atMs
    }
    offsets[partition] = seen.offset
    const waits = seen.last !== seen.offset
    if (committed || !waits) {
      ended(waitingSince[partition], atMs, partition)
      waitingSince[partition] = waits ? atMs : undefined
    } else {
      waitingSince[partition] ??= atMs
    }
    return committed
  }

  return {
    see: (atMs, partitions) => {
      let committed = false
      let waits = false
      for (const [partition, seen] of partitions.entries()) {
        committed = seeOne(atMs, partition, seen) || committed
        waits ||= waitingSince[partition] !== undefined
      }
      if (committed || !waits) {
        ended(allSince, atMs)
        allSince = waits ? atMs : undefined
      } else {
        allSince ??= atMs
      }
      first = false
    },
    blind: () => {
      waitingSince.fill(undefined)
      allSince = undefined
    },
    owners: () => [...owners],
    waits: () => (first ? undefined : waitingSince.some((sinceMs) => sinceMs !== undefined)),
    moves: () => moves,
    longest: (sinceMs) => {
      const late = gaps.filter(({ untilMs }) => untilMs >= sinceMs)
      const longestOf = (some: readonly Gap[], partition: number | undefined): Gap =>
        some.toSorted((a, b) => b.ms - a.ms)[0] ?? { ms: 0, partition, untilMs: sinceMs }
      return {
        all: longestOf(
          late.filter(({ partition }) => partition === undefined),
          undefined,
        ),
        one: longestOf(
          late.filter(({ partition }) => partition !== undefined),
          0,
        ),
      }
    },
  }
}

/** @param owner `worker:nonce` */
export function ownedBy(owner: string, worker: string): boolean {
  return owner.slice(0, owner.lastIndexOf(':')) === worker
}
