import type { DueRecord } from '@segue/profile'
import { packBatch } from '../codec/record-batch.ts'
import type { AlarmClock } from '../ports/clock.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { PartitionStore, ProfileWrite } from '../ports/partition-store.ts'
import { dueBatchSize, dueRecords } from './due-profiles.ts'
import type { Route } from './routes.ts'

/** After this long a profile whose exits are not acknowledged everywhere yet is asked about again. */
const askAgainMs = 600_000
/** Profiles that wait for their commit or to be asked about again; beyond it they are asked about sooner. */
const waitingLimit = 100_000
/** Timers are set at most this far ahead, since Node's own go no further. */
const sleepMaxMs = 86_400_000
/** Pause where the store's clock has not reached a time yet that this process' clock has passed. */
const clockLagMs = 10
/** Pause after a failure, and between looks while as many wait as may. */
const strainedMs = 1_000

export interface TimerPorts {
  readonly log: EventLog
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly clock: AlarmClock
}

/** Puts a record into the log for each profile whose time has come (design §4). Sleeps till then: no polling. */
export interface Timers {
  /** The earliest due time is now this, epoch ms; 0: none. */
  readonly arm: (nextDueMs: number) => void
  /** A commit held the due records of `dueKeys` and changed the profiles of `changed`. */
  readonly committed: (dueKeys: readonly string[], changed: readonly ProfileWrite[]) => void
  readonly stop: () => Promise<void>
}

/** A profile that is due and is left out of further looks for a while. */
interface Waiting {
  /** Till then, epoch ms. */
  readonly untilMs: number
  /** Its record is in the log. Otherwise there is none: it was asked about, and is not acknowledged yet. */
  readonly inLog: boolean
}

/**
 * @param routes gives the routes as they are now
 * @param failed is told of errors; the timers go on
 */
export function startTimers(
  partition: number,
  ports: TimerPorts,
  routes: () => readonly Route[],
  failed: (error: unknown) => void,
): Timers {
  const waiting = new Map<string, Waiting>()
  let cancel: (() => void) | undefined
  let running: Promise<void> | undefined
  let armedMeanwhileMs = 0
  let stopped = false

  const sleep = (nextDueMs: number): void => {
    cancel?.()
    if (stopped || nextDueMs === 0) return
    const delayMs = Math.min(Math.max(nextDueMs - ports.clock.nowMs(), 0), sleepMaxMs)
    cancel = ports.clock.after(delayMs, ring)
  }
  const ring = (): void => {
    armedMeanwhileMs = 0
    running ??= look()
  }
  const look = async (): Promise<void> => {
    let nextLookMs: number
    try {
      nextLookMs = await appendDue(partition, ports, routes, waiting)
    } catch (error) {
      failed(error)
      nextLookMs = ports.clock.nowMs() + strainedMs
    }
    running = undefined
    // A commit during the look may have set an earlier time than the look found.
    sleep(earlier(nextLookMs, armedMeanwhileMs))
  }
  return {
    arm: (nextDueMs) => {
      if (running === undefined) sleep(nextDueMs)
      else armedMeanwhileMs = earlier(armedMeanwhileMs, nextDueMs)
    },
    committed: (dueKeys, changed) => {
      for (const profileKey of dueKeys) waiting.delete(profileKey)
      if (waiting.size === 0) return
      // What a profile waits for may be another time now. Its record, if it is in the log, comes all the same.
      for (const { profileKey } of changed) {
        if (waiting.get(profileKey)?.inLog === false) waiting.delete(profileKey)
      }
    },
    stop: async () => {
      stopped = true
      cancel?.()
      await running
    },
  }
}

/** Appends what is due, and answers when to look again, epoch ms; 0: when a commit arms the timers. */
async function appendDue(
  partition: number,
  ports: TimerPorts,
  routes: () => readonly Route[],
  waiting: Map<string, Waiting>,
): Promise<number> {
  const nowMs = ports.clock.nowMs()
  for (const [profileKey, { untilMs }] of waiting) if (untilMs <= nowMs) waiting.delete(profileKey)
  // What waits is still among the due ones, so as many more are asked for.
  const found = await ports.store.dueProfiles(partition, dueBatchSize + waiting.size)
  const due = found.filter(({ profileKey }) => !waiting.has(profileKey)).slice(0, dueBatchSize)
  if (due.length > 0) {
    const { records, unacknowledged } = await dueRecords(partition, due, ports, routes())
    // Noted before the record is in the log: its commit may come before the answer of the append does.
    for (const { profileKey } of due) {
      if (waiting.size >= waitingLimit) break
      const expiryMs = unacknowledged.get(profileKey)
      waiting.set(profileKey, {
        untilMs: earlier(nowMs + askAgainMs, expiryMs ?? 0),
        inLog: expiryMs === undefined,
      })
    }
    if (records.length > 0) await appendRecords(partition, ports.log, records, waiting)
    if (found.length >= dueBatchSize)
      return waiting.size < waitingLimit ? nowMs : nowMs + strainedMs
  }
  // What was found is dealt with: the next look is for what comes after it, or for what has waited long enough.
  const nextDueMs = await ports.store.nextDueMs(partition, found.at(-1)?.dueMs ?? 0)
  let nextLookMs = nextDueMs === 0 || nextDueMs > nowMs ? nextDueMs : nowMs + clockLagMs
  for (const { untilMs } of waiting.values()) nextLookMs = earlier(nextLookMs, untilMs)
  return nextLookMs
}

/** Appends the records. Those that may not be in the log wait for nothing. */
async function appendRecords(
  partition: number,
  log: EventLog,
  records: readonly DueRecord[],
  waiting: Map<string, Waiting>,
): Promise<void> {
  const payload = packBatch({ segments: [], records })
  let appended = false
  try {
    const [outcome] = await log.append([{ partition, payload, records: records.length }])
    if (outcome instanceof Error) throw outcome
    appended = outcome === 'appended'
  } finally {
    if (!appended) for (const [, profileKey] of records) waiting.delete(profileKey)
  }
}

/** The earlier of two times, of which 0 is none. */
function earlier(oneMs: number, otherMs: number): number {
  if (oneMs === 0 || otherMs === 0) return oneMs + otherMs
  return Math.min(oneMs, otherMs)
}
