import {
  Absent,
  Acknowledged,
  Active,
  Due,
  Drop,
  Empty,
  Enter,
  Erase,
  Erasing,
  Exited,
  ExitedKind,
  Expired,
  Forget,
  Give,
  LapsedKind,
  Leave,
  Newer,
  Older,
  Publish,
  Realized,
  RealizedKind,
  Restore,
  Retract,
  Take,
  Tied,
  Track,
  Update,
  Withdraw,
} from './codes.ts'
import { stateMask } from './compile.ts'
import {
  ConsentGiven,
  ConsentUnchanged,
  DueKind,
  EraseKind,
  membershipStride,
  StatusRealized,
  UpdateKind,
  type DueRecord,
  type LogRecord,
  type UpdateRecord,
} from './log-record.ts'
import {
  ChangedMs,
  exitKeptMs,
  identityLimit,
  membershipOffset,
  QualifiedMs,
  RevisionMs,
  RevisionSequence,
  Segment,
  State,
  stateSinceMs,
  stride,
  UntilMs,
  type Profile,
} from './profile.ts'
import type { Transitions } from './transitions.ts'

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
  return { changed: [], realizedDelta: 0, exitedDelta: 0, identitiesRefused: 0 }
}

/**
 * Steps one profile by one record. Deterministic, synchronous, and free of clock, I/O and randomness; changes `profile` in
 * place and adds to `effects`.
 *
 * @param segments dictionary index of each segment of the record's batch; negative where the dictionary is full
 * @returns `Unchanged`, `Changed` or `Dropped`
 */
export function step(
  profile: Profile,
  record: LogRecord,
  segments: readonly number[],
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): number {
  switch (record[0]) {
    case UpdateKind:
      return stepUpdate(profile, record, segments, moment, transitions, effects)
    case DueKind:
      return stepDue(profile, record, moment, transitions, effects)
    case EraseKind:
      return turn(profile, Erase, moment, transitions, effects) ? Changed : Unchanged
  }
}

function stepUpdate(
  profile: Profile,
  record: UpdateRecord,
  segments: readonly number[],
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): number {
  let changed = false
  if (record[4] !== ConsentUnchanged)
    changed = decideConsent(profile, record, moment, transitions, effects)

  const cell = transitions.profile(profile.condition, Update)
  if ((cell & Track) === 0) return changed ? Changed : Unchanged
  const publishes = (cell & Publish) !== 0

  const memberships = record[3]
  for (let at = 0; at < memberships.length; at += membershipStride) {
    const segment = segments[memberships[at]!]!
    if (segment < 0) continue
    const untilMs = memberships[at + 3]!
    const kind =
      memberships[at + 1] !== StatusRealized
        ? ExitedKind
        : untilMs !== 0 && untilMs <= moment.nowMs
          ? LapsedKind
          : RealizedKind
    const qualifiedMs = memberships[at + 2]!
    if (
      track(profile, segment, kind, qualifiedMs, untilMs, publishes, moment, transitions, effects)
    ) {
      changed = true
    }
  }
  if (addIdentities(profile, record[2], publishes, moment, effects)) changed = true
  return changed ? Changed : Unchanged
}

/** Applies one membership update. Answers whether the state changed. */
function track(
  profile: Profile,
  segment: number,
  kind: number,
  qualifiedMs: number,
  untilMs: number,
  publishes: boolean,
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): boolean {
  const { memberships } = profile
  const found = membershipOffset(profile, segment)
  const state = found < 0 ? Absent : memberships[found + State]!
  let order = Newer
  if (found >= 0) {
    const knownMs = memberships[found + QualifiedMs]!
    order = qualifiedMs > knownMs ? Newer : qualifiedMs === knownMs ? Tied : Older
  }
  const cell = transitions.membership(segment, state, kind + order)
  if ((cell & Take) === 0) return false

  const next = cell & stateMask
  let offset = found
  if (offset < 0) {
    offset = memberships.length
    memberships.push(segment, next, qualifiedMs, untilMs, moment.nowMs, moment.sequence, 0)
  } else if (
    next === state &&
    memberships[offset + QualifiedMs] === qualifiedMs &&
    memberships[offset + UntilMs] === untilMs
  ) {
    return false
  } else {
    memberships[offset + QualifiedMs] = qualifiedMs
    memberships[offset + UntilMs] = untilMs
  }
  if (next !== state) enterState(profile, offset, state, next, cell, publishes, moment, effects)
  return true
}

/** Writes a membership's new state with its revision, counts it, and tells downstream where the machine says so. */
function enterState(
  profile: Profile,
  offset: number,
  state: number,
  next: number,
  cell: number,
  publishes: boolean,
  moment: Moment,
  effects: StepEffects,
): void {
  const { memberships } = profile
  memberships[offset + State] = next
  memberships[offset + ChangedMs] = moment.nowMs
  effects.realizedDelta += Number(next === Realized) - Number(state === Realized)
  effects.exitedDelta += Number(isOut(next)) - Number(isOut(state))
  if ((publishes && (cell & (Enter | Leave)) !== 0) || state === Absent) {
    revise(memberships, offset, moment)
  }
  if (publishes && (cell & (Enter | Leave)) !== 0) tell(effects, memberships[offset + Segment]!)
}

function isOut(state: number): boolean {
  return state === Exited || state === Expired
}

/** Identities accumulate; one that is new sends the profile's realized memberships for it. */
function addIdentities(
  profile: Profile,
  others: readonly string[],
  publishes: boolean,
  moment: Moment,
  effects: StepEffects,
): boolean {
  const { identities } = profile
  const before = identities.length
  for (const identity of others) {
    if (identities.includes(identity)) continue
    if (identities.length >= identityLimit) effects.identitiesRefused += 1
    else identities.push(identity)
  }
  if (identities.length === before) return false
  if (publishes) tellRealized(profile, moment, effects)
  return true
}

/** Consent is ordered by the time of the decision where it has one, else by the log. */
function decideConsent(
  profile: Profile,
  record: UpdateRecord,
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): boolean {
  const given = record[4] === ConsentGiven
  const atMs = record[5]
  // At one and the same time a withdrawal wins: doubt never shares.
  if (atMs !== 0 && (atMs < profile.consentAtMs || (given && atMs === profile.consentAtMs)))
    return false
  const consentAtMs = atMs === 0 ? moment.nowMs : atMs
  const turned = turn(profile, given ? Give : Withdraw, moment, transitions, effects)
  const moved = profile.condition !== Erasing && profile.consentAtMs !== consentAtMs
  if (moved) profile.consentAtMs = consentAtMs
  return turned || moved
}

/** Sends an event to the profile's machine and does what it says. Answers whether its state changed. */
function turn(
  profile: Profile,
  event: number,
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): boolean {
  const cell = transitions.profile(profile.condition, event)
  const next = cell & stateMask
  if (next === profile.condition) return false
  profile.condition = next
  if (event === Erase) profile.erasedMs = moment.nowMs
  if ((cell & (Retract | Restore)) !== 0) tellRealized(profile, moment, effects)
  return true
}

function stepDue(
  profile: Profile,
  record: DueRecord,
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): number {
  const acknowledged = record[3] === 1
  if (profile.condition === Erasing) {
    if (!acknowledged) return Unchanged
    return drop(profile, Acknowledged, transitions, effects)
  }
  const { memberships } = profile
  const publishes = profile.condition === Active
  let changed = false
  for (let offset = memberships.length - stride; offset >= 0; offset -= stride) {
    const segment = memberships[offset + Segment]!
    const state = memberships[offset + State]!
    if (state === Realized) {
      const untilMs = memberships[offset + UntilMs]!
      if (untilMs === 0 || untilMs > moment.nowMs) continue
      const cell = transitions.membership(segment, state, Due)
      enterState(profile, offset, state, cell & stateMask, cell, publishes, moment, effects)
      changed = true
    } else if (acknowledged && stateSinceMs(profile, offset) + exitKeptMs <= moment.nowMs) {
      transitions.membership(segment, state, Forget)
      memberships.splice(offset, stride)
      effects.exitedDelta -= 1
      changed = true
    }
  }
  if (changed && memberships.length === 0 && profile.condition === Active) {
    return drop(profile, Empty, transitions, effects)
  }
  return changed ? Changed : Unchanged
}

/** Removes the profile, where the machine says so, with what was counted of it. */
function drop(
  profile: Profile,
  event: number,
  transitions: Transitions,
  effects: StepEffects,
): number {
  const cell = transitions.profile(profile.condition, event)
  if ((cell & Drop) === 0) return Changed
  profile.condition = cell & stateMask
  const { memberships } = profile
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset + State] === Realized) effects.realizedDelta -= 1
    else effects.exitedDelta -= 1
  }
  return Dropped
}

function tellRealized(profile: Profile, moment: Moment, effects: StepEffects): void {
  const { memberships } = profile
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset + State] !== Realized) continue
    revise(memberships, offset, moment)
    tell(effects, memberships[offset + Segment]!)
  }
}

/** What solutions should know of the membership is from now on as new as this moment. */
function revise(memberships: number[], offset: number, moment: Moment): void {
  memberships[offset + RevisionMs] = moment.nowMs
  memberships[offset + RevisionSequence] = moment.sequence
  memberships[offset + ChangedMs] = 0
}

/** One row a segment and step is enough: what is sent is read when it is sent. */
function tell(effects: StepEffects, segment: number): void {
  if (!effects.changed.includes(segment)) effects.changed.push(segment)
}
