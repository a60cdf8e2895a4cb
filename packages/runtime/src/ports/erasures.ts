import type { Range } from './outbox.ts'
import type { Bucket } from './partition-store.ts'

/** A request to erase one profile, from its coming to its proof. What is there of times says how far it is. */
export interface Erasure {
  /** `p07-` and a unique rest: the partition is in it, so that it is found without asking all. */
  readonly id: string
  /** Of the profile key, salted: `hashProfileKey`. What stays when the key is gone. */
  readonly hash: string
  readonly requestedBy: string
  /** Times are epoch milliseconds of the store. */
  readonly requestedMs: number
  /** The profile was seen as being erased: exits are on their way. */
  readonly leavingMs?: number
  /** Nothing is waited for any more. */
  readonly acknowledgedMs?: number
  /** State, ledgers, timers and dead letters are gone, and the tombstone stands. */
  readonly deletedMs?: number
  readonly doneMs?: number
  /** Raw, and only until it is done. */
  readonly profileKey?: string
  /** The profile's other identities, raw, and only until it is done. */
  readonly others?: readonly string[]
  /** Id of the log entry behind which nothing names the profile that came before its deletion. */
  readonly barrier?: string
  /** As it was when it was last looked at. */
  readonly waitingFor: readonly ErasureWait[]
  readonly deleted: ErasureCounts
  readonly proof?: ErasureProof
}

/** A solution that has not confirmed yet that the profile is out. */
export interface ErasureWait {
  readonly dataflow: string
  readonly solution: string
  /**
   * `SENDING`: a delivery has it in hand. `IN_DOUBT`: something may have arrived that no receipt tells. `MEMBER`: it was told of
   * memberships and of no exit yet. `NOT_APPLIED`: it accepted the exit and has not applied it yet.
   */
  readonly why: 'SENDING' | 'IN_DOUBT' | 'MEMBER' | 'NOT_APPLIED'
}

/** What was removed. */
export interface ErasureCounts {
  readonly ledgerEntries: number
  readonly deadLetters: number
  /** Rows whose key was taken out; they are counted as excluded. */
  readonly outboxRows: number
}

/** What was looked through after the deletion, and what was found. */
export interface ErasureProof {
  readonly atMs: number
  readonly keysScanned: number
  readonly entriesScanned: number
  /** Entries that name the erased profile. */
  readonly found: number
  /** Updates that are younger than the request have begun the profile anew: what names it is that one's. */
  readonly begunAnew: boolean
  /** Other profiles that hold one of its identities as their own. They are not erased. */
  readonly otherProfiles: number
}

/** The hash of an erased profile key, against updates that are older than its erasure. */
export interface Tombstone {
  readonly hash: string
  /** When the erasure was asked for, by the log: epoch milliseconds. */
  readonly erasedMs: number
}

/** Something that is stored, as whoever looks for traces sees it. */
export interface StoredEntry {
  /** Name of the Redis key behind the hash tag, or all of it where it is not the partition's. */
  readonly key: string
  /** A hash's field, a sorted set's or set's member, a stream entry's id; undefined for a list or a string. */
  readonly field: string | undefined
  readonly value: Buffer
}

export interface NewErasure {
  readonly id: string
  readonly profileKey: string
  readonly hash: string
  readonly requestedBy: string
  /** A packed record batch with the erase record: it enters the log in the same step. */
  readonly payload: Uint8Array
}

/** Requests to erase profiles, their tombstones, and the steps of their deletion that touch one partition. */
export interface Erasures {
  /** Of the sandbox, made once: what profile keys are hashed with. */
  readonly salt: () => Promise<Buffer>
  /**
   * Notes a request and puts its erase record into the log, in one step. For a profile whose erasure is under way it answers
   * that one's id. `full`: the partition holds as many tombstones or requests as it may.
   */
  readonly request: (
    partition: number,
    erasure: NewErasure,
  ) => Promise<
    { readonly status: 'begun' | 'under-way'; readonly id: string } | { readonly status: 'full' }
  >
  readonly get: (partition: number, id: string) => Promise<Erasure | undefined>
  /** Requests older than `beforeMs`, the newest first. */
  readonly list: (partition: number, beforeMs: number, limit: number) => Promise<readonly Erasure[]>
  /** Ids of the requests that are not done. */
  readonly unfinished: (partition: number) => Promise<readonly string[]>
  /** The profile is being erased: notes when that was first seen, and its identities beside the key. */
  readonly leaving: (partition: number, id: string, others: readonly string[]) => Promise<void>
  /** Notes what is waited for. */
  readonly waiting: (
    partition: number,
    id: string,
    waitingFor: readonly ErasureWait[],
  ) => Promise<void>
  /**
   * Nothing is waited for: puts the acknowledged record into the log and the barrier behind it, once.
   * @param payload a packed record batch
   */
  readonly acknowledged: (partition: number, id: string, payload: Uint8Array) => Promise<void>
  /** Tombstones that still stand. */
  readonly tombstones: (partition: number) => Promise<readonly Tombstone[]>
  /** `dataflow:solution` of every ledger that the partition has, those of dataflows that are gone too. */
  readonly ledgers: (
    partition: number,
  ) => Promise<readonly { readonly dataflow: string; readonly solution: string }[]>
  /**
   * Puts `chunk` in the place of `before` in a bucket, if that is still what stands there.
   * @returns false where it is not
   */
  readonly replaceChunk: (
    partition: number,
    bucket: Bucket,
    position: Range['from'],
    before: Buffer,
    chunk: Uint8Array,
  ) => Promise<boolean>
  /** Counts rows whose key was taken out. */
  readonly scrubbed: (partition: number, id: string, rows: number) => Promise<void>
  /**
   * Removes ledger entries and dead letters of a deleted profile that came back through a delivery that died, and its timer.
   * Nothing where the profile was begun anew, and no entry that a delivery has in hand.
   */
  readonly sweep: (partition: number, id: string) => Promise<void>
  /**
   * Everything that is stored of the partition, and of the sandbox beside its partitions, but the request itself; part after
   * part, as it is taken. What stays from the beginning to the end is met.
   */
  readonly everything: (partition: number, id: string) => AsyncIterable<readonly StoredEntry[]>
  /** It is done: the raw key and identities go, the hash stays for `erasureKeptMs`. */
  readonly finish: (partition: number, id: string, proof: ErasureProof) => Promise<void>
}

/** A tombstone stands this long: longer than an exit is kept, so that nothing older can come late. */
export const tombstoneKeptMs: number = 35 * 86_400_000
/** Most tombstones of a partition with the erasures under way. None that stands is dropped for a new one. */
export const tombstonesLimit = 50_000
/** Requests stay readable this long after they are done. */
export const erasureKeptMs: number = 90 * 86_400_000
/** Most requests a partition keeps. */
export const erasuresLimit = 100_000

/** Partition of a request's id, or undefined where it is no such id. */
export function erasurePartition(id: string): number | undefined {
  const [, digits] = /^p(\d{2,4})-[0-9a-f-]{36}$/.exec(id) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** @param unique a UUID */
export function erasureId(partition: number, unique: string): string {
  return `p${String(partition).padStart(2, '0')}-${unique}`
}
