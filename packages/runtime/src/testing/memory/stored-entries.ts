import type { StoredEntry } from '../../ports/erasures.ts'
import type { MemoryPartition, MemoryStore } from './memory-store.ts'

/** All that is stored of a partition and beside the partitions, as Redis has it, but one request to erase a profile. */
export function storedEntries(
  store: MemoryStore,
  partition: MemoryPartition,
  exceptErasure: string,
): StoredEntry[] {
  const entries: StoredEntry[] = []
  const hash = (key: string, fields: ReadonlyMap<string, Buffer | string | number>): void => {
    for (const [field, value] of fields) {
      entries.push({ key, field, value: Buffer.isBuffer(value) ? value : Buffer.from(`${value}`) })
    }
  }
  for (const { ms, sequence, payload } of partition.log) {
    entries.push({ key: 'log', field: `${ms}-${sequence}`, value: payload })
  }
  hash('profiles', partition.profiles)
  for (const { profileKey, dueMs } of partition.timers.due(Number.MAX_SAFE_INTEGER, Infinity)) {
    entries.push({ key: 'timers', field: profileKey, value: Buffer.from(`${dueMs}`) })
  }
  for (const [bucket, chunks] of partition.outbox) {
    for (const value of chunks) entries.push({ key: `outbox:${bucket}`, field: undefined, value })
  }
  for (const [bucket, { ranges }] of partition.plans) hash(`plan:${bucket}`, ranges)
  hash('set-aside', partition.setAside)
  hash('counters', partition.counters)
  hash('books', partition.books)
  for (const [name, ledger] of partition.ledgers) hash(`ledger:${name}`, ledger)
  for (const [name, letters] of partition.deadLetters) hash(`dead:${name}`, letters)
  hash('backfills', partition.backfills)
  hash('tombstones', partition.tombstones)
  for (const [id, erasure] of partition.erasures) {
    if (id !== exceptErasure)
      entries.push({
        key: `erasure:${id}`,
        field: undefined,
        value: Buffer.from(JSON.stringify(erasure)),
      })
  }
  for (const [name, solution] of store.solutions) {
    hash(`solution-${name}:receipts`, solution.receipts)
    hash(`solution-${name}:segments`, solution.counterparts)
    hash(`solution-${name}:followed`, solution.followed)
    for (const pointers of solution.windows.values()) {
      for (const value of pointers) {
        entries.push({ key: `solution-${name}:window`, field: undefined, value })
      }
    }
  }
  return entries
}
