import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newPerson, updateLine } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

/** One wrong setting a solution, of different kinds: a secret, a data source, a stream, a filter, a client code. */
const wrong: Readonly<Record<string, { readonly settings: object; readonly setting: string }>> = {
  marketo: { settings: { clientSecret: 'wrong' }, setting: 'clientSecret' },
  'audience-manager': { settings: { clientSecret: 'wrong' }, setting: 'clientSecret' },
  analytics: { settings: { clientSecret: 'wrong' }, setting: 'clientSecret' },
  'advertising-cloud': {
    settings: { deliveryStreamName: 'another' },
    setting: 'deliveryStreamName',
  },
  campaign: {
    settings: {
      keys: { email_lc_sha256: { field: 'cusNone', filter: 'byNone', parameter: 'none' } },
    },
    setting: 'keys',
  },
  target: { settings: { tenant: 'another' }, setting: 'tenant' },
}
const solutions = Object.keys(wrong)
const segment = randomUUID()
let system: System

interface SolutionShown {
  readonly state: string
  readonly pause?: { readonly code: string; readonly setting?: string; readonly detail: string }
}
const shown = (): Promise<Readonly<Record<string, SolutionShown>>> =>
  system.get(`/v1/dataflows/${system.flow('eca')}/solutions`)

beforeAll(async () => {
  system = await startSystem({
    adapterSettings: Object.fromEntries(
      Object.entries(wrong).map(([name, { settings }]) => [name, settings]),
    ),
    dataflows: { eca: { segments: [segment], activationDelayMs: 0, solutions } },
  })
})
afterAll(() => system?.stop())

test('a wrong setting is named, is not asked about over and over, keeps the memberships, and they arrive when it is mended', async () => {
  const people = Array.from({ length: 20 }, newPerson)
  await system.know(people.map(({ lead }) => lead))
  const realized = { [segment]: { status: 'realized', atMs: Date.now() } } as const
  await system.stream(people.map((person) => updateLine(person, { segments: realized })))

  await eventually('every solution says which setting is wrong', async () => {
    const states = await shown()
    return solutions.every((name) => states[name]?.pause?.setting === wrong[name]?.setting)
  })
  for (const name of solutions) {
    const { state, pause } = (await shown())[name] ?? {}
    expect({ name, state }).toEqual({ name, state: 'misconfigured' })
    expect(pause?.detail).toContain(wrong[name]?.setting)
  }
  const { books } = await system.status()
  for (const name of solutions) {
    expect({ name, ...books['eca']?.[name] }).toMatchObject({ name, pending: 20, failed: {} })
  }
  expect(await system.members()).toEqual(Object.fromEntries(solutions.map((name) => [name, {}])))
  // The calls that found it out (Campaign has 16 under way at once, each asked twice), and from then on none.
  const calls = async (): Promise<readonly number[]> =>
    Promise.all(solutions.map(async (name) => (await system.journal(name)).length))
  const found = await calls()
  expect(Math.max(...found)).toBeLessThan(60)
  await eventually('queues have nothing to run now', async () => {
    const { queues } = await system.status()
    return Object.values(queues).every(({ waiting, active }) => waiting + active === 0)
  })
  expect(await calls()).toEqual(found)

  await system.processor.stop()
  await system.parts.configure({})
  await system.parts.startProcessor('second')
  await system.untilIdle()
  const ecids = people.map(({ ecid }) => ecid).toSorted()
  const both = people.flatMap(({ ecid, email }) => [ecid, email]).toSorted()
  expect(await system.members()).toEqual({
    marketo: { [segment]: both },
    'audience-manager': { [segment]: both },
    analytics: { [segment]: ecids },
    'advertising-cloud': { [segment]: both },
    campaign: { [segment]: people.map(({ email }) => email).toSorted() },
    target: { [segment]: both },
  })
  expect(await system.imbalances()).toEqual([])
  for (const { state } of Object.values(await shown())) expect(state).toBe('working')
})
