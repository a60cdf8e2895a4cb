import type { Profile } from '@segue/profile'
import {
  erasedKey,
  unpackEntry,
  readOrNot,
  Unreadable,
  unpackProfile,
  type Ledger,
  type ReceiptId,
  type LedgerEntry,
  type LedgerRecord,
} from '@segue/runtime'
import { leaseMs } from './claim-lease.ts'
import { decide, type DecisionContext } from './decide.ts'
import type { PendingRow } from './pending-rows.ts'
import type { RowReceipt } from './solution-calls.ts'

/** Profiles claimed in one script call: short enough not to hold Redis up. */
export const profilesPerClaim = 256

/** One membership to send, and the rows that it answers. */
export interface Send {
  readonly profileKey: string
  readonly segment: number
  readonly status: 'realized' | 'exited'
  readonly identities: readonly string[]
  readonly record: LedgerRecord
  /** For a solution that takes full state: all that it knows of the profile once this is sent. */
  known: readonly KnownStatus[]
  /** The row that asked for it, and rows of the same membership that it makes superfluous. */
  readonly rows: PendingRow[]
  result: RowReceipt | undefined
}

/** One membership of a full state; segments by dictionary index. */
export interface KnownStatus {
  readonly segment: number
  readonly status: 'realized' | 'exited'
}

/** Profiles of one partition under one claim, with what was decided on their rows. */
export interface ClaimChunk {
  readonly partition: number
  readonly token: Buffer
  readonly claimed: Map<string, LedgerEntry>
  readonly outcomes: { readonly pending: PendingRow; readonly outcome: string }[]
  readonly sends: Send[]
  /** Receipts of full states that are not applied yet: rows of their profiles wait. */
  readonly unapplied: ReceiptId[]
  /** Rows that it was made for, among them those whose profile another delivery holds. */
  readonly rowCount: number
}

export interface ClaimTarget {
  readonly ledger: Ledger
  readonly dataflow: string
  readonly solution: string
  /** What is asked for each segment (dictionary index) or row is beside it. */
  readonly context: Omit<DecisionContext, 'activated' | 'generation' | 'again'>
  readonly activated: (segment: number) => boolean
  /** Sees to it that the dictionary is known up to this index. */
  readonly learn: (largest: number) => Promise<void>
  /** Which of these receipts' rows are accepted and not known to be applied. */
  readonly areUnapplied: (ids: readonly ReceiptId[]) => Promise<readonly boolean[]>
  /** Of the segment's counterpart, where that is ready. */
  readonly generation: (segment: number) => number | undefined
}

/** Claims the rows' profiles and decides on each row under the claim. At most `profilesPerClaim` profiles. */
export async function claimChunk(
  target: ClaimTarget,
  partition: number,
  token: Buffer,
  rows: readonly PendingRow[],
): Promise<ClaimChunk> {
  const erased = rows.filter(({ row }) => row.profileKey === erasedKey)
  const byProfile = Map.groupBy(rows, ({ row }) => row.profileKey)
  // It stands for nobody: a claim on it would be one that rows of many profiles wait for, and a doubt that nobody clears.
  byProfile.delete(erasedKey)
  const keys = [...byProfile.keys()]
  const claims = keys.map((profileKey) => ({
    profileKey,
    segments: [...new Set(byProfile.get(profileKey)?.map(({ row }) => row.segment))],
  }))
  const answers = await target.ledger.claim(
    partition,
    target.dataflow,
    target.solution,
    token,
    leaseMs,
    claims,
  )
  const chunk: ClaimChunk = {
    partition,
    token,
    claimed: new Map(),
    outcomes: erased.map((pending) => ({ pending, outcome: 'excluded:PROFILE_ERASED' })),
    sends: [],
    unapplied: [],
    rowCount: rows.length,
  }
  const profiles = new Map<string, Profile | undefined>()
  for (const [index, profileKey] of keys.entries()) {
    const answer = answers[index]
    if (answer === undefined || answer.status === 'busy') continue
    const { profile, entry } = answer
    chunk.claimed.set(profileKey, unpackEntry(entry))
    const read =
      profile === undefined ? undefined : readOrNot(() => unpackProfile(profileKey, profile))
    if (read instanceof Unreadable) {
      // Nothing is said of it that nobody knows: neither that it is in, nor that it is out.
      for (const pending of byProfile.get(profileKey) ?? []) {
        chunk.outcomes.push({ pending, outcome: `excluded:${read.damage}` })
      }
      byProfile.delete(profileKey)
    } else {
      profiles.set(profileKey, read)
    }
  }
  // The solution may know of a segment that only other workers have had rows of.
  if (target.context.fullState) await target.learn(largestIndex(chunk))
  const waiting = await profilesThatWait(target, chunk)
  for (const [profileKey, entry] of chunk.claimed) {
    if (waiting.has(profileKey)) continue
    decideRows(target, chunk, byProfile.get(profileKey) ?? [], profiles.get(profileKey), entry)
  }
  return chunk
}

function largestIndex({ claimed }: ClaimChunk): number {
  let largest = -1
  for (const { records } of claimed.values()) {
    for (const segment of records.keys()) largest = Math.max(largest, segment)
  }
  return largest
}

/**
 * Profiles of which the solution has accepted a full state that it has not applied yet. It may apply two of them in any order
 * (Target's batches, `reference/solutions.md` §5.2), so the next waits for the one before.
 */
async function profilesThatWait(
  { context, areUnapplied }: ClaimTarget,
  { claimed, unapplied }: ClaimChunk,
): Promise<ReadonlySet<string>> {
  if (!context.fullState) return new Set()
  const followed = [...claimed].flatMap(([profileKey, { records }]) =>
    [...records.values()]
      .filter(({ effect }) => effect === 'followed')
      .map((record) => ({ profileKey, record })),
  )
  const still = await areUnapplied(followed.map(({ record }) => record))
  const wait = followed.filter((_, index) => still[index] === true)
  unapplied.push(...wait.map(({ record }) => record))
  return new Set(wait.map(({ profileKey }) => profileKey))
}

/** Keeps the chunk's claims alive. */
export async function renewChunk(
  { ledger, dataflow, solution }: ClaimTarget,
  { partition, token, claimed }: ClaimChunk,
): Promise<void> {
  await ledger.renew(partition, dataflow, solution, token, leaseMs, [...claimed.keys()])
}

function decideRows(
  target: ClaimTarget,
  chunk: ClaimChunk,
  rows: readonly PendingRow[],
  profile: Profile | undefined,
  entry: LedgerEntry,
): void {
  const sends = new Map<number, Send>()
  for (const pending of rows) {
    const { row } = pending
    const sending = sends.get(row.segment)
    if (sending !== undefined) {
      sending.rows.push(pending)
      continue
    }
    const decision = decide(row, profile, entry, {
      ...target.context,
      activated: target.activated,
      generation: target.generation(row.segment),
      again: pending.range === undefined,
    })
    switch (decision.kind) {
      case 'coalesced':
        entry.records.set(row.segment, decision.record)
        chunk.outcomes.push({ pending, outcome: 'coalesced' })
        break
      case 'excluded':
        chunk.outcomes.push({ pending, outcome: `excluded:${decision.code}` })
        break
      case 'send': {
        const send: Send = {
          profileKey: row.profileKey,
          segment: row.segment,
          status: decision.status,
          identities: decision.identities,
          record: decision.record,
          known: [],
          rows: [pending],
          result: undefined,
        }
        sends.set(row.segment, send)
        chunk.sends.push(send)
        break
      }
    }
  }
  if (!target.context.fullState) return
  const known = fullState(target, entry, sends)
  for (const send of sends.values()) send.known = known
}

/**
 * What the solution knows of the profile once these are sent. What it was told, not what is true: a membership whose own row
 * has not come yet may still be undone before it does.
 */
function fullState(
  { activated }: ClaimTarget,
  { records }: LedgerEntry,
  sends: ReadonlyMap<number, Send>,
): readonly KnownStatus[] {
  const known: KnownStatus[] = []
  for (const [segment, { status }] of records) {
    if (status !== 'none' && !sends.has(segment) && activated(segment)) {
      known.push({ segment, status })
    }
  }
  for (const { segment, status } of sends.values()) known.push({ segment, status })
  return known
}
