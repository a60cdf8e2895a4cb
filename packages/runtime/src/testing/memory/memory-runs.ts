import type { Runs } from '../../ports/runs.ts'
import { partitionOf, type MemoryRun, type MemoryStore } from './memory-store.ts'

/** Hours of dataflows in memory. */
export function memoryRuns(store: MemoryStore): Runs {
  const kept = (run: MemoryRun | undefined): run is MemoryRun =>
    run !== undefined && run.keptUntilMs > store.clock.nowMs()
  return {
    hours: async (partition, dataflow, { fromHour, toHour, limit }) =>
      [...partitionOf(store, partition).runs.values()]
        .filter((run) => kept(run) && run.dataflow === dataflow)
        .map(({ hour }) => hour)
        .filter((hour) => hour >= fromHour && hour <= toHour)
        .toSorted((one, other) => other - one)
        .slice(0, limit),
    parts: async (partition, dataflow, hours) => {
      const { runs } = partitionOf(store, partition)
      return hours.map((hour) => {
        const run = runs.get(`${dataflow}:${hour}`)
        return kept(run) ? { numbers: new Map(run.numbers), changedMs: run.changedMs } : undefined
      })
    },
  }
}
