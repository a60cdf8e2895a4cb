import { unknownVersion } from './unreadable.ts'

/**
 * What one solution was told of one profile, and is being told. Fixed-width, so that the claim script can lock it by
 * comparing bytes; everything else is decided here, under that lock.
 *
 * Layout, big-endian: claim end (6 bytes, epoch ms), claim token (6), version (4 bits), number of doubts (12 bits),
 * doubts (2 bytes each: segment), then records of `recordBytes`.
 */
export interface LedgerEntry {
  /** Until when the claim holds, epoch milliseconds of Redis; 0: none. */
  readonly claimedUntilMs: number
  /** Segments of which something may have reached the solution that no receipt settled. */
  readonly doubts: Set<number>
  /** By segment. */
  readonly records: Map<number, LedgerRecord>
}

/** What the solution was last told of one segment, with the receipt. */
export interface LedgerRecord {
  readonly status: 'none' | 'realized' | 'exited'
  /**
   * `applied`: the solution has it. `accepted`: it said that it will apply it. `followed`: it said so, and is asked until it
   * has: applied as soon as the receipt is followed no more (`SolutionRecords.following`).
   */
  readonly effect: 'accepted' | 'followed' | 'applied'
  /** Of the counterpart that it was told about; another one knows nothing of it. */
  readonly generation: number
  /** How many of the profile's identities it was told for. */
  readonly identityCount: number
  readonly revisionMs: number
  readonly revisionSequence: number
  /** Id of the receipt: its time, epoch milliseconds, and number within that. */
  readonly receiptMs: number
  readonly receiptSequence: number
  /** Since when changes of this membership have been held back as superseded, epoch milliseconds; 0: they are not. */
  readonly heldSinceMs: number
}

/** Bytes of the claim: its end and its token. */
export const claimBytes = 12
/** Of the layout behind the claim. The claim itself keeps its place and length in every version, since scripts compare it. */
const entryVersion = 0
const versionShift = 12
/** Doubts begin here, behind their number. */
export const doubtsAt: number = claimBytes + 2
const recordBytes = 33
const statuses = ['none', 'realized', 'exited'] as const
const effects = ['accepted', 'applied', 'followed'] as const

/** An entry of a profile that the solution was told nothing of. */
export function emptyEntry(): LedgerEntry {
  return { claimedUntilMs: 0, doubts: new Set(), records: new Map() }
}

/** A record of a segment that the solution was told nothing of. */
export const unknownRecord: LedgerRecord = {
  status: 'none',
  effect: 'accepted',
  generation: 0,
  identityCount: 0,
  revisionMs: 0,
  revisionSequence: 0,
  receiptMs: 0,
  receiptSequence: 0,
  heldSinceMs: 0,
}

/** @returns the entry with its claim released, or undefined where nothing is left to keep */
export function packEntry(entry: LedgerEntry): Buffer | undefined {
  const kept = [...entry.records].filter(
    ([, record]) => record.status !== 'none' || record.heldSinceMs > 0,
  )
  if (kept.length === 0 && entry.doubts.size === 0) return undefined
  const packed = Buffer.alloc(doubtsAt + entry.doubts.size * 2 + kept.length * recordBytes)
  let at = packed.writeUInt16BE((entryVersion << versionShift) | entry.doubts.size, claimBytes)
  for (const segment of entry.doubts) at = packed.writeUInt16BE(segment, at)
  for (const [segment, record] of kept) {
    at = packed.writeUInt16BE(segment, at)
    at = packed.writeUInt8(statuses.indexOf(record.status), at)
    at = packed.writeUInt8(effects.indexOf(record.effect), at)
    at = packed.writeUInt8(record.identityCount, at)
    at = packed.writeUIntBE(record.revisionMs, at, 6)
    at = packed.writeUIntBE(record.revisionSequence, at, 6)
    at = packed.writeUIntBE(record.receiptMs, at, 6)
    at = packed.writeUInt16BE(record.receiptSequence, at)
    at = packed.writeUIntBE(record.heldSinceMs, at, 6)
    at = packed.writeUInt16BE(record.generation, at)
  }
  return packed
}

/**
 * @param packed as read from the ledger; undefined where it has no entry
 * @throws Unreadable where a newer release wrote it
 */
export function unpackEntry(packed: Buffer | undefined): LedgerEntry {
  if (packed === undefined) return emptyEntry()
  const head = packed.readUInt16BE(claimBytes)
  const version = head >> versionShift
  if (version !== entryVersion) {
    throw unknownVersion('LEDGER_ENTRY_UNREADABLE', 'ledger entry', version, entryVersion)
  }
  const doubtCount = head & (2 ** versionShift - 1)
  const doubts = new Set<number>()
  let at = doubtsAt
  for (let index = 0; index < doubtCount; index++, at += 2) doubts.add(packed.readUInt16BE(at))
  const records = new Map<number, LedgerRecord>()
  for (; at + recordBytes <= packed.length; at += recordBytes) {
    records.set(packed.readUInt16BE(at), {
      status: statuses[packed.readUInt8(at + 2)] ?? 'none',
      effect: effects[packed.readUInt8(at + 3)] ?? 'accepted',
      identityCount: packed.readUInt8(at + 4),
      revisionMs: packed.readUIntBE(at + 5, 6),
      revisionSequence: packed.readUIntBE(at + 11, 6),
      receiptMs: packed.readUIntBE(at + 17, 6),
      receiptSequence: packed.readUInt16BE(at + 23),
      heldSinceMs: packed.readUIntBE(at + 25, 6),
      generation: packed.readUInt16BE(at + 31),
    })
  }
  return { claimedUntilMs: packed.readUIntBE(0, 6), doubts, records }
}
