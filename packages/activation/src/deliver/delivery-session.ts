import type {
  AlarmClock,
  Counterparts,
  Dataflow,
  Erasures,
  Interruptions,
  Ledger,
  Outbox,
  PartitionStore,
  Random,
  SolutionRecords,
  Traces,
  Windows,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import type { JobQueue } from '../queue/job-queue.ts'
import type { DeliveryJob } from '../queue/jobs.ts'
import type { LedgerLoss } from './mend-ledger.ts'
import type { Pool } from './pool.ts'
import type { RecentTellings } from './recent-tellings.ts'
import type { RemoteSegments } from './remote-segments.ts'
import type { SolutionCalls, SolutionTrouble } from './solution-calls.ts'

export interface DeliveryPorts {
  readonly outbox: Outbox
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly counterparts: Counterparts
  readonly records: SolutionRecords
  readonly windows: Windows
  readonly erasures: Pick<Erasures, 'get' | 'ledgers' | 'salt' | 'tombstones'>
  readonly interruptions: Interruptions
  readonly clock: AlarmClock
  /** Absent: the machine's own. */
  readonly random?: Random
  readonly traces?: Traces
}

export interface DeliveryOptions {
  readonly solution: Solution
  readonly queue: JobQueue<DeliveryJob>
  readonly partitionCount: number
  readonly dataflow: (id: string) => Dataflow | undefined
  /** Reads the dataflows anew: a row may be of a newer one than is known here. */
  readonly refreshDataflows: () => Promise<void>
  readonly trouble: (trouble: SolutionTrouble) => void
  /** The store had lost some of what the solution was told. */
  readonly mended?: (loss: LedgerLoss) => void
  readonly mendFailed?: (error: unknown) => void
  /** Aborted where nothing is to be delivered any more. */
  readonly signal?: AbortSignal
}

/** What the deliveries of one solution share in this process. */
export interface DeliverySession {
  readonly ports: DeliveryPorts
  readonly options: DeliveryOptions
  readonly calls: SolutionCalls
  readonly maxRowsPerCall: number
  /** How rows go out that are told again. */
  readonly resendWay: RowsWay
  readonly pool: Pool
  readonly remoteSegments: RemoteSegments
  /** Segments by partition, as far as they were needed. */
  readonly dictionaries: Map<number, readonly string[]>
  /** What the solution was told lately by this process. */
  readonly tellings: RecentTellings
  /** How often the store was away and back. */
  readonly interruptions: () => number
  /** Claims were lost while they were needed: perhaps the store has lost more. */
  readonly claimsLost: () => void
}

/** How rows go out: pooled with those of other jobs, in the pool behind all others, by the faster way, or as one window. */
export type RowsWay = 'pool' | 'background' | 'express' | 'window'
