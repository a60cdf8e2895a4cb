import { backlogFullOutcome, bookField } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { startSimulation, type Simulation } from './simulation.ts'

const profileKeys = ['1', '2', '3', '4', '5', '6', '7'].map((id) => `ECID:${id}`)
const segments = ['ups:a', 'ups:b']

const update = fc.record({
  kind: fc.constant('update' as const),
  profileKey: fc.constantFrom(...profileKeys),
  segment: fc.constantFrom(...segments),
  status: fc.constantFrom('realized' as const, 'realized' as const, 'exited' as const),
  /** Seconds until it expires by itself; 0: never. */
  lasts: fc.constantFrom(0, 0, 0, 5, 30),
})
const live = fc.oneof(
  { weight: 6, arbitrary: update },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      secs: fc.integer({ min: 1, max: 15 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('activation' as const, 'delivery' as const, 'delivery' as const),
      at: fc.nat(9),
    }),
  },
)
const backfill = fc.record({
  kind: fc.constant('backfill' as const),
  at: fc.nat(3),
  meanwhile: fc.array(live, { maxLength: 3 }),
  dies: fc.option(
    fc.record({
      page: fc.nat(2),
      when: fc.constantFrom('before' as const, 'after' as const),
      withStore: fc.boolean(),
    }),
    { nil: undefined },
  ),
})
const anySegment = fc.constantFrom(...segments)
const action = fc.oneof(
  { weight: 20, arbitrary: live },
  { weight: 5, arbitrary: backfill },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('activate' as const), segment: anySegment }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deactivate' as const), segment: anySegment }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'disable' as const,
        'enable' as const,
        'restart' as const,
        'drain' as const,
      ),
    }),
  },
)
type Live = typeof live extends fc.Arbitrary<infer One> ? One : never
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

async function actLive(simulation: Simulation, one: Live): Promise<void> {
  switch (one.kind) {
    case 'update': {
      const { profileKey, segment, status, lasts } = one
      const untilMs = status === 'exited' || lasts === 0 ? 0 : simulation.nowMs() + lasts * 1_000
      return simulation.update(profileKey, segment, status, untilMs)
    }
    case 'pass':
      return simulation.pass(one.secs * 1_000)
    case 'activation':
      await simulation.runActivation(one.at)
      return
    case 'delivery':
      await simulation.runDelivery(one.at)
      return
  }
}

async function act(simulation: Simulation, one: Action): Promise<void> {
  switch (one.kind) {
    case 'backfill': {
      const meanwhile = [...one.meanwhile]
      await simulation.runBackfill(
        one.at,
        async () => {
          const next = meanwhile.shift()
          if (next !== undefined) await actLive(simulation, next)
        },
        one.dies,
      )
      return
    }
    case 'activate':
      return simulation.activate(one.segment)
    case 'deactivate':
      return simulation.deactivate(one.segment)
    case 'disable':
      return simulation.disable()
    case 'enable':
      return simulation.enable()
    case 'drain':
      return simulation.drain()
    case 'restart':
      return simulation.restartStore()
    case 'update':
    case 'pass':
    case 'activation':
    case 'delivery':
      return actLive(simulation, one)
  }
}

const leftOutField = bookField('eca', 'scripted', backlogFullOutcome)

/** What is not as it should be once all is done. */
async function faultsOf(simulation: Simulation): Promise<unknown> {
  const members = simulation.activated().map((name) => ({
    name,
    held: [...(simulation.scripted.members.get(name) ?? [])].toSorted(),
    expected: simulation.expected(name),
  }))
  let balance = 0
  for (const [field, number] of await simulation.books()) {
    if (field.endsWith('|received')) balance += number
    else if (!field.endsWith('|resent')) balance -= number
  }
  return {
    members: members.filter(({ held, expected }) => held.join() !== expected.join()),
    older: simulation.older,
    balance,
    ...(await simulation.waiting()),
  }
}

test.each([
  ['changes', 0],
  ['full-state', 0],
  // One bucket is held, and what comes beside it is left out.
  ['changes', 1],
  ['full-state', 33],
] as const)(
  'whatever happens beside a backfill, a solution that takes %s, with %i rows held at most, knows every member in the end, and nothing older after newer',
  async (takes, heldRowsMax) => {
    let leftOut = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 20, maxLength: 80, size: 'max' }),
        async (actions) => {
          const simulation = await startSimulation(takes, heldRowsMax)
          try {
            for (const one of actions) await act(simulation, one)
            await simulation.enable()
            await simulation.drain()
            expect(await faultsOf(simulation)).toEqual({
              members: [],
              older: [],
              balance: 0,
              buckets: 0,
              rows: 0,
              backlogs: 0,
            })
            leftOut += (await simulation.books()).get(leftOutField) ?? 0
          } finally {
            await simulation.stop()
          }
        },
      ),
      { seed: 20_261_123, numRuns: heldRowsMax === 0 ? 200 : 120 },
    )
    expect(leftOut > 100).toBe(heldRowsMax > 0)
  },
  60_000,
)
