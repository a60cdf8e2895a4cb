import { createActor, transition, type AnyStateMachine } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { describe, expect, test } from 'vitest'
import * as codes from './codes.ts'
import { actionShift, compile, stateMask, type TransitionTable } from './compile.ts'
import {
  membershipActions,
  membershipEvents,
  membershipMachine,
  membershipStates,
} from './membership-machine.ts'
import { profileActions, profileEvents, profileMachine, profileStates } from './profile-machine.ts'
import { actorTransitions, membershipTable, profileTable, tableTransitions } from './transitions.ts'

const bitOf = (names: readonly string[], name: string) => 1 << (actionShift + names.indexOf(name))

interface Subject {
  readonly name: string
  readonly machine: AnyStateMachine
  readonly table: TransitionTable
  readonly states: readonly string[]
  readonly events: readonly string[]
  readonly actions: readonly string[]
}

const subjects: readonly Subject[] = [
  {
    name: 'membership',
    machine: membershipMachine,
    table: membershipTable,
    states: membershipStates,
    events: membershipEvents,
    actions: membershipActions,
  },
  {
    name: 'profile',
    machine: profileMachine,
    table: profileTable,
    states: profileStates,
    events: profileEvents,
    actions: profileActions,
  },
]

describe.each(subjects)('$name machine', ({ machine, table, states, events, actions }) => {
  test('the table equals the machine in every state and for every event', () => {
    for (const [stateCode, value] of states.entries()) {
      for (const [eventCode, type] of events.entries()) {
        const snapshot = machine.resolveState({ value, context: {} })
        const [next, taken] = transition(machine, snapshot, { type })
        const cell = table.cells[stateCode * table.eventCount + eventCode]!
        expect(states[cell & stateMask]).toBe(next.value)
        const bits = actions.filter((_, bit) => (cell & (1 << (actionShift + bit))) !== 0)
        expect(bits.toSorted()).toEqual(taken.map((action) => action.type).toSorted())
      }
    }
  })

  test('the table equals a running actor along every shortest path', () => {
    const paths = getShortestPaths(machine, { events: events.map((type) => ({ type })) })
    for (const path of paths) {
      const actor = createActor(machine).start()
      let code = 0
      for (const { event } of path.steps) {
        if (event.type === 'xstate.init') continue
        actor.send(event)
        code = table.cells[code * table.eventCount + events.indexOf(event.type)]! & stateMask
        expect(states[code]).toBe(actor.getSnapshot().value)
      }
    }
    expect(paths.map((path) => String(path.state.value)).toSorted()).toEqual([...states].toSorted())
  })

  test('a list that misses a state, an event or an action is refused', () => {
    expect(() => compile(machine, states.slice(1), events, actions)).toThrow(RangeError)
    expect(() => compile(machine, states, events.slice(1), actions)).toThrow(RangeError)
    expect(() => compile(machine, states, events, actions.slice(1))).toThrow(RangeError)
  })
})

test('shortest paths to every membership state, as a person would tell them', () => {
  const paths = getShortestPaths(membershipMachine, {
    events: membershipEvents.map((type) => ({ type })),
  })
  const told = paths.map(({ state, steps }) => [
    state.value,
    steps.map(({ event }): string => event.type).filter((type) => type !== 'xstate.init'),
  ])
  expect(Object.fromEntries(told)).toEqual({
    absent: [],
    realized: ['realized.newer'],
    expired: ['lapsed.newer'],
    exited: ['exited.newer'],
  })
})

test('the codes are the positions of their words', () => {
  expect(membershipStates).toEqual(['absent', 'realized', 'exited', 'expired'])
  expect([codes.Absent, codes.Realized, codes.Exited, codes.Expired]).toEqual([0, 1, 2, 3])
  for (const [kind, name] of [
    [codes.RealizedKind, 'realized'],
    [codes.LapsedKind, 'lapsed'],
    [codes.ExitedKind, 'exited'],
  ] as const) {
    expect(membershipEvents[kind + codes.Newer]).toBe(`${name}.newer`)
    expect(membershipEvents[kind + codes.Tied]).toBe(`${name}.tied`)
    expect(membershipEvents[kind + codes.Older]).toBe(`${name}.older`)
  }
  expect(membershipEvents[codes.Due]).toBe('due')
  expect(membershipEvents[codes.Forget]).toBe('forget')
  expect(codes.Take).toBe(bitOf(membershipActions, 'take'))
  expect(codes.Enter).toBe(bitOf(membershipActions, 'enter'))
  expect(codes.Leave).toBe(bitOf(membershipActions, 'leave'))
  expect(profileStates.indexOf('active')).toBe(codes.Active)
  expect(profileStates.indexOf('optedOut')).toBe(codes.OptedOut)
  expect(profileStates.indexOf('erasing')).toBe(codes.Erasing)
  expect(profileStates.indexOf('forgotten')).toBe(codes.Forgotten)
  expect(profileEvents.indexOf('update')).toBe(codes.Update)
  expect(profileEvents.indexOf('withdraw')).toBe(codes.Withdraw)
  expect(profileEvents.indexOf('give')).toBe(codes.Give)
  expect(profileEvents.indexOf('erase')).toBe(codes.Erase)
  expect(profileEvents.indexOf('acknowledged')).toBe(codes.Acknowledged)
  expect(profileEvents.indexOf('empty')).toBe(codes.Empty)
  expect(codes.Track).toBe(bitOf(profileActions, 'track'))
  expect(codes.Publish).toBe(bitOf(profileActions, 'publish'))
  expect(codes.Retract).toBe(bitOf(profileActions, 'retract'))
  expect(codes.Restore).toBe(bitOf(profileActions, 'restore'))
  expect(codes.Drop).toBe(bitOf(profileActions, 'drop'))
})

test('actors answer what the table answers, from every state a profile may be rehydrated in', () => {
  for (let state = 0; state < profileStates.length; state++) {
    for (let event = 0; event < profileEvents.length; event++) {
      expect(actorTransitions().profile(state, event)).toBe(tableTransitions.profile(state, event))
    }
  }
  for (let state = 0; state < membershipStates.length; state++) {
    for (let event = 0; event < membershipEvents.length; event++) {
      expect(actorTransitions().membership(7, state, event)).toBe(
        tableTransitions.membership(7, state, event),
      )
    }
  }
})
