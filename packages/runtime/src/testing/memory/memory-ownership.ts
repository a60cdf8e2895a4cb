import { livenessMs, type LiveWorker, type Ownership, type Renewal } from '../../ports/ownership.ts'
import { partitionOf, type MemoryStore } from './memory-store.ts'

/** Partition ownership in memory. A nonce is the worker's name and a number, since nothing here is random. */
export function memoryOwnership(store: MemoryStore, worker: string): Ownership {
  const living = (): readonly LiveWorker[] => {
    const nowMs = store.clock.nowMs()
    return [...store.workers.values()]
      .filter(({ untilMs }) => untilMs > nowMs)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }
  const lives = (name: string): boolean => living().some((one) => one.name === name)
  const tell = (): void => {
    for (const changed of store.ownershipWatchers) changed()
  }
  return {
    worker,
    renew: async (presence = { state: 'live' }): Promise<Renewal> => {
      const storeMs = store.clock.nowMs()
      const before = store.workers.get(worker)
      let isChanged = before?.state !== presence.state
      for (const { name, untilMs } of store.workers.values()) {
        if (untilMs > storeMs || name === worker) continue
        store.workers.delete(name)
        isChanged = true
      }
      store.workers.set(worker, { ...presence, name: worker, untilMs: storeMs + livenessMs })
      if (isChanged) tell()
      return { storeMs, workers: living() }
    },
    take: async (partition) => {
      const place = partitionOf(store, partition)
      const holder = workerOf(place.owner)
      if (holder !== undefined && holder !== worker && lives(holder)) return undefined
      store.ownerships += 1
      place.owner = `${worker}:${store.ownerships}`
      return place.owner
    },
    release: async (partition, nonce) => {
      const place = partitionOf(store, partition)
      if (place.owner !== nonce) return
      place.owner = undefined
      tell()
    },
    leave: async () => {
      store.workers.delete(worker)
      tell()
    },
    owners: async () => store.partitions.map(({ owner }) => workerOf(owner)),
    workers: async () => living(),
    watch: async (changed) => {
      // A function of its own, so that who watches twice is told twice.
      const watcher = (): void => changed()
      store.ownershipWatchers.add(watcher)
      return async () => {
        store.ownershipWatchers.delete(watcher)
      }
    },
  }
}

function workerOf(owner: string | undefined): string | undefined {
  return owner?.slice(0, owner.lastIndexOf(':'))
}
