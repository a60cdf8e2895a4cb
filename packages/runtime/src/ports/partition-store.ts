import type { Tombstone } from './erasures.ts'
import type { SetAsidePacked } from './set-asides.ts'

/** One outbox bucket: the rows of a dataflow that fall due in one second of a partition. */
export interface Bucket {
  readonly dataflow: string
  /** Epoch milliseconds, a whole second; 0 where the dataflow has no delay. */
  readonly dueMs: number
  /** Tells apart the buckets that had the same due time. */
  readonly generation: number
  /** Hours since the epoch: the run that its rows belong to. Absent: opened by a version that had no runs. */
  readonly hour?: number
  /** Whose rows these are: an order's, for one solution. Absent: the stream's. */
  readonly backfill?: BackfillMark
}

/** What tells a backfill's rows from the stream's. */
export interface BackfillMark {
  /** Id of the order. */
  readonly order: string
  readonly solution: string
}

/** What the owner of a partition starts from. */
export interface PartitionState {
  /** Id of the last entry whose effects are committed. */
  readonly offset: string
  /** The dictionary: segment at its index. */
  readonly segments: readonly string[]
}

/** A profile to write or, without `packed`, to remove. */
export interface ProfileWrite {
  readonly profileKey: string
  readonly packed: Uint8Array | undefined
}

/** When a profile next changes by itself, epoch ms; 0: never. */
export interface TimerWrite {
  readonly profileKey: string
  readonly dueMs: number
}

/** Rows for one bucket. The store decides the generation, and the hour by its own clock. */
export interface OutboxAppend {
  readonly dataflow: string
  readonly dueMs: number
  /** A packed chunk. */
  readonly chunk: Uint8Array
  readonly rows: number
}

/** A profile whose erasure a commit completes. */
export interface ErasedProfile extends Tombstone {
  readonly profileKey: string
}

/** Everything that one slice of the log changed. */
export interface Commit {
  readonly owner: string
  readonly expectedOffset: string
  /** Version of the dataflows by which the slice was routed. */
  readonly dataflowsVersion: number
  readonly offset: string
  readonly profiles: readonly ProfileWrite[]
  /** Timers that differ from what the store has. */
  readonly timers: readonly TimerWrite[]
  /** New dictionary entries, in order; the first gets the index `firstSegment`. */
  readonly newSegments: readonly string[]
  readonly firstSegment: number
  readonly outbox: readonly OutboxAppend[]
  /** Added to the partition's counters: `steppedRecords`, `realized`, … */
  readonly counters: ReadonlyMap<string, number>
  /** Added to the books and to the runs of this hour, by `bookField`. */
  readonly books: ReadonlyMap<string, number>
  /** Their tombstones are set, their requests marked, their ledger entries and dead letters removed, those of dataflows that are gone too. */
  readonly erased?: readonly ErasedProfile[]
  /** What could not be read: kept in the same step that moves the offset past it. */
  readonly setAside?: readonly SetAsidePacked[]
}

export type CommitOutcome =
  | {
      readonly status: 'committed'
      /** Buckets that this commit opened: each needs its activation job. */
      readonly opened: readonly Bucket[]
      /** Earliest due time of the partition's profiles, epoch ms; 0: none. */
      readonly nextDueMs: number
    }
  /** Somebody else owns the partition now. */
  | { readonly status: 'fenced' }
  /** The offset is another one: this commit, or a later one, happened already. */
  | { readonly status: 'moved' }
  /** The dataflows changed since: the slice is to be routed anew. */
  | { readonly status: 'outdated' }
  /** As much is set aside as may be (`setAsidesLimit`). */
  | { readonly status: 'full' }

/** A profile whose due time has come. */
export interface DueProfile {
  readonly profileKey: string
  readonly dueMs: number
}

/** State, outbox and offset of the partitions: what moves together (design §6, invariant 2). */
export interface PartitionStore {
  /** What the partition's owner starts from. */
  readonly open: (partition: number) => Promise<PartitionState>
  /** Packed profiles in the order of the keys; undefined where there is none. */
  readonly load: (
    partition: number,
    profileKeys: readonly string[],
  ) => Promise<readonly (Buffer | undefined)[]>
  /**
   * All or nothing, and only for the owner at the expected offset.
   * @throws where the answer did not come: then it is not known whether it happened; open the partition again
   */
  readonly commit: (partition: number, commit: Commit) => Promise<CommitOutcome>
  /** Earliest due time of the partition's profiles that is later than `afterMs`, epoch ms; 0: none. */
  readonly nextDueMs: (partition: number, afterMs: number) => Promise<number>
  /** Profiles that are due by the store's own clock, the longest due first. */
  readonly dueProfiles: (partition: number, limit: number) => Promise<readonly DueProfile[]>
  /** The partition's counters. */
  readonly counters: (partition: number) => Promise<ReadonlyMap<string, number>>
  /** The partition's books, by `bookField`. */
  readonly books: (partition: number) => Promise<ReadonlyMap<string, number>>
}

/**
 * A field of the books: `outcome` is `received`, `pending`, `activated`, `coalesced`, `excluded:CODE` or `failed:CODE`.
 * received = activated + coalesced + excluded + failed + pending (design §6, invariant 7).
 */
export function bookField(dataflow: string, solution: string, outcome: string): string {
  return `${dataflow}|${solution}|${outcome}`
}

/**
 * Records of a partition's log that are not stepped yet, from its counters. Nobody can tell how many an entry had that could not be
 * read, so the bytes say when all is stepped.
 */
export function laggingRecords(counters: ReadonlyMap<string, number>): number {
  const number = (name: string): number => counters.get(name) ?? 0
  return number('appendedBytes') === number('steppedBytes')
    ? 0
    : number('appendedRecords') - number('steppedRecords')
}
