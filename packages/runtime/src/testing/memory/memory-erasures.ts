import { packFiller } from '../../codec/record-batch.ts'
import {
  erasureKeptMs,
  erasuresLimit,
  tombstoneKeptMs,
  tombstonesLimit,
  type Erasure,
  type Erasures,
  type NewErasure,
  type StoredEntry,
} from '../../ports/erasures.ts'
import type { ErasedProfile } from '../../ports/partition-store.ts'
import { bucketName } from '../../codec/bucket-name.ts'
import { appendOne } from './memory-event-log.ts'
import { partitionOf, type MemoryPartition, type MemoryStore } from './memory-store.ts'
import { storedEntries } from './stored-entries.ts'

/** Requests to erase profiles, in memory. */
export function memoryErasures(store: MemoryStore): Erasures {
  const change = (partition: number, id: string, changes: Partial<Erasure>): void => {
    const { erasures } = partitionOf(store, partition)
    const erasure = erasures.get(id)
    if (erasure !== undefined) erasures.set(id, structuredClone({ ...erasure, ...changes }))
  }
  return {
    salt: async () => store.salt,
    request: async (partition, erasure) => requestIn(store, partitionOf(store, partition), erasure),
    get: async (partition, id) => structuredClone(partitionOf(store, partition).erasures.get(id)),
    list: async (partition, beforeMs, limit) =>
      [...partitionOf(store, partition).erasures.values()]
        .filter(({ requestedMs }) => requestedMs < beforeMs)
        .toSorted(
          (one, other) => other.requestedMs - one.requestedMs || (one.id < other.id ? 1 : -1),
        )
        .slice(0, limit)
        .map((erasure) => structuredClone(erasure)),
    unfinished: async (partition) => unfinished(partitionOf(store, partition)).map(({ id }) => id),
    leaving: async (partition, id, others) => {
      const known = partitionOf(store, partition).erasures.get(id)
      if (known?.leavingMs !== undefined) return
      change(partition, id, { leavingMs: store.clock.nowMs(), others })
    },
    waiting: async (partition, id, waitingFor) => change(partition, id, { waitingFor }),
    acknowledged: async (partition, id, payload) => {
      const place = partitionOf(store, partition)
      const erasure = place.erasures.get(id)
      if (erasure === undefined || erasure.barrier !== undefined) return
      const nowMs = store.clock.nowMs()
      appendOne(place, payload, 1, nowMs)
      appendOne(place, packFiller(1), 0, nowMs)
      change(partition, id, {
        acknowledgedMs: nowMs,
        barrier: `${place.lastMs}-${place.lastSequence}`,
        waitingFor: [],
      })
    },
    tombstones: async (partition) => {
      const fromMs = store.clock.nowMs() - tombstoneKeptMs
      return Array.from(partitionOf(store, partition).tombstones, ([hash, erasedMs]) => ({
        hash,
        erasedMs,
      })).filter(({ erasedMs }) => erasedMs >= fromMs)
    },
    ledgers: async (partition) => ledgerNames(partitionOf(store, partition)),
    replaceChunk: async (partition, bucket, position, before, chunk) => {
      const chunks = partitionOf(store, partition).outbox.get(bucketName(bucket))
      if (chunks?.[position]?.equals(before) !== true) return false
      chunks[position] = Buffer.from(chunk)
      return true
    },
    scrubbed: async (partition, id, rows) => {
      const deleted = partitionOf(store, partition).erasures.get(id)?.deleted
      if (deleted === undefined) return
      change(partition, id, { deleted: { ...deleted, outboxRows: deleted.outboxRows + rows } })
    },
    sweep: async (partition, id) => {
      const place = partitionOf(store, partition)
      const { profileKey, deletedMs } = place.erasures.get(id) ?? {}
      if (profileKey === undefined || deletedMs === undefined) return
      if (place.profiles.has(profileKey)) return
      place.timers.remove(profileKey)
      removeTold(place, profileKey, store.clock.nowMs())
    },
    async *everything(partition, id) {
      const all = storedEntries(store, partitionOf(store, partition), id)
      for (let from = 0; from < all.length; from += 100) {
        const part: readonly StoredEntry[] = all.slice(from, from + 100)
        yield part
      }
    },
    finish: async (partition, id, proof) => {
      const { erasures } = partitionOf(store, partition)
      const erasure = erasures.get(id)
      if (erasure === undefined) return
      const { profileKey: _, others: __, ...kept } = erasure
      erasures.set(id, structuredClone({ ...kept, proof, doneMs: store.clock.nowMs() }))
    },
  }
}

/** What a commit does about a profile whose erasure it completes, as the script does it. */
export function eraseProfile(
  store: MemoryStore,
  partition: MemoryPartition,
  { profileKey, hash, erasedMs }: ErasedProfile,
): void {
  const { tombstones, erasures } = partition
  tombstones.set(hash, Math.max(erasedMs, tombstones.get(hash) ?? 0))
  const counts = removeTold(partition, profileKey, store.clock.nowMs())
  const erasure = unfinished(partition).find((one) => one.hash === hash)
  if (erasure === undefined) return
  erasures.set(erasure.id, {
    ...erasure,
    deletedMs: store.clock.nowMs(),
    deleted: { ...erasure.deleted, ...counts },
  })
}

/** Removes what solutions were told of a profile, but what a delivery has in hand; and its dead letters. */
function removeTold(
  { ledgers, deadLetters }: MemoryPartition,
  profileKey: string,
  nowMs: number,
): { readonly ledgerEntries: number; readonly deadLetters: number } {
  let entries = 0
  let letters = 0
  for (const ledger of ledgers.values()) {
    const entry = ledger.get(profileKey)
    if (entry !== undefined && entry.readUIntBE(0, 6) <= nowMs)
      entries += Number(ledger.delete(profileKey))
  }
  for (const kept of deadLetters.values()) {
    for (const field of kept.keys()) {
      if (field.slice(field.indexOf('|') + 1) === profileKey) letters += Number(kept.delete(field))
    }
  }
  return { ledgerEntries: entries, deadLetters: letters }
}

function requestIn(
  store: MemoryStore,
  partition: MemoryPartition,
  { id, hash, profileKey, requestedBy, payload }: NewErasure,
): Awaited<ReturnType<Erasures['request']>> {
  const { erasures, tombstones } = partition
  const nowMs = store.clock.nowMs()
  for (const [key, erasedMs] of tombstones) {
    if (erasedMs < nowMs - tombstoneKeptMs) tombstones.delete(key)
  }
  for (const [key, { doneMs }] of erasures) {
    if (doneMs !== undefined && doneMs < nowMs - erasureKeptMs) erasures.delete(key)
  }
  const underWay = unfinished(partition)
  const known = underWay.find((one) => one.hash === hash)
  if (known !== undefined) return { status: 'under-way', id: known.id }
  const isFull =
    tombstones.size + underWay.length >= tombstonesLimit || erasures.size >= erasuresLimit
  if (isFull) return { status: 'full' }
  erasures.set(id, {
    id,
    hash,
    profileKey,
    requestedBy,
    requestedMs: nowMs,
    waitingFor: [],
    deleted: { ledgerEntries: 0, deadLetters: 0, outboxRows: 0 },
  })
  appendOne(partition, payload, 1, nowMs)
  return { status: 'begun', id }
}

function unfinished({ erasures }: MemoryPartition): Erasure[] {
  return [...erasures.values()].filter(({ doneMs }) => doneMs === undefined)
}

function ledgerNames({
  ledgers,
  deadLetters,
}: MemoryPartition): { readonly dataflow: string; readonly solution: string }[] {
  return [...new Set([...ledgers.keys(), ...deadLetters.keys()])].map((name) => {
    const [dataflow = '', solution = ''] = name.split(':')
    return { dataflow, solution }
  })
}
