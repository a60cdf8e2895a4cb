import { Active, Erasing, Exited, Expired, Realized } from './codes.ts'

/**
 * A profile's state. Compact on purpose: one flat array of numbers holds all memberships (about a fifth of the memory of
 * objects), and `step` changes it in place; whoever cannot commit what a step did drops the object and loads it again.
 */
export interface Profile {
  /** Code of the profile machine's state. */
  condition: number
  /** Time of the consent decision that counts, epoch milliseconds; 0: none yet. */
  consentAtMs: number
  /** When erasure was asked for, by the log entry's time, epoch milliseconds; 0: never. */
  erasedMs: number
  /** In the order they came; the first is the profile key. At most `identityLimit`. */
  readonly identities: string[]
  /** Groups of `stride` numbers, one a membership; see the offsets. */
  readonly memberships: number[]
}

/** Numbers a membership takes in `Profile.memberships`. */
export const stride = 7
/** The segment's index in its partition's dictionary. */
export const Segment = 0
/** Code of the membership machine's state; never `Absent`. */
export const State = 1
/** lastQualificationTime, epoch milliseconds. */
export const QualifiedMs = 2
/** validUntil, epoch milliseconds; 0: none. */
export const UntilMs = 3
/**
 * Revision: the log entry time of the newest record after which solutions had to be told of this membership. Changes that
 * they cannot see (while consent is withdrawn) leave it alone, so that a row in the outbox is superseded only by a row.
 */
export const RevisionMs = 4
/** The revision's position within that millisecond. */
export const RevisionSequence = 5
/** Log entry time of the last change of state where that is not the revision's, epoch milliseconds; else 0. */
export const ChangedMs = 6

/** Identities a profile keeps (platform §7: larger graphs are excluded from activation). */
export const identityLimit = 50

/** An exit is kept this long after it entered the log, so that late updates still compare (design §4). */
export const exitKeptMs: number = 30 * 86_400_000

/** A profile that nothing is known of. */
export function emptyProfile(profileKey: string): Profile {
  return {
    condition: Active,
    consentAtMs: 0,
    erasedMs: 0,
    identities: [profileKey],
    memberships: [],
  }
}

/** Offset of the segment's group in `profile.memberships`, or -1. */
export function membershipOffset(profile: Profile, segment: number): number {
  const { memberships } = profile
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset] === segment) return offset
  }
  return -1
}

/** Log entry time at which the membership took its present state, epoch milliseconds. */
export function stateSinceMs({ memberships }: Profile, offset: number): number {
  return memberships[offset + ChangedMs]! || memberships[offset + RevisionMs]!
}

/**
 * When the profile next changes by itself, epoch milliseconds; 0: never.
 * A `validUntil` that passes, an exit's keeping that ends. A profile that is being erased waits for its acknowledgement alone.
 */
export function nextDueMs(profile: Profile): number {
  if (profile.condition === Erasing) return 0
  const { memberships } = profile
  let earliestMs = 0
  for (let offset = 0; offset < memberships.length; offset += stride) {
    const state = memberships[offset + State]
    let dueMs = 0
    if (state === Realized) dueMs = memberships[offset + UntilMs]!
    else if (state === Exited || state === Expired) {
      dueMs = stateSinceMs(profile, offset) + exitKeptMs
    }
    if (dueMs > 0 && (earliestMs === 0 || dueMs < earliestMs)) earliestMs = dueMs
  }
  return earliestMs
}
