import type { TraceParent } from './traces.ts'

/** One entry of a partition's log. */
export interface LogEntry {
  /** `milliseconds-sequence`, as a Redis stream has it. */
  readonly id: string
  readonly payload: Uint8Array
  /** The span that appended it, where it holds an update that is followed. */
  readonly trace?: TraceParent
}

/** What is to be appended to one partition: a packed record batch. */
export interface Append {
  readonly partition: number
  readonly payload: Uint8Array
  /** Records in it, for the counters that lag is read from. */
  readonly records: number
  /** Kept beside the payload. */
  readonly trace?: TraceParent
}

/** `appended`: it is in the log. The others: it is not, since a bound was reached; try again later. */
export type AppendOutcome = 'appended' | 'log-full' | 'outbox-full'

/** Bounds that the gateway's appends respect; the system's own entries do not, or a full system could not drain. */
export interface AppendBounds {
  /** Bytes of entries that are not stepped yet, a partition. */
  readonly logBytesMax: number
  /** Rows that wait in a partition's outbox. */
  readonly outboxRowsMax: number
}

/** A partition's ordered input. */
export interface EventLog {
  /**
   * Appends to several partitions in one round trip; each append succeeds or fails by itself.
   * @returns outcomes in the order of `appends`; an Error where it is not known whether the entry is in the log
   */
  readonly append: (
    appends: readonly Append[],
    bounds?: AppendBounds,
  ) => Promise<readonly (AppendOutcome | Error)[]>
  /**
   * Reads entries after `afterId`, waiting up to `waitMs` for the first one.
   * @returns at most `maxEntries` entries in order; none where nothing came in time or `signal` was aborted
   */
  readonly read: (
    partition: number,
    afterId: string,
    options: { readonly maxEntries: number; readonly waitMs: number; readonly signal: AbortSignal },
  ) => Promise<readonly LogEntry[]>
  /** Drops the entries up to and including `offset`: stepped and committed. */
  readonly trim: (partition: number, offset: string) => Promise<void>
}

/** The id before every entry. */
export const logStart = '0-0'
