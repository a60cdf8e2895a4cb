import type { AlarmClock } from '../ports/clock.ts'
import type { Backfills } from '../ports/backfills.ts'
import type { Counterparts } from '../ports/counterparts.ts'
import type { Dataflows } from '../ports/dataflows.ts'
import type { Erasures } from '../ports/erasures.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Outbox } from '../ports/outbox.ts'
import type { Ownership } from '../ports/ownership.ts'
import type { PartitionStore } from '../ports/partition-store.ts'
import type { Runs } from '../ports/runs.ts'
import type { SolutionRecords } from '../ports/solution-records.ts'
import type { Windows } from '../ports/windows.ts'

/** Every port of the runtime, as one worker has them. */
export interface Ports {
  readonly log: EventLog
  readonly store: PartitionStore
  readonly ownership: Ownership
  readonly outbox: Outbox
  readonly ledger: Ledger
  readonly runs: Runs
  readonly dataflows: Dataflows
  readonly counterparts: Counterparts
  readonly records: SolutionRecords
  readonly windows: Windows
  readonly backfills: Backfills
  readonly erasures: Erasures
  readonly clock: AlarmClock
}
