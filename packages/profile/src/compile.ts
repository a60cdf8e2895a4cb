import { transition, type AnyStateMachine } from 'xstate'

/** A machine as a dense table: `cells[state * eventCount + event]` is `next state | action bits << actionShift`. */
export interface TransitionTable {
  readonly cells: Uint8Array
  readonly eventCount: number
}

/** Bits of a cell below this one are the next state. */
export const actionShift = 3
/** `cell & stateMask` is the next state. */
export const stateMask: number = (1 << actionShift) - 1

/**
 * Compiles a flat machine by asking the machine itself for every (state, event): whatever it would do is in the table.
 *
 * @param machine a machine with no nested states, guards on context, or delays
 * @param states every state, in the order of their codes
 * @param events every event type, in the order of their codes
 * @param actions every action type, in the order of their bits (at most 5)
 * @throws RangeError where the lists do not cover the machine
 */
export function compile(
  machine: AnyStateMachine,
  states: readonly string[],
  events: readonly string[],
  actions: readonly string[],
): TransitionTable {
  const missing = Object.keys(machine.states).filter((state) => !states.includes(state))
  if (missing.length > 0) throw new RangeError(`states without a code: ${missing.join(', ')}`)
  const unknown = machine.events.filter((event) => !events.includes(event))
  if (unknown.length > 0) throw new RangeError(`events without a code: ${unknown.join(', ')}`)
  if (states.length > stateMask + 1 || actions.length > 8 - actionShift) {
    throw new RangeError('the machine does not fit a one-byte cell')
  }

  const cells = new Uint8Array(states.length * events.length)
  for (const [stateCode, value] of states.entries()) {
    const snapshot = machine.resolveState({ value, context: {} })
    for (const [eventCode, type] of events.entries()) {
      const [next, taken] = transition(machine, snapshot, { type })
      const nextCode = states.indexOf(String(next.value))
      let cell = nextCode
      for (const action of taken) {
        const bit = actions.indexOf(action.type)
        if (nextCode < 0 || bit < 0) throw new RangeError(`no code for ${value} on ${type}`)
        cell |= 1 << (actionShift + bit)
      }
      cells[stateCode * events.length + eventCode] = cell
    }
  }
  return { cells, eventCount: events.length }
}
