import { Acknowledged, Active, Drop, Due, Empty, Erasing, Forget, Realized } from './codes.ts'
import { stateMask } from './compile.ts'
import type { DueRecord } from './log-record.ts'
import {
  exitKeptMs,
  type Profile,
  Segment,
  State,
  stateSinceMs,
  stride,
  UntilMs,
} from './profile.ts'
import { Changed, Dropped, type Moment, type StepEffects, Unchanged } from './step-effects.ts'
import type { Transitions } from './transitions.ts'
import { enterState } from './turn.ts'

/** Steps a profile whose time has come: what expired, what may be forgotten, an erasure that is complete. */
export function stepDue(
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
