import {
  backlogFullOutcome,
  bucketWeightMin,
  reconcileOf,
  type Backlogs,
} from '../../ports/backlogs.ts'
import type { BacklogBound, PlannedRange } from '../../ports/outbox.ts'
import { bookField, type Bucket } from '../../ports/partition-store.ts'
import type { Bookkeeping } from './bookkeeping.ts'
import {
  count,
  entryOf,
  partitionOf,
  type MemoryBacklog,
  type MemoryPartition,
  type MemoryStore,
} from './memory-store.ts'

/** What is held for solutions, and what was left out, in memory. */
export function memoryBacklogs(store: MemoryStore): Backlogs {
  return {
    all: async (partition) =>
      [...partitionOf(store, partition).backlogs]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { held, due }]) => {
          const [dataflow = '', solution = ''] = name.split('|')
          return { dataflow, solution, heldRows: held, ...(due === undefined ? {} : { due }) }
        }),
    finish: async (partition, dataflow, solution, last) => {
      const { backlogs, backfills } = partitionOf(store, partition)
      for (const field of backfills.keys()) {
        const [of, order = '', to] = field.split('|')
        if (of === dataflow && to === solution && reconcileOf(order) !== undefined) {
          backfills.delete(field)
        }
      }
      const name = `${dataflow}|${solution}`
      const backlog = backlogs.get(name)
      if (backlog?.due === undefined) return true
      if (backlog.due.last !== last) return false
      backlog.due = undefined
      dropEmpty(backlogs, name, backlog)
      return true
    },
  }
}

/** @param of `dataflow|solution` */
export function heldOf({ backlogs }: MemoryPartition, of: string): number {
  return backlogs.get(of)?.held ?? 0
}

/** A bucket of so many rows waits for the solution. */
export function hold({ backlogs }: MemoryPartition, of: string, rows: number): void {
  entryOf(backlogs, of, emptyBacklog).held += Math.max(rows, bucketWeightMin)
}

/** It does so no more. */
export function free({ backlogs }: MemoryPartition, of: string, rows: number): void {
  const backlog = entryOf(backlogs, of, emptyBacklog)
  backlog.held = Math.max(0, backlog.held - Math.max(rows, bucketWeightMin))
  dropEmpty(backlogs, of, backlog)
}

/** Counts a bucket's rows for a solution as left out, and marks the solution. */
export function leaveOut(
  { backlogs, counters }: MemoryPartition,
  keeping: Bookkeeping,
  { dataflow, hour }: Bucket,
  solution: string,
  ranges: readonly PlannedRange[],
  oldestMs: BacklogBound['oldestMs'],
): void {
  const rows = ranges.reduce((sum, { progress }) => sum + progress.split('0').length - 1, 0)
  keeping.count(bookField(dataflow, solution, 'pending'), -rows, hour)
  keeping.count(bookField(dataflow, solution, backlogFullOutcome), rows, hour)
  const backlog = entryOf(backlogs, `${dataflow}|${solution}`, emptyBacklog)
  const stamp = count(counters, 'generation', 1)
  const before = backlog.due ?? {
    first: stamp,
    sinceMs: keeping.nowMs,
    fromMs: Infinity,
    rows: 0,
  }
  backlog.due = {
    ...before,
    last: stamp,
    fromMs: Math.min(before.fromMs, oldestMs?.get(solution) ?? 0),
    rows: before.rows + rows,
  }
}

function emptyBacklog(): MemoryBacklog {
  return { held: 0, due: undefined }
}

function dropEmpty(
  backlogs: Map<string, MemoryBacklog>,
  name: string,
  { held, due }: MemoryBacklog,
): void {
  if (held === 0 && due === undefined) backlogs.delete(name)
}
