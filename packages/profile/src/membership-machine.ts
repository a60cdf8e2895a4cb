import { setup } from 'xstate'

/**
 * One profile's membership in one segment, from the first word of it to its forgetting (design §4, platform §1.2).
 *
 * The order of updates is decided before the machine: each kind of update comes as `newer`, `tied` or `older` than what
 * the membership knows, by `lastQualificationTime`. So the machine needs no guard and no context, and can be compiled.
 *
 * - `lapsed` is an update that says realized although its `validUntil` has passed already.
 * - `due` is the passing of `validUntil` with no update; `forget` the end of an exit's keeping.
 * - `expired` keeps its `lastQualificationTime`, so that a late or renewing update still compares rightly.
 *
 * Actions are names only; `step` gives them their effect: `take` the update's times, `enter` and `leave` the segment.
 */
export const membershipMachine = setup({
  types: { events: {} as { type: MembershipEvent } },
  actions: { take: () => {}, enter: () => {}, leave: () => {} },
}).createMachine({
  id: 'membership',
  initial: 'absent',
  states: {
    absent: {
      on: {
        'realized.newer': { target: 'realized', actions: ['take', 'enter'] },
        'lapsed.newer': { target: 'expired', actions: ['take'] },
        'exited.newer': { target: 'exited', actions: ['take'] },
      },
    },
    realized: {
      on: {
        'realized.newer': { target: 'realized', actions: ['take'] },
        'realized.tied': { target: 'realized', actions: ['take'] },
        'lapsed.newer': { target: 'expired', actions: ['take', 'leave'] },
        'lapsed.tied': { target: 'expired', actions: ['take', 'leave'] },
        'exited.newer': { target: 'exited', actions: ['take', 'leave'] },
        'exited.tied': { target: 'exited', actions: ['take', 'leave'] },
        due: { target: 'expired', actions: ['leave'] },
      },
    },
    exited: {
      on: {
        'realized.newer': { target: 'realized', actions: ['take', 'enter'] },
        'lapsed.newer': { target: 'expired', actions: ['take'] },
        'exited.newer': { target: 'exited', actions: ['take'] },
        forget: { target: 'absent' },
      },
    },
    expired: {
      on: {
        'realized.newer': { target: 'realized', actions: ['take', 'enter'] },
        'realized.tied': { target: 'realized', actions: ['take', 'enter'] },
        'lapsed.newer': { target: 'expired', actions: ['take'] },
        'lapsed.tied': { target: 'expired', actions: ['take'] },
        'exited.newer': { target: 'exited', actions: ['take'] },
        'exited.tied': { target: 'exited', actions: ['take'] },
        forget: { target: 'absent' },
      },
    },
  },
})

/** States in the order of their codes: what is stored is the index. Append only. */
export const membershipStates = ['absent', 'realized', 'exited', 'expired'] as const

/** Events in the order of their codes. */
export const membershipEvents = [
  'realized.newer',
  'realized.tied',
  'realized.older',
  'lapsed.newer',
  'lapsed.tied',
  'lapsed.older',
  'exited.newer',
  'exited.tied',
  'exited.older',
  'due',
  'forget',
] as const

/** Actions in the order of their bits in a compiled cell. */
export const membershipActions = ['take', 'enter', 'leave'] as const

export type MembershipEvent = (typeof membershipEvents)[number]
