import type { Dataflow, Dataflows } from '../../ports/dataflows.ts'
import type { MemoryStore } from './memory-store.ts'

/** The sandbox's dataflows in memory, kept as JSON as Redis has them. */
export function memoryDataflows(store: MemoryStore): Dataflows {
  return {
    list: async () =>
      [...store.dataflows.values()]
        .map((json) => {
          const dataflow: Dataflow = JSON.parse(json)
          return dataflow
        })
        .toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    version: async () => store.dataflowsVersion,
    put: async (dataflow) => {
      const { revision } = dataflow
      if (revision !== undefined && revision < store.dataflowsSettled) return
      const before = store.dataflows.get(dataflow.id)
      if (before !== undefined) {
        const { revision: revisionBefore = 0 }: Dataflow = JSON.parse(before)
        if (revisionBefore > (revision ?? 0)) return
      }
      store.dataflows.set(dataflow.id, JSON.stringify(dataflow))
      store.dataflowsVersion += 1
      for (const changed of store.dataflowWatchers) changed()
    },
    settle: async (revision) => {
      store.dataflowsSettled = Math.max(store.dataflowsSettled, revision)
    },
    remove: async (id, revision) => {
      const json = store.dataflows.get(id)
      if (json === undefined) return
      const present: Dataflow = JSON.parse(json)
      if (present.retired !== true || present.revision !== revision) return
      store.dataflows.delete(id)
      store.dataflowsSettled = Math.max(store.dataflowsSettled, revision)
      store.dataflowsVersion += 1
      for (const changed of store.dataflowWatchers) changed()
    },
    watch: async (changed) => {
      // A function of its own for each watch: two that give the same one are told twice, and end one by one.
      const watcher = (): void => changed()
      store.dataflowWatchers.add(watcher)
      return async () => {
        store.dataflowWatchers.delete(watcher)
      }
    },
  }
}
