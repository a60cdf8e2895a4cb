import {
  Absent,
  Erasing,
  ExitedKind,
  Give,
  LapsedKind,
  Newer,
  Older,
  Publish,
  RealizedKind,
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
  membershipStride,
  StatusRealized,
  type UpdateRecord,
} from './log-record.ts'
import {
  identityLimit,
  membershipOffset,
  type Profile,
  QualifiedMs,
  State,
  UntilMs,
} from './profile.ts'
import {
  Changed,
  type Moment,
  type StepEffects,
  tellRealized,
  Unchanged,
  withholdRealized,
} from './step-effects.ts'
import type { Transitions } from './transitions.ts'
import { enterState, turn } from './turn.ts'

/** Steps a profile by a profile update: consent first, then memberships, then identities. */
export function stepUpdate(
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
  else withholdRealized(profile, effects)
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
