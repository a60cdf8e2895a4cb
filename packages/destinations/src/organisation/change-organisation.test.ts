import { expect, test } from 'vitest'
import { configure, type Write } from '../configuration/configure.ts'
import type { Flow } from '../flow/flow.ts'
import { memoryConfiguration } from '../testing/memory-configuration.ts'
import { changeOrganisation } from './change-organisation.ts'
import { organisationDocument } from './organisation-document.ts'
import { organisationDefaults } from './organisation.ts'

const flow: Flow = {
  sandboxName: 'prod',
  name: 'ECA',
  description: '',
  state: 'enabled',
  sourceConnectionId: 's',
  targetConnectionId: 't',
  selectors: [{ segment: 'ups:a', solutions: ['marketo'], createdAtMs: 1, updatedAtMs: 1 }],
  backfills: [],
  held: false,
}
const elsewhere = [{ segment: 'ups:b', solutions: ['marketo'], createdAtMs: 1, updatedAtMs: 1 }]
const organisation: Write = {
  kind: 'organisation',
  id: 'organisation',
  value: {
    ...organisationDefaults,
    entitlements: { tier: 'prime', solutions: ['marketo'], audienceManagerLicence: false },
  },
}

test('when all identities go again, enabled flows owe those that were kept back', async () => {
  const store = memoryConfiguration()()
  let ids = 0
  const context = { nowMs: 5, newId: () => `id-${(ids += 1)}` }
  const ports = { store, nowMs: () => 5, newId: context.newId }
  const actor = { name: 'ana' }
  await configure(ports, actor, () => ({
    writes: [
      organisation,
      { kind: 'flow', id: 'on', value: flow },
      { kind: 'flow', id: 'off', value: { ...flow, state: 'disabled', selectors: elsewhere } },
    ],
    answer: () => undefined,
  }))
  const set = (primaryIdentityOnly: boolean) =>
    configure(ports, actor, (configuration) =>
      changeOrganisation(
        configuration,
        organisationDocument(configuration).etag,
        (before) => ({ ...before, settings: { ...before.settings, primaryIdentityOnly } }),
        context,
      ),
    )
  const owed = async () =>
    (await store.read()).all('flow').map(({ id, value }) => [id, value.backfills.length])

  await set(true)
  expect(await owed()).toEqual([
    ['off', 0],
    ['on', 0],
  ])
  await set(false)
  expect(await owed()).toEqual([
    ['off', 0],
    ['on', 1],
  ])
  const [order] = (await store.read()).get('flow', 'on')?.value.backfills ?? []
  expect(order).toMatchObject({ segments: ['ups:a'], solutions: ['marketo'], reach: 'members' })
  await set(false)
  expect((await owed())[1]).toEqual(['on', 1])
})
