import { Drop, Realized } from './codes.ts'
import { stateMask } from './compile.ts'
import { type Profile, State, stride } from './profile.ts'
import { Dropped, type StepEffects, Unchanged } from './step-effects.ts'
import type { Transitions } from './transitions.ts'

/** Removes the profile, where the machine says so, with what was counted of it. */
export function drop(
  profile: Profile,
  event: number,
  transitions: Transitions,
  effects: StepEffects,
): number {
  const cell = transitions.profile(profile.condition, event)
  if ((cell & Drop) === 0) return Unchanged
  profile.condition = cell & stateMask
  const { memberships } = profile
  for (let offset = 0; offset < memberships.length; offset += stride) {
    if (memberships[offset + State] === Realized) effects.realizedDelta -= 1
    else effects.exitedDelta -= 1
  }
  return Dropped
}
