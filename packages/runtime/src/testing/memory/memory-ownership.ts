import { livenessMs, type Ownership } from '../../ports/ownership.ts'
import { partitionOf, type MemoryStore } from './memory-store.ts'

/** Partition ownership in memory. A nonce is the worker's name and a number, since nothing here is random. */
export function memoryOwnership(store: MemoryStore, worker: string): Ownership {
  const lives = (name: string): boolean => (store.liveness.get(name) ?? 0) > store.clock.nowMs()
  return {
    renew: async () => {
      const nowMs = store.clock.nowMs()
      store.liveness.set(worker, nowMs + livenessMs)
      return nowMs
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
      if (place.owner === nonce) place.owner = undefined
    },
    leave: async () => {
      store.liveness.delete(worker)
    },
    owners: async () => store.partitions.map(({ owner }) => workerOf(owner)),
  }
}

function workerOf(owner: string | undefined): string | undefined {
  return owner?.slice(0, owner.lastIndexOf(':'))
}
