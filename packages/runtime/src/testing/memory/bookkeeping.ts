import { count, type MemoryPartition, type MemoryStore } from './memory-store.ts'

/** Counts in a partition's books, and in the run of an hour of the row's dataflow, as the script of this name does. */
export interface Bookkeeping {
  readonly nowMs: number
  /** Of now: lengths of a run since the epoch. */
  readonly hour: number
  /** @param hour undefined: counts in the books only */
  readonly count: (field: string, number: number, hour: number | undefined) => void
}

export function bookkeeping(
  { clock, runPeriods: { lengthMs, keptMs } }: MemoryStore,
  { books, runs }: MemoryPartition,
): Bookkeeping {
  const nowMs = clock.nowMs()
  return {
    nowMs,
    hour: Math.floor(nowMs / lengthMs),
    count: (field, number, hour) => {
      count(books, field, number)
      if (hour === undefined) return
      const keptUntilMs = (hour + 1) * lengthMs + keptMs
      if (keptUntilMs <= nowMs) return
      const [dataflow = '', ...rest] = field.split('|')
      const name = `${dataflow}:${hour}`
      let run = runs.get(name)
      if (run === undefined) {
        run = { dataflow, hour, keptUntilMs, numbers: new Map(), changedMs: nowMs }
        for (const [old, held] of runs) if (held.keptUntilMs <= nowMs) runs.delete(old)
        runs.set(name, run)
      }
      run.changedMs = nowMs
      count(run.numbers, rest.join('|'), number)
    },
  }
}
