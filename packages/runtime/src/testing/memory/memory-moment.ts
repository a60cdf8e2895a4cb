import type { MemoryPartition, MemorySolution, MemoryStore } from './memory-store.ts'

/** A store as it was. */
export interface StoreMoment {
  /**
   * Has the store be as it was then, as after a failover to a replica that had no more, or a restart from a file that lost its
   * tail. What is lost is a suffix, so what is left is consistent. Waiting reads end, as their connections would, and the
   * store runs anew: cursors of scans mean nothing any more. Ownerships are numbered on, since nonces never come back.
   * May be called more than once.
   *
   * @param partitions those that lose; undefined: all of them and what is kept beside them, as one server would
   */
  readonly restore: (partitions?: readonly number[]) => void
}

/** Remembers all that the store holds now. */
export function momentOf(store: MemoryStore): StoreMoment {
  const partitions = store.partitions.map(copyPartition)
  const { workers, dataflows, dataflowsVersion, dataflowsSettled, solutions } = store
  const beside = {
    workers: new Map(workers),
    dataflows: new Map(dataflows),
    dataflowsVersion,
    dataflowsSettled,
    solutions: copy(solutions),
  }
  const restoreBeside = (): void => {
    refill(workers, beside.workers)
    refill(dataflows, beside.dataflows)
    refill<string, MemorySolution>(solutions, copy(beside.solutions))
    store.dataflowsVersion = beside.dataflowsVersion
    store.dataflowsSettled = beside.dataflowsSettled
  }
  return {
    restore: (chosen) => {
      store.losses += 1
      store.runs += 1
      for (const [index, partition] of store.partitions.entries()) {
        if (chosen === undefined || chosen.includes(index)) {
          restorePartition(partition, partitions[index]!)
        }
      }
      if (chosen === undefined) restoreBeside()
      for (const interrupted of store.interruptionWatchers) interrupted()
    },
  }
}

/** What of a partition is lost: all but who waits for it. Timers are kept as pairs. */
type KeptPartition = Omit<MemoryPartition, 'readers' | 'timers'> & {
  readonly timers: ReturnType<MemoryPartition['timers']['due']>
}

function copyPartition(partition: MemoryPartition): KeptPartition {
  const { readers, timers, ...rest } = partition
  void readers
  return { ...copy(rest), timers: timers.due(Number.MAX_SAFE_INTEGER, Infinity) }
}

function restorePartition(partition: MemoryPartition, kept: KeptPartition): void {
  const { timers: due, ...held } = kept
  const then = copy(held)
  const { timers, log, segments } = partition
  for (const { profileKey } of timers.due(Number.MAX_SAFE_INTEGER, Infinity)) {
    timers.remove(profileKey)
  }
  for (const { profileKey, dueMs } of due) timers.set(profileKey, dueMs)
  log.splice(0, log.length, ...then.log)
  segments.splice(0, segments.length, ...then.segments)
  partition.lastMs = then.lastMs
  partition.lastSequence = then.lastSequence
  partition.owner = then.owner
  partition.offset = then.offset
  refill(partition.profiles, then.profiles)
  refill(partition.open, then.open)
  partition.sealed.clear()
  for (const name of then.sealed) partition.sealed.add(name)
  refill(partition.outbox, then.outbox)
  refill(partition.plans, then.plans)
  refill(partition.counters, then.counters)
  refill(partition.setAside, then.setAside)
  refill(partition.books, then.books)
  refill(partition.runs, then.runs)
  refill(partition.ledgers, then.ledgers)
  refill(partition.deadLetters, then.deadLetters)
  refill(partition.backfills, then.backfills)
  refill(partition.backlogs, then.backlogs)
  refill(partition.tombstones, then.tombstones)
  refill(partition.erasures, then.erasures)
  for (const wake of partition.readers) wake()
}

function refill<Key, Value>(map: Map<Key, Value>, then: ReadonlyMap<Key, Value>): void {
  map.clear()
  for (const [key, value] of then) map.set(key, value)
}

/** A copy that shares nothing that could change. */
function copy<Value>(value: Value): Value
function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (Array.isArray(value)) return value.map((one: unknown) => copy(one))
  if (value instanceof Set) return new Set(value)
  if (value instanceof Map) return new Map(Array.from(value, ([key, held]) => [key, copy(held)]))
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, copy(held)]))
}
