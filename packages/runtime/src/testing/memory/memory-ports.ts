import type { AlarmClock } from '../../ports/clock.ts'
import type { Ports } from '../../ports/ports.ts'
import { memoryBackfills } from './memory-backfills.ts'
import { memoryBacklogs } from './memory-backlogs.ts'
import { memoryCounterparts } from './memory-counterparts.ts'
import { memoryDataflows } from './memory-dataflows.ts'
import { memoryErasures } from './memory-erasures.ts'
import { memoryEventLog } from './memory-event-log.ts'
import { memoryInterruptions } from './memory-interruptions.ts'
import { memoryLedger } from './memory-ledger.ts'
import { memoryOutbox } from './memory-outbox.ts'
import { memoryOwnership } from './memory-ownership.ts'
import { memoryPartitionStore } from './memory-partition-store.ts'
import { memoryRuns } from './memory-runs.ts'
import { memorySetAsides } from './memory-set-asides.ts'
import { memorySolutionRecords } from './memory-solution-records.ts'
import { memoryStore, type MemoryStore } from './memory-store.ts'
import { memoryWindows } from './memory-windows.ts'

export interface MemoryPortsOptions {
  readonly partitionCount: number
  /** The worker's clock; also the store's, where `shared` does not bring one of its own. */
  readonly clock: AlarmClock
  /** Different for each worker that shares a store. Letters, digits and dashes. */
  readonly workerName?: string
  /** A store that other workers have too; without it the worker has one for itself. */
  readonly shared?: MemoryStore
}

/**
 * All ports in memory, with the semantics of Redis' scripts. Nothing in them is random, reads the machine's clock or waits by
 * a timer of its own, so that with a `simulatedClock` the same run always takes the same course.
 */
export function memoryPorts({
  partitionCount,
  clock,
  workerName = 'worker',
  shared = memoryStore(partitionCount, clock),
}: MemoryPortsOptions): Ports {
  return {
    log: memoryEventLog(shared),
    store: memoryPartitionStore(shared),
    ownership: memoryOwnership(shared, workerName),
    outbox: memoryOutbox(shared),
    ledger: memoryLedger(shared),
    runs: memoryRuns(shared),
    dataflows: memoryDataflows(shared),
    counterparts: memoryCounterparts(shared),
    records: memorySolutionRecords(shared),
    windows: memoryWindows(shared),
    backfills: memoryBackfills(shared),
    backlogs: memoryBacklogs(shared),
    erasures: memoryErasures(shared),
    interruptions: memoryInterruptions(shared),
    setAsides: memorySetAsides(shared),
    clock,
  }
}
