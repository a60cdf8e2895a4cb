import { runPeriods } from '@segue/runtime'
import type {
  Backfills,
  Backlogs,
  Counterparts,
  Dataflows,
  Erasures,
  EventLog,
  Interruptions,
  Ledger,
  Outbox,
  Ownership,
  PartitionStore,
  RunPeriods,
  Runs,
  SetAsides,
  SolutionRecords,
  Windows,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { redisBackfills } from './backfills.ts'
import { redisBacklogs } from './backlogs.ts'
import { redisCounterparts } from './counterparts.ts'
import { redisDataflows } from './dataflows.ts'
import { redisErasures } from './erasures.ts'
import { redisEventLog } from './event-log.ts'
import { workersKey } from './keys.ts'
import { redisInterruptions } from './interruptions.ts'
import { redisLedger } from './ledger.ts'
import { redisOutbox } from './outbox.ts'
import { redisOwnership } from './ownership.ts'
import { redisPartitionStore } from './partition-store.ts'
import { createReplication } from './replication.ts'
import { redisRuns } from './runs.ts'
import { redisSetAsides } from './set-asides.ts'
import { redisSolutionRecords } from './solution-records.ts'
import { createStoreClock, storeTimeMs, type StoreClock } from './store-clock.ts'
import { timeAt } from './time-at.ts'
import { redisWindows } from './windows.ts'

/** All ports of the runtime over one Redis connection, for one sandbox. */
export interface RedisPorts {
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
  /** Redis' clock, as each renewal and each `syncClock` sets it right. */
  readonly clock: StoreClock
  readonly syncClock: () => Promise<void>
}

export interface RedisPortsOptions {
  readonly sandbox: string
  readonly partitionCount: number
  /** Letters, digits and dashes; different for each process. */
  readonly workerName: string
  /** Default: an hour, kept for 90 days. */
  readonly runPeriods?: RunPeriods
  /** So many replicas must have an append, and a claim before anything is sent; default 0. */
  readonly replicasToWaitFor?: number
  /** Default: one of its own. */
  readonly clock?: StoreClock
}

/** @param redis a connection of `openRedis` */
export function redisPorts(redis: RedisConnection, options: RedisPortsOptions): RedisPorts {
  const { sandbox, partitionCount, workerName } = options
  const periods = options.runPeriods ?? runPeriods
  const replicas = options.replicasToWaitFor ?? 0
  const replication = replicas > 0 ? createReplication(redis, replicas) : undefined
  const ownership = redisOwnership(redis, sandbox, partitionCount, workerName)
  const clock = options.clock ?? createStoreClock()
  return {
    log: redisEventLog(redis, sandbox, replication),
    store: redisPartitionStore(redis, sandbox, periods),
    ownership: {
      ...ownership,
      renew: (presence = { state: 'live' }) =>
        clock.ask(
          () => ownership.renew({ skewMs: clock.skewMs(), ...presence }),
          ({ storeMs }) => storeMs,
        ),
    },
    outbox: redisOutbox(redis, sandbox, periods),
    ledger: redisLedger(redis, sandbox, periods, replication),
    runs: redisRuns(redis, sandbox),
    dataflows: redisDataflows(redis, sandbox, partitionCount),
    counterparts: redisCounterparts(redis, sandbox),
    records: redisSolutionRecords(redis, sandbox),
    windows: redisWindows(redis, sandbox),
    erasures: redisErasures(redis, sandbox),
    interruptions: redisInterruptions(redis),
    setAsides: redisSetAsides(redis, sandbox),
    backfills: redisBackfills(redis, sandbox, periods),
    backlogs: redisBacklogs(redis, sandbox),
    clock,
    syncClock: async () => {
      await clock.ask(() => timeAt(redis, workersKey(sandbox)), storeTimeMs)
    },
  }
}
