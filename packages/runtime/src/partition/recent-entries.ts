import { logStart, type LogEntry } from '../ports/event-log.ts'

/**
 * The newest entries of a partition's log, as its owner read them: what a store that lost its tail can be given back.
 * Bounded in bytes; the oldest go first.
 */
export interface RecentEntries {
  /** Entries that were read, in the order of the log. Those that are known already count once. */
  readonly note: (entries: readonly LogEntry[]) => void
  /** Everything up to and including `offset` is committed. */
  readonly committed: (offset: string) => void
  /** The offset that was last known to be committed. */
  readonly committedOffset: () => string
  /** Entries behind an offset, the oldest first. */
  readonly after: (offset: string) => readonly LogEntry[]
  /** Forgets entries: they are in the log again, under other ids. */
  readonly drop: (ids: ReadonlySet<string>) => void
  /** The store says that it is at `offset`: what was read behind it is read again. */
  readonly resume: (offset: string) => void
}

export function createRecentEntries(bytesMax: number): RecentEntries {
  let entries: LogEntry[] = []
  let bytes = 0
  let committed = logStart
  const replace = (kept: LogEntry[]): void => {
    entries = kept
    bytes = kept.reduce((sum, { payload }) => sum + payload.byteLength, 0)
  }
  return {
    note: (read) => {
      for (const { id, payload } of read) {
        const newest = entries.at(-1)
        if (newest !== undefined && compareIds(id, newest.id) <= 0) continue
        entries.push({ id, payload: ownCopy(payload) })
        bytes += payload.byteLength
      }
      if (bytes <= bytesMax) return
      let oldest = 0
      for (; bytes > bytesMax && oldest < entries.length; oldest += 1) {
        bytes -= entries[oldest]!.payload.byteLength
      }
      entries.splice(0, oldest)
    },
    committed: (offset) => {
      committed = offset
    },
    committedOffset: () => committed,
    after: (offset) => entries.filter(({ id }) => compareIds(id, offset) > 0),
    drop: (ids) => replace(entries.filter(({ id }) => !ids.has(id))),
    resume: (offset) => {
      replace(entries.filter(({ id }) => compareIds(id, offset) <= 0))
      committed = offset
    },
  }
}

/**
 * A copy in memory of its own: what comes from a connection may be a view of a much larger buffer, and so is what `Buffer.from` makes;
 * it would stay as long as the view does.
 */
function ownCopy(payload: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(payload.byteLength)
  copy.set(payload)
  return copy
}

/** Negative where `one` is before `other` in a log. */
export function compareIds(one: string, other: string): number {
  const [oneMs = 0, oneSequence = 0] = one.split('-').map(Number)
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number)
  return oneMs - otherMs || oneSequence - otherSequence
}
