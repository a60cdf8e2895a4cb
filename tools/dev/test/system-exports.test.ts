import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask } from '../src/launch/flow-service.ts'
import { expectSuccess, httpJson } from '../src/launch/http-json.ts'
import { solutions } from '../src/launch/run.ts'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

// "Validate data export": what Segue says arrived in each solution, held against what the solutions themselves hold.

const [labelled, other] = [randomUUID(), randomUUID()]
let system: System
const [person, stranger] = [newPerson(), newPerson()]

beforeAll(async () => {
  system = await startSystem({
    dataflows: { eca: { segments: [labelled, other], activationDelayMs: 0, solutions } },
  })
  await system.know([person.lead])
})
afterAll(() => system?.stop())

interface Export {
  readonly solution: string
  readonly desired: string
  readonly told: string
  readonly state: string
  readonly applied?: boolean
  readonly sentAt?: string
  readonly expected?: readonly { readonly what: string; readonly by: string }[]
  readonly deadLetter?: { readonly code: string }
  readonly excluded?: { readonly code: string }
  readonly counterpart: {
    readonly labels?: readonly string[]
    readonly objects?: readonly {
      readonly kind: string
      readonly name: string
      readonly id?: string
      readonly in?: Readonly<Record<string, string>>
      readonly has?: Readonly<Record<string, string>>
    }[]
  }
}

/** What Segue says of a person and segment, by solution. */
async function exportsOf(
  { lead }: TestPerson,
  segment: string,
): Promise<ReadonlyMap<string, Export>> {
  const answer = await system.get<{
    readonly segments: readonly { readonly exports: readonly Export[] }[]
  }>(`/v1/exports/ECID/${lead.ecid}?segment=ups:${segment}`)
  return new Map(
    answer.segments.flatMap(({ exports }) => exports.map((one) => [one.solution, one])),
  )
}

/** Which solutions hold the person in the segment, as they show it themselves. */
async function holders(who: TestPerson, segment: string): Promise<readonly string[]> {
  const members = await system.members()
  return solutions.filter((name) => {
    const held = members[name]?.[segment] ?? []
    return held.includes(who.ecid) || held.includes(who.email)
  })
}

/** Segue's word against the solutions' own. */
async function expectTrue(who: TestPerson, segment: string): Promise<void> {
  const exports = await exportsOf(who, segment)
  expect([...exports.keys()].toSorted()).toEqual([...solutions].toSorted())
  const applied = [...exports.values()].filter(
    ({ told, applied: isApplied }) => told === 'realized' && isApplied === true,
  )
  const accepted = [...exports.values()].filter(
    ({ told, applied: isApplied }) => told === 'realized' && isApplied === false,
  )
  const held = await holders(who, segment)
  // Where a solution cannot be asked, accepted is all that is known: it may hold the person or not yet.
  expect(held).toEqual(expect.arrayContaining(applied.map(({ solution }) => solution)))
  const known = new Set([...applied, ...accepted].map(({ solution }) => solution))
  expect(held.filter((name) => !known.has(name))).toEqual([])
}

async function say(who: TestPerson, segments: Readonly<Record<string, 'realized' | 'exited'>>) {
  const atMs = Date.now()
  const said = Object.fromEntries(
    Object.entries(segments).map(([segment, status]) => [segment, { status, atMs }]),
  )
  await system.stream([updateLine(who, { segments: said })])
  await system.untilIdle()
}

/** Labels a segment as a data steward does. */
async function label(segment: string, labels: readonly string[]): Promise<void> {
  const path = `/data/core/ups/segment/definitions/ups%3A${segment}`
  const { etag } = await ask<{ readonly etag: string }>(system.gateway, 'GET', path)
  const operations = [{ op: 'replace', path: '/labels', value: labels }]
  await ask(system.gateway, 'PATCH', path, operations, etag)
}

/** The controls of the data source that owns the traits, as Audience Manager shows them. */
async function exportControls(): Promise<unknown> {
  const { imsUrl, restUrl, clientId, clientSecret, dataSources } = system.sandbox.audienceManager
  const form = { client_id: clientId, client_secret: clientSecret, scope: 'openid,AdobeID' }
  const token = await httpJson<{ readonly access_token: string }>(
    'POST',
    `${imsUrl}/ims/token/v3`,
    {
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ ...form, grant_type: 'client_credentials' }).toString(),
    },
  )
  const shown = await httpJson<{
    readonly name: string
    readonly dataExportRestrictions: readonly string[]
  }>('GET', `${restUrl}/v1/datasources/${dataSources.traitOwner}`, {
    token: token.body.access_token,
    headers: { 'x-api-key': clientId },
  })
  expectSuccess('Audience Manager', shown)
  expect(shown.body.name).toBe('Experience Platform Segments')
  return shown.body.dataExportRestrictions
}

test('what arrived is what the solutions hold: nobody, in, out again', async () => {
  await say(person, { [labelled]: 'realized', [other]: 'realized' })
  await expectTrue(person, labelled)
  await expectTrue(person, other)
  const exports = await exportsOf(person, labelled)
  for (const one of exports.values()) {
    expect(one).toMatchObject({ desired: 'realized', told: 'realized' })
    const last = one.expected?.at(-1)
    expect(Date.parse(last?.by ?? '')).toBeGreaterThan(Date.parse(one.sentAt ?? ''))
  }
  // All but the one that cannot be asked.
  const asked = [...exports.values()].filter(({ state }) => state === 'applied')
  expect(asked.map(({ solution }) => solution).toSorted()).toEqual(
    solutions.filter((name) => name !== 'advertising-cloud').toSorted(),
  )

  await say(person, { [other]: 'exited' })
  await expectTrue(person, other)
  expect(await holders(person, other)).toEqual([])
  expect(await holders(person, labelled)).toEqual(solutions)
  for (const one of (await exportsOf(person, other)).values()) {
    expect(one).toMatchObject({ desired: 'exited', told: 'exited' })
  }
})

test('whom a solution does not know is not said to be there', async () => {
  await say(stranger, { [other]: 'realized' })
  await expectTrue(stranger, other)
  const exports = await exportsOf(stranger, other)
  expect(exports.get('marketo')?.told).toBe('none')
  expect(exports.get('analytics')).toMatchObject({ told: 'realized', state: 'applied' })
})

test('at Audience Manager: signal, trait and segment, in their folders, of the data source Experience Platform Segments', async () => {
  const objects = (await exportsOf(person, labelled)).get('audience-manager')?.counterpart.objects
  const source = {
    'data source': 'Experience Platform Segments',
    'data source id': `${system.sandbox.audienceManager.dataSources.traitOwner}`,
  }
  expect(objects).toMatchObject([
    { kind: 'signal', name: `segID = ${labelled}`, in: { search: 'SegId' } },
    {
      kind: 'trait',
      in: { folder: 'Experience Platform Traits', ...source },
      has: { type: 'Onboarded', 'integration code': labelled, rule: `segID == "${labelled}"` },
    },
    {
      kind: 'segment',
      in: { folder: 'Experience Platform Segments', ...source },
      has: { 'integration code': labelled, 'profile merge rule': 'External Merge Policy' },
    },
  ])
  const shown = await system.get<{ readonly exports: readonly Export[] }>(
    `/v1/exports/segments/ups:${labelled}`,
  )
  expect(shown.exports.map(({ solution }) => solution)).toEqual(solutions)
  for (const { counterpart } of shown.exports) {
    expect(counterpart.objects?.length).toBeGreaterThan(0)
  }
})

test('labels travel to the one that can hold them, and leave it with the label', async () => {
  expect(await exportControls()).toEqual([])
  await label(labelled, ['core/C3', 'core/C2'])
  await eventually('the data source has the control', async () =>
    JSON.stringify(await exportControls()).includes('PII'),
  )
  await system.untilIdle()
  const exports = await exportsOf(person, labelled)
  for (const [name, { counterpart }] of exports) {
    expect({ name, labels: counterpart.labels }).toEqual({
      name,
      labels: name === 'audience-manager' ? ['C2', 'C3'] : undefined,
    })
  }
  await label(labelled, ['core/C7'])
  await eventually(
    'the other control is there instead',
    async () => JSON.stringify(await exportControls()) === '["ON_SITE_PERSONALIZATION"]',
  )
  // As in the seed's edition, where access had to be set again.
  const { etag } = await ask<{ readonly etag: string }>(system.gateway, 'GET', '/v1/organisation')
  const off = [{ op: 'replace', path: '/settings/carryLabels', value: false }]
  await ask(system.gateway, 'PATCH', '/v1/organisation', off, etag)
  await eventually(
    'nothing is set without carryLabels',
    async () => JSON.stringify(await exportControls()) === '[]',
  )
})

test('a disabled flow says that it is why nothing goes', async () => {
  const path = `/data/foundation/flowservice/flows/${system.flow('eca')}/action?op=disable`
  await ask(system.gateway, 'POST', path)
  await say(person, { [other]: 'realized' })
  for (const one of (await exportsOf(person, other)).values()) {
    expect(one).toMatchObject({
      desired: 'realized',
      told: 'exited',
      state: 'excluded',
      excluded: { code: 'FLOW_DISABLED' },
    })
  }
  expect(await holders(person, other)).toEqual([])
})
