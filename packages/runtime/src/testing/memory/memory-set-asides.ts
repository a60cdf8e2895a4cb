import type { SetAsides } from '../../ports/set-asides.ts'
import { appendOne } from './memory-event-log.ts'
import { count, partitionOf, type MemoryStore } from './memory-store.ts'

/** What partitions set aside, in memory. */
export function memorySetAsides(store: MemoryStore): SetAsides {
  const end = (partition: number, place: string): boolean => {
    const { setAside, counters } = partitionOf(store, partition)
    if (!setAside.delete(place)) return false
    count(counters, 'setAside', -1)
    return true
  }
  return {
    list: async (partition) =>
      Array.from(partitionOf(store, partition).setAside, ([place, packed]) => ({
        place,
        packed: Buffer.from(packed),
      })),
    replay: async (partition, place, batch) => {
      if (!end(partition, place)) return false
      const { payload, records } = batch
      appendOne(partitionOf(store, partition), payload, records, store.clock.nowMs())
      return true
    },
    discard: async (partition, place) => end(partition, place),
  }
}
