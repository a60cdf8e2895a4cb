import { Active, Due, Empty, Erasing, Forget, Realized } from './codes.ts'
import { stateMask } from './compile.ts'
import { drop } from './drop.ts'
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
import { Changed, type Moment, type StepEffects, Unchanged } from './step-effects.ts'
import type { Transitions } from './transitions.ts'
import { enterState } from './turn.ts'

/** Steps a profile whose time has come: what expired, what may be forgotten. */
export function stepDue(
  profile: Profile,
  record: DueRecord,
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): number {
  // What is being erased neither expires nor is forgotten: it goes as a whole.
  if (profile.condition === Erasing) return Unchanged
  const acknowledged = record[3] === 1
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
