import { packBatch } from '../codec/record-batch.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { PartitionStore } from '../ports/partition-store.ts'
import { dueBatchSize, dueRecords } from './due-profiles.ts'
import type { Route } from './routes.ts'

/** After this long a profile whose exits are not acknowledged everywhere yet is asked about again. */
const askAgainMs = 600_000
/** Profiles that wait to be asked about again; beyond it they are asked about sooner. */
const waitingLimit = 100_000
/** Timers are set at most this far ahead, since Node's own go no further. */
const sleepMaxMs = 86_400_000

export interface TimerPorts {
  readonly log: EventLog
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly clock: Clock
}

/** Puts a record into the log for each profile whose time has come (design §4). Sleeps till then: no polling. */
export interface Timers {
  /** The earliest due time is now this, epoch ms; 0: none. */
  readonly arm: (nextDueMs: number) => void
  /** The due records of these profiles are committed. */
  readonly committed: (profileKeys: readonly string[]) => void
  readonly stop: () => Promise<void>
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
  /** In the log, not committed yet; or not to be asked about before the given time. */
  const waiting = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = false

  const sleep = (nextDueMs: number): void => {
    clearTimeout(timer)
    if (stopped || nextDueMs === 0) return
    const delayMs = Math.min(Math.max(nextDueMs - ports.clock.nowMs(), 0), sleepMaxMs)
    timer = setTimeout(fire, delayMs)
  }
  const fire = (): void => {
    running ??= ring().finally(() => {
      running = undefined
    })
  }
  const ring = async (): Promise<void> => {
    try {
      sleep(await appendDue(partition, ports, routes(), waiting))
    } catch (error) {
      failed(error)
      sleep(ports.clock.nowMs() + 1_000)
    }
  }
  return {
    arm: (nextDueMs) => {
      if (running === undefined) sleep(nextDueMs)
    },
    committed: (profileKeys) => {
      for (const profileKey of profileKeys) waiting.delete(profileKey)
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

/** Appends what is due, and answers when to look again. */
async function appendDue(
  partition: number,
  ports: TimerPorts,
  routes: readonly Route[],
  waiting: Map<string, number>,
): Promise<number> {
  const nowMs = ports.clock.nowMs()
  for (const [profileKey, untilMs] of waiting) if (untilMs <= nowMs) waiting.delete(profileKey)
  // What waits is still among the due ones, so as many more are asked for.
  const found = await ports.store.dueProfiles(partition, dueBatchSize + waiting.size)
  const due = found.filter(({ profileKey }) => !waiting.has(profileKey)).slice(0, dueBatchSize)
  if (due.length > 0) {
    const records = await dueRecords(partition, due, ports, routes)
    if (records.length > 0) {
      const [outcome] = await ports.log.append([
        { partition, payload: packBatch({ segments: [], records }), records: records.length },
      ])
      if (outcome instanceof Error) throw outcome
    }
    for (const { profileKey } of due) {
      if (waiting.size < waitingLimit) waiting.set(profileKey, nowMs + askAgainMs)
    }
    if (found.length >= dueBatchSize) return nowMs
  }
  const nextDueMs = await ports.store.nextDueMs(partition)
  if (nextDueMs === 0 || nextDueMs > nowMs) return nextDueMs
  // All that is due waits for its commit, which arms again, or is asked about later.
  const [soonestMs = nowMs + askAgainMs] = [...waiting.values()].toSorted(
    (one, other) => one - other,
  )
  return soonestMs
}
