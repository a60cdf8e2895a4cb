import {
  codes,
  DueKind,
  exitKeptMs,
  stateSinceMs,
  State,
  stride,
  UntilMs,
  type DueRecord,
  type Profile,
} from '@segue/profile'
import { unpackEntry } from '../codec/ledger-entry.ts'
import { unpackProfile } from '../codec/packed-profile.ts'
import { readOrNot, Unreadable } from '../codec/unreadable.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { DueProfile, PartitionStore } from '../ports/partition-store.ts'
import type { Route } from './routes.ts'

/** How many due profiles one log entry holds. */
export const dueBatchSize = 1_000

/** What is to be done about profiles that are due. */
export interface DueOutcome {
  /** One for each profile that its record will change. */
  readonly records: readonly DueRecord[]
  /**
   * The others: some solution has not acknowledged their exits, so they are to be asked about again. With when each next
   * expires from a segment, epoch milliseconds; 0: never.
   */
  readonly unacknowledged: ReadonlyMap<string, number>
}

/**
 * The records of profiles that are due: for those that would be forgotten, with the word whether every solution has
 * acknowledged their exits (design §4).
 */
export async function dueRecords(
  partition: number,
  due: readonly DueProfile[],
  ports: { readonly store: PartitionStore; readonly ledger: Ledger; readonly clock: Clock },
  routes: readonly Route[],
): Promise<DueOutcome> {
  const keys = due.map(({ profileKey }) => profileKey)
  const packed = await ports.store.load(partition, keys)
  const nowMs = ports.clock.nowMs()
  const records: DueRecord[] = []
  const leaving: { readonly due: DueProfile; readonly profile: Profile }[] = []
  for (const [index, one] of due.entries()) {
    const bytes = packed[index]
    if (bytes === undefined) continue
    const profile = readOrNot(() => unpackProfile(one.profileKey, bytes))
    // It is set aside when its record is stepped, which also ends that it is due.
    if (profile instanceof Unreadable) records.push([DueKind, one.profileKey, one.dueMs, 0])
    else if (awaitsAcknowledgement(profile, nowMs)) leaving.push({ due: one, profile })
    else records.push([DueKind, one.profileKey, one.dueMs, 0])
  }
  const unacknowledged = new Map<string, number>()
  if (leaving.length === 0) return { records, unacknowledged }

  const leavingKeys = leaving.map((one) => one.due.profileKey)
  const told = await Promise.all(
    routes.flatMap((route) =>
      route.solutions.map((solution) =>
        ports.ledger.entries(partition, route.dataflow, solution, leavingKeys),
      ),
    ),
  )
  for (const [index, { due: one, profile }] of leaving.entries()) {
    const acknowledged = told.every((entries) => isOutIn(profile, entries[index]))
    const expiryMs = nextExpiryMs(profile)
    if (acknowledged || (expiryMs > 0 && expiryMs <= nowMs)) {
      records.push([DueKind, one.profileKey, one.dueMs, acknowledged ? 1 : 0])
    } else {
      unacknowledged.set(one.profileKey, expiryMs)
    }
  }
  return { records, unacknowledged }
}

function awaitsAcknowledgement(profile: Profile, nowMs: number): boolean {
  return offsets(profile).some(
    (offset) =>
      profile.memberships[offset + State] !== codes.Realized &&
      stateSinceMs(profile, offset) + exitKeptMs <= nowMs,
  )
}

/** When the profile next expires from a segment, epoch milliseconds; 0: never. */
function nextExpiryMs(profile: Profile): number {
  let earliestMs = 0
  for (const offset of offsets(profile)) {
    const untilMs = profile.memberships[offset + UntilMs]!
    if (profile.memberships[offset + State] !== codes.Realized || untilMs === 0) continue
    if (earliestMs === 0 || untilMs < earliestMs) earliestMs = untilMs
  }
  return earliestMs
}

function offsets({ memberships }: Profile): number[] {
  return Array.from({ length: memberships.length / stride }, (_, index) => index * stride)
}

/** Whether the solution knows the profile as out of everything that it is out of, with nothing in doubt. */
function isOutIn(profile: Profile, packed: Buffer | undefined): boolean {
  const entry = unpackEntry(packed)
  if (entry.doubts.size > 0) return false
  const inside = new Set(
    profile.condition === codes.Active
      ? offsets(profile)
          .filter((offset) => profile.memberships[offset + State] === codes.Realized)
          .map((offset) => profile.memberships[offset]!)
      : [],
  )
  for (const [segment, record] of entry.records) {
    if (record.status === 'realized' && !inside.has(segment)) return false
  }
  return true
}
