import type { AlarmClock } from './clock.ts'
import type { Backfills } from './backfills.ts'
import type { Backlogs } from './backlogs.ts'
import type { Counterparts } from './counterparts.ts'
import type { Dataflows } from './dataflows.ts'
import type { Erasures } from './erasures.ts'
import type { EventLog } from './event-log.ts'
import type { Interruptions } from './interruptions.ts'
import type { Ledger } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import type { Ownership } from './ownership.ts'
import type { PartitionStore } from './partition-store.ts'
import type { Random } from './random.ts'
import type { Runs } from './runs.ts'
import type { SetAsides } from './set-asides.ts'
import type { SolutionRecords } from './solution-records.ts'
import type { Traces } from './traces.ts'
import type { Windows } from './windows.ts'

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
  readonly backlogs: Backlogs
  readonly erasures: Erasures
  readonly interruptions: Interruptions
  readonly setAsides: SetAsides
  readonly clock: AlarmClock
  /** Absent: the machine's own. */
  readonly random?: Random
  /** Absent: nothing is traced. */
  readonly traces?: Traces
}
