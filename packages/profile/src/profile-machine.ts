import { setup } from 'xstate'

/**
 * The life of one profile above its memberships: consent and erasure (design §3 "Consent", §4).
 *
 * Actions are names only; `step` gives them their effect:
 * - `track` takes the update's identities and memberships into the state,
 * - `publish` lets the changes go to the outbox,
 * - `retract` and `restore` send the profile out of, and back into, everything it is realized in,
 * - `drop` removes the profile.
 */
export const profileMachine = setup({
  types: { events: {} as { type: ProfileEvent } },
  actions: {
    track: () => {},
    publish: () => {},
    retract: () => {},
    restore: () => {},
    drop: () => {},
  },
}).createMachine({
  id: 'profile',
  initial: 'active',
  states: {
    active: {
      on: {
        update: { target: 'active', actions: ['track', 'publish'] },
        withdraw: { target: 'optedOut', actions: ['retract'] },
        erase: { target: 'erasing', actions: ['retract'] },
        empty: { target: 'forgotten', actions: ['drop'] },
      },
    },
    optedOut: {
      on: {
        update: { target: 'optedOut', actions: ['track'] },
        give: { target: 'active', actions: ['restore'] },
        erase: { target: 'erasing' },
      },
    },
    erasing: {
      // What arrives between the request and its completion belongs to what is being erased.
      on: { acknowledged: { target: 'forgotten', actions: ['drop'] } },
    },
    // A forgotten profile is removed from the store; whoever comes with its key again starts as `active`.
    forgotten: {},
  },
})

/** States in the order of their codes: what is stored is the index. Append only. */
export const profileStates = ['active', 'optedOut', 'erasing', 'forgotten'] as const

/**
 * Events in the order of their codes. `empty`: nothing is left that is worth keeping.
 * `acknowledged`: every solution has confirmed that the profile is out of everything.
 */
export const profileEvents = [
  'update',
  'withdraw',
  'give',
  'erase',
  'acknowledged',
  'empty',
] as const

/** Actions in the order of their bits in a compiled cell. */
export const profileActions = ['track', 'publish', 'retract', 'restore', 'drop'] as const

export type ProfileEvent = (typeof profileEvents)[number]
