import type { ReconcileDue } from '../../ports/backlogs.ts'
import type { AlarmClock } from '../../ports/clock.ts'
import type { Erasure } from '../../ports/erasures.ts'
import { logStart } from '../../ports/event-log.ts'
import type { LiveWorker } from '../../ports/ownership.ts'
import { runPeriods, type RunPeriods } from '../../ports/runs.ts'
import { sortedTimers, type SortedTimers } from './sorted-timers.ts'

/**
 * What the ports in memory keep: the counterpart of one sandbox in Redis, with the same fields under the same names. Values
 * are bytes, written and read as copies, so that no object is ever shared by two workers.
 */
export interface MemoryStore {
  /** The store's own clock, as Redis has one. */
  readonly clock: AlarmClock
  readonly runPeriods: RunPeriods
  readonly partitions: readonly MemoryPartition[]
  /** By name; those that are silent for too long stay until somebody renews. */
  readonly workers: Map<string, LiveWorker>
  readonly ownershipWatchers: Set<() => void>
  /** Ownerships given so far: a nonce is the next number. */
  ownerships: number
  /** Id → dataflow as JSON. */
  readonly dataflows: Map<string, string>
  readonly dataflowWatchers: Set<() => void>
  /** How often dataflows were put. */
  dataflowsVersion: number
  /** Dataflows of an older revision are put no more. */
  dataflowsSettled: number
  readonly solutions: Map<string, MemorySolution>
  /** What erased profile keys are hashed with. */
  readonly salt: Buffer
  /** How often the store was started: cursors of another run mean nothing. */
  runs: number
  /** How often its tail was lost: what waits for it then fails. */
  losses: number
  readonly interruptionWatchers: Set<() => void>
}

export interface MemoryPartition {
  readonly log: MemoryEntry[]
  /** Id of the newest entry that ever was. */
  lastMs: number
  lastSequence: number
  /** Waiting reads. */
  readonly readers: Set<() => void>
  owner: string | undefined
  offset: string
  /** Profile key → packed state. */
  readonly profiles: Map<string, Buffer>
  readonly segments: string[]
  readonly timers: SortedTimers
  /** `dataflow|due@hour` → generation of the bucket that commits of that hour write to. */
  readonly open: Map<string, number>
  /** Buckets that no commit writes to any more and that are not settled. */
  readonly sealed: Set<string>
  /** Chunks of each bucket. */
  readonly outbox: Map<string, Buffer[]>
  readonly plans: Map<string, MemoryPlan>
  readonly counters: Map<string, number>
  readonly books: Map<string, number>
  /** `dataflow:hour` → what was counted of that hour. */
  readonly runs: Map<string, MemoryRun>
  /** `dataflow:solution` → profile key → entry. */
  readonly ledgers: Map<string, Map<string, Buffer>>
  /** `dataflow:solution` → `segment|profile key` → packed letter. */
  readonly deadLetters: Map<string, Map<string, Buffer>>
  /** `dataflow|order|solution` → progress as JSON. */
  readonly backfills: Map<string, string>
  /** `dataflow|solution` → what is held for the solution, and what was left out. */
  readonly backlogs: Map<string, MemoryBacklog>
  /** Hash of an erased profile key → when its erasure was asked for. */
  readonly tombstones: Map<string, number>
  /** `entry|code` → what could not be read. */
  readonly setAside: Map<string, Buffer>
  /** Id → request to erase a profile. */
  readonly erasures: Map<string, Erasure>
}

export interface MemoryRun {
  readonly dataflow: string
  readonly hour: number
  /** Epoch milliseconds: from then on it is as if it were not there. */
  readonly keptUntilMs: number
  /** `solution|outcome` → number. */
  readonly numbers: Map<string, number>
  changedMs: number
}

export interface MemoryEntry {
  readonly ms: number
  readonly sequence: number
  readonly payload: Buffer
  readonly trace?: string
}

export interface MemoryPlan {
  readonly rows: number
  /** Range → progress. */
  readonly ranges: Map<string, string>
  /** Solution → how many ranges it has left. */
  readonly left: Map<string, number>
}

export interface MemoryBacklog {
  held: number
  due: ReconcileDue | undefined
}

/** What is kept of one solution. */
export interface MemorySolution {
  /** `ms-sequence` → packed receipt, oldest first. */
  readonly receipts: Map<string, Buffer>
  lastReceiptMs: number
  lastReceiptSequence: number
  /** `dataflow|segment` → its counterpart as JSON. */
  readonly counterparts: Map<string, string>
  /** `ms-sequence` of a receipt → rows that are followed, as JSON, oldest first. */
  readonly followed: Map<string, string>
  /** Dataflow → losses counted. */
  readonly losses: Map<string, { readonly numbers: Map<string, number>; readonly untilMs: number }>
  /** As JSON. */
  pause: string | undefined
  /** As JSON. */
  description: string | undefined
  readonly locks: Map<string, { readonly token: string; readonly untilMs: number }>
  /** Dataflow → its open window. */
  readonly openWindows: Map<string, { readonly id: string; rows: number }>
  /** `dataflow:id` → packed pointers. */
  readonly windows: Map<string, Buffer[]>
  windowsOpened: number
}

/** An empty store. Give it to several `memoryPorts` to have several workers on it. */
export function memoryStore(
  partitionCount: number,
  clock: AlarmClock,
  periods: RunPeriods = runPeriods,
): MemoryStore {
  return {
    clock,
    runPeriods: periods,
    partitions: Array.from({ length: partitionCount }, emptyPartition),
    workers: new Map(),
    ownershipWatchers: new Set(),
    ownerships: 0,
    dataflows: new Map(),
    dataflowWatchers: new Set(),
    dataflowsVersion: 0,
    dataflowsSettled: 0,
    solutions: new Map(),
    salt: Buffer.from('memory'),
    runs: 1,
    losses: 0,
    interruptionWatchers: new Set(),
  }
}

/** @throws RangeError where the store has no such partition */
export function partitionOf({ partitions }: MemoryStore, partition: number): MemoryPartition {
  const found = partitions[partition]
  if (found !== undefined) return found
  throw new RangeError(`partition ${partition} is not one of 0 to ${partitions.length - 1}`)
}

export function solutionOf({ solutions }: MemoryStore, name: string): MemorySolution {
  return entryOf(solutions, name, () => ({
    receipts: new Map(),
    lastReceiptMs: 0,
    lastReceiptSequence: 0,
    counterparts: new Map(),
    followed: new Map(),
    losses: new Map(),
    pause: undefined,
    description: undefined,
    locks: new Map(),
    openWindows: new Map(),
    windows: new Map(),
    windowsOpened: 0,
  }))
}

/** The key's value, made where there is none. */
export function entryOf<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}

/** Adds to a number in place, as HINCRBY does. @returns the sum */
export function count(numbers: Map<string, number>, field: string, added: number): number {
  const sum = (numbers.get(field) ?? 0) + added
  numbers.set(field, sum)
  return sum
}

function emptyPartition(): MemoryPartition {
  return {
    log: [],
    lastMs: 0,
    lastSequence: 0,
    readers: new Set(),
    owner: undefined,
    offset: logStart,
    profiles: new Map(),
    segments: [],
    timers: sortedTimers(),
    open: new Map(),
    sealed: new Set(),
    outbox: new Map(),
    plans: new Map(),
    counters: new Map(),
    books: new Map(),
    runs: new Map(),
    ledgers: new Map(),
    deadLetters: new Map(),
    backfills: new Map(),
    backlogs: new Map(),
    tombstones: new Map(),
    setAside: new Map(),
    erasures: new Map(),
  }
}
