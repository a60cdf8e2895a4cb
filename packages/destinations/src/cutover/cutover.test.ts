import { expect, test } from 'vitest'
import { configure, type Write } from '../configuration/configure.ts'
import type { Flow } from '../flow/flow.ts'
import { organisationDefaults } from '../organisation/organisation.ts'
import { memoryConfiguration } from '../testing/memory-configuration.ts'
import { abandonCutover, prepareCutover, switchCutover } from './commands.ts'
import { gapMsOf } from './cutover.ts'

const actor = { name: 'ana' }
const flow: Flow = {
  sandboxName: 'prod',
  name: 'ECA',
  description: '',
  state: 'disabled',
  sourceConnectionId: 's',
  targetConnectionId: 't',
  selectors: [{ segment: 'ups:a', solutions: ['marketo'], createdAtMs: 1, updatedAtMs: 1 }],
  backfills: [],
  held: true,
}
const legacyOn: Write = {
  kind: 'organisation',
  id: 'organisation',
  value: {
    ...organisationDefaults,
    entitlements: { tier: 'prime', solutions: ['marketo'], audienceManagerLicence: false },
    legacySharing: { state: 'enabled' },
  },
}
const target: Write = {
  kind: 'targetConnection',
  id: 't',
  value: {
    sandboxName: 'prod',
    name: 'ECA',
    description: '',
    baseConnectionId: 'b',
    connectionSpec: { id: 'x', version: '1.0' },
    params: { solutions: ['marketo'], activationDelayMs: 0, marketingActions: [] },
  },
}

/** An organisation in which a flow is held beside the legacy integration. */
async function organisation(writes: readonly Write[] = []) {
  const clock = { nowMs: 1_000 }
  const store = memoryConfiguration()()
  let ids = 0
  const newId = () => `id-${(ids += 1)}`
  const ports = { store, nowMs: () => clock.nowMs, newId }
  const request = () => ({ nowMs: clock.nowMs, actor: actor.name, newId })
  const put = (all: readonly Write[]) =>
    configure(ports, actor, () => ({ writes: all, answer: () => undefined }))
  await put([legacyOn, target, { kind: 'flow', id: 'f', value: flow }, ...writes])
  return {
    clock,
    store,
    put,
    prepare: () => configure(ports, actor, (all) => prepareCutover(all, request())),
    switch: (id: string, given = {}) =>
      configure(ports, actor, (all) => switchCutover(all, id, request(), given)),
    abandon: (id: string) => configure(ports, actor, (all) => abandonCutover(all, id)),
  }
}

test('the switch turns one off and the other on in one change: no gap', async () => {
  const own = await organisation()
  const prepared = await own.prepare()
  own.clock.nowMs = 5_000
  const before = await own.store.read()
  const switched = await own.switch(prepared.id, { ticket: 'T-1' })
  const after = await own.store.read()
  expect(after.version).toBe(before.version + 1)
  expect(gapMsOf(switched.value)).toBe(0)
  expect(switched.value.steps).toEqual([
    { name: 'prepared', atMs: 1_000, by: 'ana' },
    { name: 'switched', atMs: 5_000, by: 'ana' },
  ])
  expect(after.get('organisation', 'organisation')?.value.legacySharing).toEqual({
    state: 'disabled',
    disabledAtMs: 5_000,
    ticket: 'T-1',
  })
  expect(after.get('flow', 'f')?.value).toMatchObject({
    state: 'enabled',
    held: false,
    backfills: [{ segments: ['ups:a'], solutions: ['marketo'], reach: 'members' }],
  })
})

test('what the vendor switched off earlier makes a gap, which is measured and backfilled', async () => {
  const own = await organisation()
  const { id } = await own.prepare()
  own.clock.nowMs = 9_000
  const { value } = await own.switch(id, { legacyDisabledAtMs: 3_000 })
  expect(gapMsOf(value)).toBe(6_000)
  const flowAfter = (await own.store.read()).get('flow', 'f')?.value
  expect(flowAfter?.backfills).toMatchObject([{ movedSinceMs: 3_000, requestedMs: 9_000 }])
})

test('a time to come is refused', async () => {
  const own = await organisation()
  const { id } = await own.prepare()
  await expect(own.switch(id, { legacyDisabledAtMs: 1_001 })).rejects.toMatchObject({
    code: 'CUTOVER_TIME_INVALID',
  })
  const { value } = await own.switch(id, { legacyDisabledAtMs: 1 })
  expect(gapMsOf(value)).toBe(999)
})

test('while the legacy integration is on, no flow can be on, and the other way round', async () => {
  const own = await organisation()
  const on: Write = { kind: 'flow', id: 'f', value: { ...flow, state: 'enabled', held: false } }
  await expect(own.put([on])).rejects.toMatchObject({ code: 'LEGACY_INTEGRATION_ACTIVE' })
  const { id } = await own.prepare()
  await own.switch(id)
  await expect(own.put([legacyOn])).rejects.toMatchObject({ code: 'LEGACY_INTEGRATION_ACTIVE' })
})

test('steps come in their order, each once', async () => {
  const own = await organisation()
  await expect(own.switch('none')).rejects.toMatchObject({ code: 'CUTOVER_UNKNOWN' })
  const first = await own.prepare()
  await expect(own.prepare()).rejects.toMatchObject({
    code: 'CUTOVER_EXISTS',
    fields: { id: first.id },
  })
  await own.abandon(first.id)
  const { id } = await own.prepare()
  await own.switch(id)
  await expect(own.switch(id)).rejects.toMatchObject({ code: 'CUTOVER_SWITCHED' })
  await expect(own.abandon(id)).rejects.toMatchObject({ code: 'CUTOVER_SWITCHED' })
  await expect(own.prepare()).rejects.toMatchObject({ code: 'LEGACY_INTEGRATION_OFF' })
})

test('without a held flow there is nothing to switch to', async () => {
  const own = await organisation([{ kind: 'flow', id: 'f', value: undefined }])
  const { id } = await own.prepare()
  await expect(own.switch(id)).rejects.toMatchObject({ code: 'CUTOVER_NO_FLOW' })
})
