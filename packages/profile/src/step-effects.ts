import { Realized } from './codes.ts'
import {
  ChangedMs,
  type Profile,
  RevisionMs,
  RevisionSequence,
  Segment,
  State,
  stride,
} from './profile.ts'

/** Where and when a record stands in its log: `now` and the revision of all it changes. */
export interface Moment {
  /** Time of the log entry, epoch milliseconds: the only clock a step knows. */
  nowMs: number
  /** Orders records of one millisecond: the entry's sequence and the record's index in its batch. */
  sequence: number
}

/** What a step did. Reused from step to step; the caller empties it. */
export interface StepEffects {
  /** Segments (dictionary indices) whose desired state changed for downstream: one outbox row each. */
  readonly changed: number[]
  /**
   * Segments whose change would have gone downstream, and did not since consent is withdrawn: counted as excluded for whom they
   * would have gone to (design §3). None that is in `changed`.
   */
  readonly withheld: number[]
  /** Change of the number of realized memberships, and of exited or expired ones. */
  realizedDelta: number
  exitedDelta: number
  /** Identities that did not fit `identityLimit`. */
  identitiesRefused: number
}

/** Nothing about the profile changed: nothing to write. */
export const Unchanged = 0
/** The profile changed: write it. */
export const Changed = 1
/** The profile is to be removed from the store. */
export const Dropped = 2

/** Effects of no step yet. */
export function noEffects(): StepEffects {
  return { changed: [], withheld: [], realizedDelta: 0, exitedDelta: 0, identitiesRefused: 0 }
}

/** Solutions are to be told of every realized membership. */
export function tellRealized(profile: Profile, moment: Moment, effects: StepEffects): void {
  const { memberships } = profile
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset + State] !== Realized) continue
    revise(memberships, offset, moment)
    tell(effects, memberships[offset + Segment]!)
  }
}

/** Every realized membership would have been told, had consent not been withdrawn. */
export function withholdRealized({ memberships }: Profile, effects: StepEffects): void {
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset + State] === Realized) withhold(effects, memberships[offset + Segment]!)
  }
}

/** What solutions should know of the membership is from now on as new as this moment. */
export function revise(memberships: number[], offset: number, moment: Moment): void {
  memberships[offset + RevisionMs] = moment.nowMs
  memberships[offset + RevisionSequence] = moment.sequence
  memberships[offset + ChangedMs] = 0
}

/** One row a segment and step is enough: what is sent is read when it is sent. */
export function tell(effects: StepEffects, segment: number): void {
  if (!effects.changed.includes(segment)) effects.changed.push(segment)
}

/** The withdrawal itself is told: what changes in the same step has its row already. */
export function withhold({ changed, withheld }: StepEffects, segment: number): void {
  if (!changed.includes(segment) && !withheld.includes(segment)) withheld.push(segment)
}
