import {
  ConsentGiven,
  ConsentUnchanged,
  UpdateKind,
  type LogRecord,
  type UpdateRecord,
} from '@segue/profile'
import { packBatch, unpackBatch } from '../codec/record-batch.ts'
import type { Append, EventLog, LogEntry } from '../ports/event-log.ts'
import { compareIds, type RecentEntries } from './recent-entries.ts'

/** Entries read at once while what is left is compared with what was. */
const entriesPerRead = 64

/** What a store was found to have lost of a partition. */
export interface PartitionLoss {
  /** Committed entries whose effects are gone; they are stepped again. */
  readonly entriesBack: number
  /** Entries that were gone from the log. */
  readonly entriesLost: number
  /** Updates of them that were appended again. */
  readonly updatesAppended: number
}

/**
 * Compares what this owner has read of a log with what the log holds behind the committed offset, and appends the updates
 * that are gone: after a failover to a replica, or a restart from a file, that did not have them yet.
 *
 * Updates are idempotent and carry their own times, so that newer ones which came meanwhile still win. Nothing else is
 * appended: what is due is found by its timer, and of an erasure the request itself is gone, so it is to be asked for again.
 *
 * @param offset that the store says is committed
 * @returns undefined where nothing is missing
 * @throws where the log does not answer; then everything is still remembered
 */
export async function mendLog(
  log: EventLog,
  partition: number,
  offset: string,
  recent: RecentEntries,
  signal: AbortSignal,
): Promise<PartitionLoss | undefined> {
  const known = recent.committedOffset()
  const suspects = recent.after(offset)
  const missing = await missingOf(log, partition, offset, suspects, signal)
  // A read that was ended has found nothing, which says nothing.
  if (signal.aborted) return undefined
  const appended = await appendAgain(log, partition, missing, recent)
  const entriesBack = suspects.filter(({ id }) => compareIds(id, known) <= 0).length
  const wentBack = compareIds(offset, known) < 0
  recent.resume(offset)
  if (!wentBack && missing.length === 0) return undefined
  return { entriesBack, entriesLost: missing.length, updatesAppended: appended }
}

/** Those of the entries that the log does not hold as they were. */
async function missingOf(
  log: EventLog,
  partition: number,
  offset: string,
  suspects: readonly LogEntry[],
  signal: AbortSignal,
): Promise<readonly LogEntry[]> {
  const last = suspects.at(-1)
  if (last === undefined) return []
  const missing = new Map(suspects.map((entry) => [entry.id, entry]))
  let from = offset
  for (;;) {
    const read = await log.read(partition, from, { maxEntries: entriesPerRead, waitMs: 0, signal })
    for (const { id, payload } of read) {
      const suspect = missing.get(id)
      // A replica whose clock is behind gives the same id to something else.
      if (suspect !== undefined && Buffer.compare(suspect.payload, payload) === 0) {
        missing.delete(id)
      }
    }
    const newest = read.at(-1)
    if (newest === undefined || compareIds(newest.id, last.id) >= 0) return [...missing.values()]
    from = newest.id
  }
}

/** @returns updates that were appended */
async function appendAgain(
  log: EventLog,
  partition: number,
  missing: readonly LogEntry[],
  recent: RecentEntries,
): Promise<number> {
  const again = missing.flatMap((entry) => {
    const append = updatesOf(partition, entry)
    return append === undefined ? [] : [{ id: entry.id, append }]
  })
  if (again.length === 0) return 0
  const outcomes = await log.append(again.map(({ append }) => append))
  const taken = again.filter((_, index) => outcomes[index] === 'appended')
  recent.drop(new Set(taken.map(({ id }) => id)))
  const failed = outcomes.find((outcome) => outcome instanceof Error)
  if (failed !== undefined) throw failed
  return taken.reduce((sum, { append }) => sum + append.records, 0)
}

function updatesOf(partition: number, { id, payload }: LogEntry): Append | undefined {
  const { segments, records } = unpackBatch(payload)
  const entryMs = Number(id.split('-', 1)[0])
  const updates = records.filter(isUpdate)
  if (updates.length === 0) return undefined
  // Of several decisions of one entry the last counts, whatever comes of equal times.
  const last = new Map(updates.filter(isUntimed).map((record) => [record[1], record]))
  return {
    partition,
    payload: packBatch({
      segments,
      records: updates.map((record) => timed(record, last, entryMs)),
    }),
    records: updates.length,
  }
}

function isUpdate(record: LogRecord): record is UpdateRecord {
  return record[0] === UpdateKind
}

/** Whether it has a decision on consent that is ordered by the log. */
function isUntimed(record: UpdateRecord): boolean {
  return record[4] !== ConsentUnchanged && record[5] === 0
}

/**
 * A decision without a time of its own counts as of when it was accepted, not as of now: a newer one may be there. One that
 * gives consent is a millisecond later, since at one time a withdrawal wins, and the one before it may be of the same.
 */
function timed(
  record: UpdateRecord,
  last: ReadonlyMap<string, UpdateRecord>,
  entryMs: number,
): UpdateRecord {
  if (!isUntimed(record)) return record
  const [kind, profileKey, others, memberships, consent] = record
  if (last.get(profileKey) !== record) {
    return [kind, profileKey, others, memberships, ConsentUnchanged, 0]
  }
  const atMs = consent === ConsentGiven ? entryMs + 1 : entryMs
  return [kind, profileKey, others, memberships, consent, atMs]
}
