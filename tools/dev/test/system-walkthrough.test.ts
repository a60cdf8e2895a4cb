import { randomUUID } from 'node:crypto'
import { watchSlots, type SlotsWatch } from '@segue/redis/testing'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { solutions } from '../src/launch/run.ts'
import { startPrivateRedis } from '../src/redis/private-redis.ts'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

// The seed's walk-through, from the catalog to the end, over HTTP against Redis, gateway, processor and the six solutions.

const flowService = '/data/foundation/flowservice'
const policies = '/data/foundation/dulepolicy'
const definitions = '/data/core/ups/segment/definitions'
/** What the audiences are called while nobody has renamed them. */
const names = { buyers: 'Buyers', readers: 'Readers' } as const
const ids = { buyers: randomUUID(), readers: randomUUID(), kept: randomUUID() } as const
/** Its mapping rows cannot be taken back: members leave when their window ends. */
const removing = solutions.filter((solution) => solution !== 'advertising-cloud')

let system: System
const people: TestPerson[] = Array.from({ length: 12 }, newPerson)
/** What earlier steps made. */
const made = { connection: '', source: '', target: '', flow: '' }

let slots: SlotsWatch

beforeAll(async () => {
  system = await startSystem({
    dataflows: {},
    startRedis: async (dir) => {
      const redis = await startPrivateRedis(dir)
      slots = await watchSlots(redis.client)
      return redis
    },
  })
  await system.know(people.map(({ lead }) => lead))
})
afterAll(async () => {
  slots?.stop()
  await system?.stop()
})

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly etag: string
}

/** Asks the gateway as a script of the Platform's users would. */
async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options: { readonly body?: unknown; readonly ifMatch?: string; readonly token?: string } = {},
): Promise<Answer> {
  const { gateway } = system
  const answer = await request(`${gateway.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${options.token ?? gateway.token}`,
      'x-sandbox-name': 'prod',
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
  })
  const text = await answer.body.text()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: answer.statusCode, body, etag: String(answer.headers['etag'] ?? '') }
}

async function create(path: string, body: unknown): Promise<string> {
  const answer = await ask('POST', path, { body })
  expect(answer).toMatchObject({ status: 201, body: { id: expect.any(String) } })
  return (answer.body as { id: string }).id
}

/** The one item that reading an object of the flow service answers. */
async function item(path: string): Promise<{ readonly etag: string } & Record<string, unknown>> {
  const { status, body } = await ask('GET', path)
  expect(status).toBe(200)
  const [first] = (body as { items: ({ etag: string } & Record<string, unknown>)[] }).items
  return first!
}

async function patchFlow(operations: readonly object[]): Promise<Answer> {
  const path = `${flowService}/flows/${made.flow}`
  const { etag } = await item(path)
  return ask('PATCH', path, { body: operations, ifMatch: etag })
}

/** Changes the definition of the buyers' segment. */
async function patchBuyers(path: string, value: unknown): Promise<Answer> {
  const url = `${definitions}/${ids.buyers}`
  const { etag } = await ask('GET', url)
  return ask('PATCH', url, { ifMatch: etag, body: [{ op: 'replace', path, value }] })
}

function act(op: 'enable' | 'disable'): Promise<Answer> {
  return ask('POST', `${flowService}/flows/${made.flow}/action?op=${op}`, { body: {} })
}

const selector = (segment: string) => ({ type: 'PLATFORM_SEGMENT', value: { id: segment } })
let flowSpec = ''
let card = ''
let profileStore = ''
const selectors = '/transformations/0/params/segmentSelectors/selectors'
const flowBody = (segments: readonly string[]) => ({
  name: 'To the Experience Cloud',
  flowSpec: { id: flowSpec, version: '1.0' },
  sourceConnectionIds: [made.source],
  targetConnectionIds: [made.target],
  transformations: [
    {
      name: 'GeneralTransform',
      params: {
        profileSelectors: { selectors: [] },
        segmentSelectors: { selectors: segments.map(selector) },
      },
    },
  ],
})
/** Who is in a segment, by solution, as the solution itself holds it. */
async function membersOf(segment: string): Promise<Record<string, readonly string[]>> {
  const members = await system.members()
  return Object.fromEntries(
    solutions.map((solution) => [solution, members[solution]?.[segment] ?? []]),
  )
}

async function counterpartsOf(segment: string): Promise<Record<string, string>> {
  const answer = await request(`${system.sandbox.control}/control/members`)
  const all = (await answer.body.json()) as Record<
    string,
    Record<string, { readonly name: string; readonly segment: string }>
  >
  return Object.fromEntries(
    solutions.map((solution) => [
      solution,
      Object.values(all[solution] ?? {}).find((one) => one.segment === segment)?.name ?? '',
    ]),
  )
}

async function stream(
  who: readonly TestPerson[],
  segments: Readonly<Record<string, 'realized' | 'exited'>>,
): Promise<void> {
  const atMs = Date.now()
  const said = Object.fromEntries(
    Object.entries(segments).map(([id, status]) => [id, { status, atMs }]),
  )
  await system.stream(who.map((person) => updateLine(person, { segments: said })))
}

test('the catalog has one card, with its solutions and identities', async () => {
  const { body } = await ask('GET', `${flowService}/connectionSpecs`)
  const { items } = body as {
    items: {
      readonly id: string
      readonly name: string
      readonly attributes: {
        readonly isDestination?: boolean
        readonly solutions?: readonly { readonly id: string }[]
        readonly identities?: readonly { readonly namespace: string }[]
      }
    }[]
  }
  const cards = items.filter(({ attributes }) => attributes.isDestination === true)
  expect(cards.map(({ name }) => name)).toEqual(['Experience Cloud Audiences'])
  card = cards[0]!.id
  profileStore = items.find(({ name }) => name === 'Profile Store')!.id
  expect(cards[0]!.attributes.solutions?.map(({ id }) => id).toSorted()).toEqual(
    solutions.toSorted(),
  )
  expect(cards[0]!.attributes.identities?.map(({ namespace }) => namespace).toSorted()).toEqual(
    ['ECID', 'GAID', 'IDFA', 'email_lc_sha256'].toSorted(),
  )
  const specs = (await ask('GET', `${flowService}/flowSpecs`)).body as { items: { id: string }[] }
  flowSpec = specs.items[0]!.id
})

test('nobody connects without the entitlement, and then with it', async () => {
  const organisation = await ask('GET', '/v1/organisation')
  const connection = { name: 'Experience Cloud', connectionSpec: { id: card, version: '1.0' } }
  const entitle = async (entitlements: object): Promise<void> => {
    const { body } = await ask('GET', '/v1/organisation')
    const { etag } = body as { etag: string }
    const patched = await ask('PATCH', '/v1/organisation', {
      ifMatch: etag,
      body: [{ op: 'replace', path: '/entitlements', value: entitlements }],
    })
    expect(patched.status).toBe(200)
  }
  expect(organisation.status).toBe(200)
  await entitle({ tier: 'none', solutions: [], audienceManagerLicence: false })
  const refused = await ask('POST', `${flowService}/connections`, { body: connection })
  expect(refused).toMatchObject({ status: 403, body: { code: expect.stringMatching(/TIER/) } })
  await entitle({ tier: 'prime', solutions, audienceManagerLicence: true })
  made.connection = await create(`${flowService}/connections`, connection)
})

test('a second connection of the organisation is refused', async () => {
  const second = await ask('POST', `${flowService}/connections`, {
    body: { name: 'Another', connectionSpec: { id: card, version: '1.0' } },
  })
  expect(second).toMatchObject({
    status: 409,
    body: { title: expect.any(String), detail: expect.stringContaining('maxConnectionsPerOrg') },
  })
})

test('set up: source, target with its marketing action, and segments of the stream and of people', async () => {
  const base = await create(`${flowService}/connections`, {
    name: 'Profiles',
    connectionSpec: { id: profileStore, version: '1.0' },
  })
  made.source = await create(`${flowService}/sourceConnections`, {
    name: 'Profiles',
    connectionSpec: { id: profileStore, version: '1.0' },
    baseConnectionId: base,
  })
  made.target = await create(`${flowService}/targetConnections`, {
    name: 'Experience Cloud',
    description: 'All six',
    connectionSpec: { id: card, version: '1.0' },
    baseConnectionId: made.connection,
    params: { solutions, activationDelayMs: 0, marketingActions: ['emailTargeting'] },
  })
  const registered = await ask('POST', definitions, {
    body: { id: ids.buyers, name: names.buyers, labels: ['core/C4'] },
  })
  expect(registered.status).toBe(200)
  // These are not registered: they appear by themselves when they are first seen.
  await stream(people.slice(0, 4), { [ids.readers]: 'realized', [ids.kept]: 'realized' })
  await eventually('the segments of the stream are listed', async () => {
    const { body } = await ask('GET', definitions)
    const listed = (body as { segments: { id: string }[] }).segments.map(({ id }) => id)
    return [ids.buyers, ids.readers, ids.kept].every((id) => listed.includes(id))
  })
})

test('a policy blocks the activation, says why and what to do; mended, it goes through', async () => {
  const policy = await ask('POST', `${policies}/policies/custom`, {
    body: {
      name: 'No e-mail to those',
      status: 'ENABLED',
      marketingActionRefs: ['marketingActions/core/emailTargeting'],
      deny: { operator: 'OR', operands: [{ label: 'C4' }, { label: 'C5' }] },
    },
  })
  expect(policy.status).toBe(201)
  const refused = await ask('POST', `${flowService}/flows`, {
    body: flowBody([ids.buyers, ids.readers]),
  })
  expect(refused).toMatchObject({ body: { code: 'POLICY_VIOLATION' } })
  expect(refused.status).toBeGreaterThanOrEqual(400)
  const told = JSON.stringify(refused.body)
  for (const part of ['No e-mail to those', 'C4', ids.buyers, 'emailTargeting', 'remed']) {
    expect(told).toContain(part)
  }
  expect((await patchBuyers('/labels', [])).status).toBe(200)
  made.flow = await create(`${flowService}/flows`, flowBody([ids.buyers, ids.readers]))
  // From now on a label that would violate is refused.
  const labelled = await patchBuyers('/labels', ['core/C5'])
  expect(labelled).toMatchObject({ body: { code: 'POLICY_VIOLATION' } })
})

test('present members come by the backfill, new ones by the stream, in all six; what is not activated stays', async () => {
  // Else the backfill would find whom the stream brings too.
  await system.untilIdle()
  await stream(people, { [ids.buyers]: 'realized' })
  await system.untilIdle()
  const buyers = await membersOf(ids.buyers)
  const readers = await membersOf(ids.readers)
  const kept = await membersOf(ids.kept)
  for (const solution of solutions) {
    // Whom a solution is told by two identities is there once or twice; the e-mail or the ECID is among them.
    const held = new Set(buyers[solution])
    const has = (person: TestPerson) => held.has(person.ecid) || held.has(person.email)
    expect([solution, people.every(has)]).toEqual([solution, true])
    const early = new Set(readers[solution])
    const seen = people.filter(({ ecid, email }) => early.has(ecid) || early.has(email))
    expect([solution, seen.length]).toEqual([solution, 4])
    expect([solution, kept[solution]]).toEqual([solution, []])
  }
})

test('what was sent is shown for a person and segment: sent when, by which receipt, applied', async () => {
  const [namespace, id] = people[0]!.ecid.split(':')
  const { status, body } = await ask(
    'GET',
    `/v1/exports/${namespace}/${id}?segment=ups:${ids.buyers}`,
  )
  expect(status).toBe(200)
  const told = JSON.stringify(body)
  for (const solution of solutions) expect(told).toContain(solution)
  expect(told).toContain('Experience Platform Segments')
  expect(told).toContain('Experience Platform Traits')
})

test('a rename reaches all six', async () => {
  expect((await patchBuyers('/name', 'Loyal buyers')).status).toBe(200)
  await eventually('all six have the new name', async () => {
    const now = await counterpartsOf(ids.buyers)
    return solutions.every((solution) => now[solution]?.includes('Loyal buyers'))
  })
})

test('of two edits by one version the second is told so', async () => {
  const path = `${flowService}/flows/${made.flow}`
  const { etag } = await item(path)
  const edit = (name: string) =>
    ask('PATCH', path, { ifMatch: etag, body: [{ op: 'replace', path: '/name', value: name }] })
  expect((await edit('First')).status).toBe(200)
  expect(await edit('Second')).toMatchObject({ status: 412, body: { code: 'ETAG_STALE' } })
  expect(await item(path)).toMatchObject({ name: 'First' })
})

test('unmapping a segment removes it from the solutions', async () => {
  const flow = await item(`${flowService}/flows/${made.flow}`)
  const at = JSON.stringify(flow).includes(ids.readers) ? 1 : 0
  const answer = await patchFlow([{ op: 'remove', path: `${selectors}/${at}` }])
  expect(answer.status).toBe(200)
  await eventually('it is gone where it can be removed', async () => {
    const now = await counterpartsOf(ids.readers)
    return removing.every((solution) => now[solution] === '')
  })
})

test('a disabled flow sends nothing; enabled again, what changed meanwhile is sent, both ways', async () => {
  const [leaver, joiner] = [people[0]!, newPerson()]
  await system.know([joiner.lead])
  expect((await act('disable')).status).toBe(200)
  await stream([leaver], { [ids.buyers]: 'exited' })
  await stream([joiner], { [ids.buyers]: 'realized' })
  await system.untilIdle()
  const meanwhile = await membersOf(ids.buyers)
  for (const solution of solutions) {
    const held = new Set(meanwhile[solution])
    expect([solution, held.has(leaver.ecid) || held.has(leaver.email)]).toEqual([solution, true])
    expect([solution, held.has(joiner.ecid) || held.has(joiner.email)]).toEqual([solution, false])
  }
  expect((await act('enable')).status).toBe(200)
  await system.untilIdle()
  const after = await membersOf(ids.buyers)
  for (const solution of solutions) {
    const held = new Set(after[solution])
    expect([solution, held.has(leaver.ecid) || held.has(leaver.email)]).toEqual([solution, false])
    expect([solution, held.has(joiner.ecid) || held.has(joiner.email)]).toEqual([solution, true])
  }
})

test('the run of the hour has the books of the flow, and they balance', async () => {
  expect(await system.imbalances()).toEqual([])
  const { body } = await ask('GET', `${flowService}/runs?property=flowId==${made.flow}`)
  const { items } = body as {
    items: {
      readonly metrics: {
        readonly recordSummary: Readonly<Record<string, number>>
      }
    }[]
  }
  expect(items.length).toBeGreaterThan(0)
  for (const { metrics } of items) {
    const records = metrics.recordSummary
    const parts = ['output', 'coalesced', 'skipped', 'failed', 'pending']
    expect(records['inputRecordCount']).toBe(
      parts.reduce((sum, part) => sum + (records[`${part}RecordCount`] ?? Number.NaN), 0),
    )
  }
  expect(items.some(({ metrics }) => metrics.recordSummary['outputRecordCount']! > 0)).toBe(true)
})

test('deleted, the flow is gone, and so are its segments in the solutions', async () => {
  const path = `${flowService}/flows/${made.flow}`
  const deleted = await ask('DELETE', path)
  expect(deleted).toMatchObject({ status: 202, body: undefined })
  expect((await ask('GET', path)).status).toBe(404)
  await eventually('nothing stands for the segment where it can be removed', async () => {
    const now = await counterpartsOf(ids.buyers)
    return removing.every((solution) => now[solution] === '')
  })
})

test('the audit tells all of it: by whom, what, from what to what', async () => {
  const { body } = await ask('GET', '/v1/audit?limit=1000')
  const { events } = body as {
    events: { readonly actor: string; readonly action: string; readonly kind: string }[]
  }
  const seen = events.map(({ kind, action }) => `${kind} ${action}`)
  for (const expected of [
    'organisation created',
    'connection created',
    'targetConnection created',
    'segment updated',
    'policy created',
    'flow created',
    'flow updated',
    'flow deleted',
  ]) {
    expect(seen).toContain(expected)
  }
  expect(events.every(({ actor }) => actor !== '' && actor !== 'nobody')).toBe(true)
})

test('nothing of all this would have been too much for a cluster: whatever runs at once keeps to one slot', () => {
  expect([...slots.crossings]).toEqual([])
  expect(slots.scripts()).toBeGreaterThan(200)
  // Of ours, of the queues, and of what scripts run.
  for (const name of ['evalsha', 'xread', 'bzpopmin', 'hset', 'publish']) {
    expect(slots.commands).toContain(name)
  }
})
