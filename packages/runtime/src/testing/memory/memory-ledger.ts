import { claimBytes, doubtsAt } from '../../codec/ledger-entry.ts'
import { segmentsLimit } from '../../partition/dictionary.ts'
import { packr } from '../../codec/packr.ts'
import {
  deadLettersLimit,
  type Claim,
  type Claimed,
  type DeadLetter,
  type Ledger,
  type Settlement,
} from '../../ports/ledger.ts'
import { bookField } from '../../ports/partition-store.ts'
import { bookkeeping, type Bookkeeping } from './bookkeeping.ts'
import { bucketName, rangeName } from '../../codec/bucket-name.ts'
import { free } from './memory-backlogs.ts'
import { dropBucket } from './memory-outbox.ts'
import {
  count,
  entryOf,
  partitionOf,
  type MemoryPartition,
  type MemoryStore,
} from './memory-store.ts'

const noLetters: ReadonlyMap<string, Buffer> = new Map()
const noEntries: ReadonlyMap<string, Buffer> = new Map()

/** What solutions were told, in memory. Claims are laid over the bytes of an entry exactly as the script does it. */
export function memoryLedger(store: MemoryStore): Ledger {
  return {
    claim: async (partition, dataflow, solution, token, leaseMs, claims) => {
      const place = partitionOf(store, partition)
      const ledger = ledgerOf(place, dataflow, solution)
      const nowMs = store.clock.nowMs()
      return claims.map((claim) => claimOne(place, ledger, claim, token, nowMs, leaseMs))
    },
    renew: async (partition, dataflow, solution, token, leaseMs, profileKeys) => {
      const ledger = ledgerOf(partitionOf(store, partition), dataflow, solution)
      const untilMs = store.clock.nowMs() + leaseMs
      const held = profileKeys.flatMap((profileKey) => ledger.get(profileKey) ?? [])
      const own = held.filter((entry) => holds(entry, token))
      for (const entry of own) entry.writeUIntBE(untilMs, 0, 6)
      return own.length
    },
    settle: async (partition, settlement) => {
      const place = partitionOf(store, partition)
      return settleIn(place, settlement, bookkeeping(store, place))
    },
    entries: async (partition, dataflow, solution, profileKeys) => {
      const { ledgers } = partitionOf(store, partition)
      const ledger = ledgers.get(`${dataflow}:${solution}`) ?? noEntries
      return profileKeys.map((profileKey) => copyOf(ledger.get(profileKey)))
    },
    scan: async (partition, dataflow, solution, cursor, limit) => {
      const { ledgers } = partitionOf(store, partition)
      const ledger = ledgers.get(`${dataflow}:${solution}`) ?? noEntries
      // By name, not by place: what is added or removed meanwhile moves no other entry.
      const rest = [...ledger.keys()].toSorted().filter((key) => cursor === '0' || key > cursor)
      const part = rest.slice(0, limit)
      return {
        cursor: rest.length > part.length ? (part.at(-1) ?? '0') : '0',
        entries: part.map((profileKey) => ({
          profileKey,
          entry: Buffer.from(ledger.get(profileKey) ?? Buffer.alloc(0)),
        })),
      }
    },
    deadLetters: async (partition, dataflow, solution, limit) => {
      const { deadLetters } = partitionOf(store, partition)
      const letters = deadLetters.get(`${dataflow}:${solution}`) ?? noLetters
      return Array.from(letters.values())
        .slice(0, limit)
        .map((packed) => {
          const letter: DeadLetter = packr.unpack(packed)
          return letter
        })
    },
    deadLettersOf: async (partition, dataflow, solution, profileKey, segments) => {
      const letters = partitionOf(store, partition).deadLetters.get(`${dataflow}:${solution}`)
      return segments.map((segment) => {
        const packed = letters?.get(`${segment}|${profileKey}`)
        if (packed === undefined) return undefined
        const letter: DeadLetter = packr.unpack(packed)
        return letter
      })
    },
    forget: async (partition, dataflow, solution) => {
      const { ledgers, deadLetters, books, backlogs } = partitionOf(store, partition)
      ledgers.delete(`${dataflow}:${solution}`)
      deadLetters.delete(`${dataflow}:${solution}`)
      const prefix = bookField(dataflow, solution, '')
      for (const field of books.keys()) if (field.startsWith(prefix)) books.delete(field)
      backlogs.delete(`${dataflow}|${solution}`)
    },
    deadLetterCount: async (partition, dataflow, solution) =>
      partitionOf(store, partition).deadLetters.get(`${dataflow}:${solution}`)?.size ?? 0,
  }
}

function ledgerOf(
  { ledgers }: MemoryPartition,
  dataflow: string,
  solution: string,
): Map<string, Buffer> {
  return entryOf(ledgers, `${dataflow}:${solution}`, () => new Map())
}

/** Where an entry has its number of doubts, the layouts of newer releases have more than this. */
const newerEntries = 4_096

function claimOne(
  { profiles }: MemoryPartition,
  ledger: Map<string, Buffer>,
  { profileKey, segments }: Claim,
  token: Buffer,
  nowMs: number,
  leaseMs: number,
): Claimed {
  const entry = ledger.get(profileKey)
  if (entry !== undefined && entry.readUInt16BE(claimBytes) >= newerEntries) {
    throw new Error('WRITTEN_BY_NEWER a newer release wrote the ledger')
  }
  if (entry !== undefined && entry.readUIntBE(0, 6) > nowMs && !holds(entry, token)) {
    return { status: 'busy' }
  }
  const doubtCount = entry?.readUInt16BE(claimBytes) ?? 0
  const recordsAt = doubtsAt + 2 * doubtCount
  const doubts = new Set<number>()
  for (let at = doubtsAt; at < recordsAt; at += 2) doubts.add(entry!.readUInt16BE(at))
  for (const segment of segments) doubts.add(segment)
  if (doubts.size > segmentsLimit) return { status: 'busy' }

  const head = Buffer.alloc(doubtsAt + 2 * doubts.size)
  head.writeUIntBE(nowMs + leaseMs, 0, 6)
  token.copy(head, 6)
  let at = head.writeUInt16BE(doubts.size, claimBytes)
  for (const segment of doubts) at = head.writeUInt16BE(segment, at)
  ledger.set(
    profileKey,
    entry === undefined ? head : Buffer.concat([head, entry.subarray(recordsAt)]),
  )
  return { status: 'claimed', profile: copyOf(profiles.get(profileKey)), entry: copyOf(entry) }
}

function settleIn(
  partition: MemoryPartition,
  settlement: Settlement,
  keeping: Bookkeeping,
): string[] {
  const { dataflow, solution, token, entries } = settlement
  const ledger = ledgerOf(partition, dataflow, solution)
  const lost = new Set<string>()
  for (const { profileKey, entry } of entries) {
    const present = ledger.get(profileKey)
    if (present === undefined || !holds(present, token)) lost.add(profileKey)
    else if (entry === undefined) ledger.delete(profileKey)
    else ledger.set(profileKey, Buffer.from(entry))
  }
  for (const profileKey of settlement.resent) {
    if (lost.has(profileKey)) continue
    keeping.count(bookField(dataflow, solution, 'resent'), 1, keeping.hour)
  }
  for (const rows of settlement.rows) settleRows(partition, settlement, rows, lost, keeping)
  keepLetters(partition, settlement, lost)
  return [...lost]
}

function settleRows(
  partition: MemoryPartition,
  { dataflow, solution }: Settlement,
  { range, outcomes }: Settlement['rows'][number],
  lost: ReadonlySet<string>,
  keeping: Bookkeeping,
): void {
  const { hour } = range.bucket
  const name = bucketName(range.bucket)
  const plan = partition.plans.get(name)
  const progress = plan?.ranges.get(rangeName(range))
  if (plan === undefined || progress === undefined) return
  const marks = progress.split('')
  for (const { row, profileKey, outcome } of outcomes) {
    if (lost.has(profileKey) || marks[row] !== '0') continue
    marks[row] = '1'
    keeping.count(bookField(dataflow, solution, outcome), 1, hour)
    keeping.count(bookField(dataflow, solution, 'pending'), -1, hour)
  }
  if (marks.includes('0')) plan.ranges.set(rangeName(range), marks.join(''))
  else {
    plan.ranges.delete(rangeName(range))
    if (count(plan.left, range.solution, -1) === 0) {
      free(partition, `${range.bucket.dataflow}|${range.solution}`, plan.rows)
    }
  }
  if (plan.ranges.size === 0) dropBucket(partition, name, plan)
}

function keepLetters(
  { deadLetters }: MemoryPartition,
  { dataflow, solution, deadLetters: added }: Settlement,
  lost: ReadonlySet<string>,
): void {
  if (added.length === 0) return
  const kept = entryOf(deadLetters, `${dataflow}:${solution}`, () => new Map<string, Buffer>())
  for (const letter of added) {
    if (lost.has(letter.profileKey)) continue
    const field = `${letter.segment}|${letter.profileKey}`
    if (kept.size < deadLettersLimit || kept.has(field)) {
      kept.set(field, Buffer.from(packr.pack(letter)))
    }
  }
}

/** Whether the entry carries the token of this claim. */
function holds(entry: Buffer, token: Buffer): boolean {
  return entry.subarray(6, claimBytes).equals(token)
}

function copyOf(bytes: Buffer | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes)
}
