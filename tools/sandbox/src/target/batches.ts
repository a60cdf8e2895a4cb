import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../clock/clock.ts'
import type { Random } from '../random/random.ts'
import { type BatchFile, linesOf, readRow } from './batch-file.ts'
import type { Profiles } from './profiles.ts'
import type { TargetSettings } from './settings.ts'

/** What can be asked of a batch (reference §5.2 A). */
export interface BatchStatus {
  readonly batchId: string
  status: 'complete' | 'incomplete' | 'stuck'
  readonly batchSize: number
  consumedCount: number
  successfulUpdates: number
  profilesNotFound: number
  failedUpdates: number
}

/** Bulk profile updates: accepted at once, applied after their lag in the order in which they came. */
export interface Batches {
  /** @returns the batch's id, or undefined where too much waits already */
  readonly submit: (file: BatchFile, version: 1 | 2) => string | undefined
  /** Accepts a batch that will never be applied. */
  readonly submitStuck: (file: BatchFile) => string
  readonly status: (batchId: string) => BatchStatus | undefined
  /** Batches that wait or are being applied; stuck ones do not wait for anything. */
  readonly pending: () => number
  /** Applies all that waits, whether due or not. */
  readonly processNow: () => Promise<void>
  readonly snapshot: () => KeptBatches
  readonly restore: (kept: KeptBatches) => void
}

interface Waiting {
  readonly batchId: string
  readonly version: 1 | 2
  readonly file: BatchFile
  readonly dueMs: number
}

export interface KeptBatches {
  readonly sequence: number
  readonly statuses: readonly BatchStatus[]
  readonly waiting: readonly Waiting[]
}

/** Statuses that are remembered; those of the oldest batches go first. */
const statusesKept = 10_000
/** Characters of rows that may wait. */
const waitingCharacters = 1_073_741_824
/** Rows that are applied before other requests get their turn. */
const rowsPerTurn = 2000
const firstSequence = 13_029_383

export function createBatches(options: {
  readonly settings: TargetSettings
  readonly profiles: Profiles
  readonly clock: Clock
  readonly random: Random
  readonly touch: () => void
}): Batches {
  const { settings, profiles, clock, random, touch } = options
  const statuses = new Map<string, BatchStatus>()
  const waiting: Waiting[] = []
  let characters = 0
  let sequence = firstSequence
  let drained: Promise<void> = Promise.resolve()

  const open = (batchSize: number, status: BatchStatus['status']): BatchStatus => {
    const opened: BatchStatus = {
      batchId: `${settings.clientCode}-${clock.nowMs()}-${sequence}`,
      status,
      batchSize,
      consumedCount: 0,
      successfulUpdates: 0,
      profilesNotFound: 0,
      failedUpdates: 0,
    }
    sequence += 1
    statuses.set(opened.batchId, opened)
    for (const [batchId, { status: reached }] of statuses) {
      if (statuses.size <= statusesKept) break
      if (reached !== 'incomplete') statuses.delete(batchId)
    }
    touch()
    return opened
  }

  const applyRow = (line: string, { file, version }: Waiting, status: BatchStatus): void => {
    status.consumedCount += 1
    const row = readRow(line, file.names)
    // Documented of large batches: up to 0.1 % of the rows are not retained.
    const isLost = random.next() * 1_000_000 < settings.lostRowsPerMillion
    if (row === undefined || isLost) {
      status.failedUpdates += 1
      return
    }
    // Of empty values only: filtered out, so nothing is updated and nothing fails.
    if (row.entries.length === 0) return
    const kind = file.key === 'pcId' ? 'tntId' : 'thirdPartyId'
    // Only v2 makes profiles; and only for third-party ids does one batch override the one before it.
    const overlays =
      version === 2 && (kind === 'thirdPartyId' || profiles.byId(kind, row.id) === undefined)
    const write = overlays ? profiles.overlay : profiles.update
    const updated = write(kind, row.id, row.entries, clock.nowMs())
    if (updated === 'updated') status.successfulUpdates += 1
    else if (updated === 'notFound') status.profilesNotFound += 1
    else status.failedUpdates += 1
  }

  const apply = async (batch: Waiting): Promise<void> => {
    const status = statuses.get(batch.batchId)
    if (status === undefined) return
    let rows = 0
    for (const line of linesOf(batch.file.rows)) {
      applyRow(line, batch, status)
      rows += 1
      if (rows % rowsPerTurn === 0) await turn()
    }
    status.status = 'complete'
  }

  /** One after the other; what comes meanwhile finds its own turn. */
  const start = (isDue: (dueMs: number) => boolean): Promise<void> => {
    drained = drain(drained, isDue)
    return drained
  }

  const drain = async (before: Promise<void>, isDue: (dueMs: number) => boolean): Promise<void> => {
    await before
    for (let batch = waiting[0]; batch !== undefined && isDue(batch.dueMs); batch = waiting[0]) {
      await apply(batch)
      waiting.shift()
      characters -= batch.file.rows.length
      touch()
    }
  }

  const waitFor = (batch: Waiting): void => {
    waiting.push(batch)
    characters += batch.file.rows.length
    clock.at(batch.dueMs, () => {
      void start((dueMs) => dueMs <= clock.nowMs())
    })
  }

  const submitStuck = ({ size }: BatchFile): string => open(size, 'stuck').batchId

  return {
    submit: (file, version) => {
      if (characters + file.rows.length > waitingCharacters) return undefined
      if (random.below(1000) < settings.stuckBatchesPerThousand) return submitStuck(file)
      const { batchId } = open(file.size, 'incomplete')
      waitFor({ batchId, version, file, dueMs: clock.nowMs() + settings.batchLagMs })
      return batchId
    },
    submitStuck,
    status: (batchId) => statuses.get(batchId),
    pending: () => waiting.length,
    processNow: () => start(() => true),
    snapshot: () => ({ sequence, statuses: [...statuses.values()], waiting }),
    restore: (kept) => {
      sequence = kept.sequence
      for (const status of kept.statuses) statuses.set(status.batchId, status)
      for (const batch of kept.waiting) {
        // What was half applied is applied again: the same rows end in the same state.
        const half = statuses.get(batch.batchId)
        if (half !== undefined) statuses.set(batch.batchId, { ...half, ...nothingDone })
        waitFor(batch)
      }
    },
  }
}

const nothingDone = {
  consumedCount: 0,
  successfulUpdates: 0,
  profilesNotFound: 0,
  failedUpdates: 0,
}
