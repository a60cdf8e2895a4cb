import {
  Absent,
  Enter,
  Erase,
  Exited,
  Expired,
  Leave,
  Realized,
  Restore,
  Retract,
} from './codes.ts'
import { stateMask } from './compile.ts'
import { ChangedMs, type Profile, Segment, State } from './profile.ts'
import {
  type Moment,
  revise,
  type StepEffects,
  tell,
  tellRealized,
  withhold,
} from './step-effects.ts'
import type { Transitions } from './transitions.ts'

/**
 * Writes a membership's new state with its revision, counts it, and tells downstream where the machine says so.
 *
 * @param publishes the profile's machine lets changes out: else consent is withdrawn, and what would be told is withheld
 */
export function enterState(
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
  const visible = (cell & (Enter | Leave)) !== 0
  if ((publishes && visible) || state === Absent) revise(memberships, offset, moment)
  if (!visible) return
  const segment = memberships[offset + Segment]!
  if (publishes) tell(effects, segment)
  else withhold(effects, segment)
}

function isOut(state: number): boolean {
  return state === Exited || state === Expired
}

/** Sends an event to the profile's machine and does what it says. Answers whether its state changed. */
export function turn(
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
