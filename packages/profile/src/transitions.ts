import { createActor, type InspectionEvent, type Observer } from 'xstate'
import { actionShift, compile, type TransitionTable } from './compile.ts'
import {
  membershipActions,
  membershipEvents,
  membershipMachine,
  membershipStates,
} from './membership-machine.ts'
import { profileActions, profileEvents, profileMachine, profileStates } from './profile-machine.ts'

/**
 * How a resident profile's machines run (design §4). Both ways answer a compiled cell: next state and action bits.
 * @see compile
 */
export interface Transitions {
  /** The profile's machine in state `state` receives `event`. */
  readonly profile: (state: number, event: number) => number
  /** The machine of the membership in `segment` (its index), in state `state`, receives `event`. */
  readonly membership: (segment: number, state: number, event: number) => number
}

export const membershipTable: TransitionTable = compile(
  membershipMachine,
  membershipStates,
  membershipEvents,
  membershipActions,
)

export const profileTable: TransitionTable = compile(
  profileMachine,
  profileStates,
  profileEvents,
  profileActions,
)

/** The compiled machines: one shared object for all profiles, no allocation a step. */
export const tableTransitions: Transitions = {
  profile: (state, event) => profileTable.cells[state * profileTable.eventCount + event]!,
  membership: (_segment, state, event) =>
    membershipTable.cells[state * membershipTable.eventCount + event]!,
}

/**
 * Real XState actors for one resident profile: one for the profile and one for each membership that has been stepped since
 * the profile became resident. They are rehydrated from the state's code, and hold no timer (xstate#5331).
 *
 * @param inspect receives XState's inspection events, for Stately's inspector
 */
export function actorTransitions(inspect?: Observer<InspectionEvent>): Transitions {
  let bits = 0
  const marks = (names: readonly string[]): Record<string, () => void> =>
    Object.fromEntries(
      names.map((name, bit) => [
        name,
        (): void => {
          bits |= 1 << (actionShift + bit)
        },
      ]),
    )
  const options = inspect === undefined ? {} : { inspect }

  const memberships = new Map<number, ReturnType<typeof startMembership>>()
  const startMembership = (segment: number, state: number) => {
    const machine = membershipMachine.provide({ actions: marks(membershipActions) })
    const snapshot = machine.resolveState({
      value: membershipStates[state]!,
      context: {},
    })
    return createActor(machine, { snapshot, id: `membership-${segment}`, ...options }).start()
  }
  const startProfile = (state: number) => {
    const machine = profileMachine.provide({ actions: marks(profileActions) })
    const snapshot = machine.resolveState({
      value: profileStates[state]!,
      context: {},
    })
    return createActor(machine, { snapshot, id: 'profile', ...options }).start()
  }
  let profile: ReturnType<typeof startProfile> | undefined

  return {
    profile: (state, event) => {
      profile ??= startProfile(state)
      bits = 0
      profile.send({ type: profileEvents[event]! })
      return profileStates.indexOf(profile.getSnapshot().value) | bits
    },
    membership: (segment, state, event) => {
      let actor = memberships.get(segment)
      if (actor === undefined) {
        actor = startMembership(segment, state)
        memberships.set(segment, actor)
      }
      bits = 0
      actor.send({ type: membershipEvents[event]! })
      const next = membershipStates.indexOf(actor.getSnapshot().value)
      // A forgotten membership is absent from the state, so its actor goes too.
      if (next === 0) memberships.delete(segment)
      return next | bits
    },
  }
}
