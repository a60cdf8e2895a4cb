import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { startSimulation, type Simulation } from './simulation.ts'

const segments = ['ups:a', 'ups:b']
const profileKeys = ['ECID:1', 'ECID:2', 'ECID:3']

/** Delivers all that is due, without looking for what lost its job. */
async function deliver(simulation: Simulation): Promise<void> {
  await simulation.pass(11_000)
  while (await simulation.runActivation(0));
  for (let time = 0; time < 20; time += 1) await simulation.runDelivery(0)
}

async function expectTold(simulation: Simulation): Promise<void> {
  await simulation.drain()
  for (const segment of segments) {
    const members = [...(simulation.scripted.members.get(segment) ?? [])].toSorted()
    expect(members).toEqual(simulation.expected(segment))
  }
}

test('what a solution was told and the ledger has forgotten is told as it is now', async () => {
  const simulation = await startSimulation('changes')
  await simulation.activate('ups:a')
  await simulation.update('ECID:1', 'ups:a', 'realized', 0)
  await deliver(simulation)
  const lose = simulation.remember()
  await simulation.update('ECID:1', 'ups:a', 'exited', 0)
  await deliver(simulation)
  expect(simulation.scripted.members.get('ups:a')?.size).toBe(0)
  lose()
  await simulation.pass(1_000)
  // Back at the first moment, and then the same as the ledger knows: nothing that a comparison of the two would find.
  await simulation.update('ECID:1', 'ups:a', 'realized', 0)
  await expectTold(simulation)
  expect(simulation.scripted.members.get('ups:a')).toEqual(new Set(['ECID:1']))
  await simulation.stop()
})

test('a segment whose place in the dictionary was lost is not taken for the one that has it now', async () => {
  const simulation = await startSimulation('changes')
  for (const segment of ['ups:a', 'ups:b', 'ups:c']) await simulation.activate(segment)
  await simulation.update('ECID:1', 'ups:a', 'realized', 0)
  await deliver(simulation)
  const lose = simulation.remember()
  // Known to who delivers, and nothing of it is told.
  await simulation.update('ECID:1', 'ups:b', 'realized', 0)
  await simulation.update('ECID:1', 'ups:b', 'exited', 0)
  await deliver(simulation)
  await simulation.pass(1_900 - (simulation.nowMs() % 1_000))
  lose()
  // Before the owner has given back what it read, which falls due in the next second.
  await simulation.update('ECID:2', 'ups:c', 'realized', 0)
  await deliver(simulation)
  expect(simulation.scripted.members.get('ups:b')?.size ?? 0).toBe(0)
  expect(simulation.scripted.members.get('ups:c')).toEqual(new Set(['ECID:2']))
  await simulation.drain()
  await simulation.stop()
})

test('nothing is told again where nothing was lost', async () => {
  const simulation = await startSimulation('changes')
  await simulation.activate('ups:a')
  await simulation.update('ECID:1', 'ups:a', 'realized', 0)
  await deliver(simulation)
  await simulation.drain()
  const calls = simulation.scripted.calls.length
  simulation.remember()()
  await simulation.pass(60_000)
  expect(simulation.scripted.calls).toHaveLength(calls)
  expect((await simulation.books()).get('eca|scripted|resent') ?? 0).toBe(0)
  await simulation.stop()
})

test('jobs that are lost are made anew, and those that come back find nothing to do', async () => {
  const simulation = await startSimulation('changes')
  await simulation.activate('ups:a')
  const before = simulation.remember()
  for (const profileKey of profileKeys) await simulation.update(profileKey, 'ups:a', 'realized', 0)
  simulation.loseJobs()
  await expectTold(simulation)
  const calls = simulation.scripted.calls.length
  expect(calls).toBeGreaterThan(0)
  // The store forgets all of it: only the sweep knows of the rows that are stepped again.
  before()
  await simulation.pass(1_000)
  simulation.loseJobs()
  await expectTold(simulation)
  await simulation.stop()
})

test.for(['changes', 'full-state'] as const)(
  'whatever was lost when, a solution that takes %s ends with what the updates say',
  async (takes) => {
    const action = fc.oneof(
      {
        arbitrary: fc.record({
          kind: fc.constant('update' as const),
          profile: fc.nat(2),
          segment: fc.nat(1),
          isIn: fc.boolean(),
        }),
        weight: 5,
      },
      {
        arbitrary: fc.record({
          kind: fc.constantFrom('deliver' as const, 'activation' as const, 'delivery' as const),
        }),
        weight: 4,
      },
      {
        arbitrary: fc.record({ kind: fc.constantFrom('remember' as const, 'lose' as const) }),
        weight: 2,
      },
      { arbitrary: fc.record({ kind: fc.constant('loseJobs' as const) }), weight: 1 },
    )
    let losses = 0
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 30 }), async (actions) => {
        const simulation = await startSimulation(takes)
        for (const segment of segments) await simulation.activate(segment)
        let lose: (() => void) | undefined
        for (const one of actions) {
          switch (one.kind) {
            case 'update':
              await simulation.update(
                profileKeys[one.profile]!,
                segments[one.segment]!,
                one.isIn ? 'realized' : 'exited',
                0,
              )
              break
            case 'deliver':
              await deliver(simulation)
              break
            case 'activation':
              await simulation.pass(11_000)
              await simulation.runActivation(0)
              break
            case 'delivery':
              await simulation.runDelivery(0)
              break
            case 'remember':
              lose = simulation.remember()
              break
            case 'lose':
              if (lose === undefined) break
              losses += 1
              lose()
              await simulation.pass(1_000)
              lose = undefined
              break
            case 'loseJobs':
              simulation.loseJobs()
          }
        }
        await expectTold(simulation)
        await simulation.stop()
      }),
      { seed: 20_261_123, numRuns: 150 },
    )
    expect(losses).toBeGreaterThan(50)
  },
)
