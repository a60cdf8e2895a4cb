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
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { DueProfile, PartitionStore } from '../ports/partition-store.ts'
import type { Route } from './routes.ts'

/** How many due profiles one log entry holds. */
export const dueBatchSize = 1_000

/**
 * The records of profiles that are due: for those that would be forgotten, with the word whether every solution has
 * acknowledged their exits (design §4).
 *
 * @returns a record for each profile that its record will change; the others are to be asked about again later
 */
export async function dueRecords(
  partition: number,
  due: readonly DueProfile[],
  ports: { readonly store: PartitionStore; readonly ledger: Ledger; readonly clock: Clock },
  routes: readonly Route[],
): Promise<readonly DueRecord[]> {
  const keys = due.map(({ profileKey }) => profileKey)
  const packed = await ports.store.load(partition, keys)
  const nowMs = ports.clock.nowMs()
  const records: DueRecord[] = []
  const leaving: { readonly due: DueProfile; readonly profile: Profile }[] = []
  for (const [index, one] of due.entries()) {
    const bytes = packed[index]
    if (bytes === undefined) continue
    const profile = unpackProfile(one.profileKey, bytes)
    if (awaitsAcknowledgement(profile, nowMs)) leaving.push({ due: one, profile })
    else records.push([DueKind, one.profileKey, one.dueMs, 0])
  }
  if (leaving.length === 0) return records

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
    if (acknowledged || expires(profile, nowMs)) {
      records.push([DueKind, one.profileKey, one.dueMs, acknowledged ? 1 : 0])
    }
  }
  return records
}

function awaitsAcknowledgement(profile: Profile, nowMs: number): boolean {
  if (profile.condition === codes.Erasing) return true
  return offsets(profile).some(
    (offset) =>
      profile.memberships[offset + State] !== codes.Realized &&
      stateSinceMs(profile, offset) + exitKeptMs <= nowMs,
  )
}

function expires(profile: Profile, nowMs: number): boolean {
  return offsets(profile).some((offset) => {
    const untilMs = profile.memberships[offset + UntilMs]!
    return profile.memberships[offset + State] === codes.Realized && untilMs > 0 && untilMs <= nowMs
  })
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
