import { configure, organisationDefaults, type Flow, type Write } from '@segue/destinations'
import { memoryConfiguration } from '@segue/destinations/testing'
import { memoryPorts, simulatedClock } from '@segue/runtime/testing'
import type { Dataflow } from '@segue/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { startProjection } from './projection.ts'

const flow: Flow = {
  sandboxName: 'prod',
  name: 'First',
  description: '',
  state: 'enabled',
  sourceConnectionId: 's',
  targetConnectionId: 't',
  selectors: [],
  backfills: [],
  held: false,
}
const named = (name: string, id = 'flow'): Write => ({
  kind: 'flow',
  id,
  value: { ...flow, name },
})
const silent = { debug: () => {}, error: () => {} }

async function started() {
  const { dataflows } = memoryPorts({ partitionCount: 1, clock: simulatedClock(1_000) })
  let failures = 0
  let storesFirst = false
  const puts: Dataflow[] = []
  const failing = {
    ...dataflows,
    put: async (dataflow: Dataflow) => {
      puts.push(dataflow)
      if (failures > 0) {
        failures -= 1
        if (storesFirst) await dataflows.put(dataflow)
        throw new Error('away')
      }
      await dataflows.put(dataflow)
    },
  }
  const open = memoryConfiguration()
  const sandboxes = new Map([['prod', { name: 'prod', ports: { dataflows: failing } }]])
  const start = async () => {
    const projection = await startProjection({ configuration: open(), sandboxes, log: silent })
    onTestFinished(() => projection.stop())
    return projection
  }
  let ids = 0
  const write = (store: ReturnType<typeof open>, ...writes: readonly Write[]) =>
    configure({ store, nowMs: () => 1, newId: () => `${(ids += 1)}` }, { name: 'ana' }, () => ({
      writes,
      answer: () => undefined,
    }))
  const entitlements = { tier: 'prime', solutions: [], audienceManagerLicence: false } as const
  await write(open(), {
    kind: 'organisation',
    id: 'organisation',
    value: { ...organisationDefaults, entitlements },
  })
  const names = async () => (await dataflows.list()).map(({ name }) => name)
  return {
    open,
    start,
    write,
    names,
    dataflows,
    puts,
    fail: (times: number, when?: 'after it is there') => {
      failures = times
      storesFirst = when !== undefined
    },
  }
}

test('a change returns when the engine goes by it, and only what differs is put', async () => {
  const { start, write, names, puts } = await started()
  const { configuration } = await start()
  await write(configuration, named('First'), named('Other', 'other'))
  expect(await names()).toEqual(['First', 'Other'])
  puts.length = 0
  await write(configuration, named('Second'))
  expect(await names()).toEqual(['Second', 'Other'])
  expect(puts.map(({ id }) => id)).toEqual(['flow'])
})

test('what could not be put is told, stays written, and is put as soon as it can be', async () => {
  const { start, write, names, fail } = await started()
  const { configuration } = await start()
  await write(configuration, named('First'))
  // The run that the watch begins, and the change's own.
  fail(2)
  await expect(write(configuration, named('Second'))).rejects.toThrow('away')
  expect((await configuration.read()).get('flow', 'flow')?.value.name).toBe('Second')
  await expect.poll(names).toEqual(['Second'])
})

test('what failed is put again even where it is there: others may not have been told', async () => {
  const { start, write, names, puts, fail } = await started()
  const { configuration } = await start()
  await write(configuration, named('First'))
  puts.length = 0
  fail(2, 'after it is there')
  await expect(write(configuration, named('Second'))).rejects.toThrow('away')
  expect(await names()).toEqual(['Second'])
  await expect.poll(() => puts.length).toBeGreaterThan(2)
})

test('a start looks at everything: what was changed meanwhile, deleted, or made by nobody', async () => {
  const { open, start, write, dataflows } = await started()
  await write(open(), named('First'))
  const first = await start()
  await first.stop()
  await write(open(), named('Meanwhile'), named('New', 'new'))
  await dataflows.put({
    id: 'left-over',
    name: 'Left over',
    enabled: true,
    activationDelayMs: 0,
    solutions: [],
    segments: {},
  })
  await start()
  expect(await dataflows.list()).toMatchObject([
    { id: 'flow', name: 'Meanwhile' },
    { id: 'left-over', retired: true, enabled: false },
    { id: 'new', name: 'New' },
  ])
})

test('while it runs, a dataflow that no configuration made is let alone; one whose flow is deleted is retired', async () => {
  const { start, write, dataflows } = await started()
  const { configuration } = await start()
  const own = { id: 'own', name: 'Own', enabled: true, activationDelayMs: 0 }
  await dataflows.put({ ...own, solutions: [], segments: {} })
  await write(configuration, named('First'))
  await write(configuration, { kind: 'flow', id: 'flow', value: undefined })
  expect(await dataflows.list()).toMatchObject([
    { id: 'flow', retired: true, enabled: false, segments: {}, backfills: [], revision: 3 },
    { id: 'own', enabled: true },
  ])
  // From then on nobody puts what was made before.
  await dataflows.put({ ...own, id: 'late', solutions: [], segments: {}, revision: 2 })
  expect((await dataflows.list()).map(({ id }) => id)).toEqual(['flow', 'own'])
})
