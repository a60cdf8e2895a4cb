import { afterAll, beforeAll, expect, test } from 'vitest'
import { destinationSpecId, flowSpecId, profileStoreSpecId } from '@segue/destinations'
import { startGateway } from '../test-gateway.ts'
import type { TestGateway } from '../test-gateway.ts'
import {
  adding,
  connect,
  entitle,
  flowBody,
  registerSegments,
  selector,
  selectorsPath,
  sender,
} from './connected.ts'
import type { Connected, Send, Shown } from './connected.ts'

const solutions = [
  'audience-manager',
  'analytics',
  'advertising-cloud',
  'campaign',
  'target',
  'marketo',
]
let gateway: TestGateway
let send: Send
let connected: Connected
beforeAll(async () => {
  gateway = await startGateway()
  send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
  await registerSegments(send, ['a', 'b', 'c', 'd', 'e', 'f'])
  connected = await connect(send, { activationDelayMs: 0 })
})
afterAll(() => gateway.close())

async function read(id: string): Promise<Shown> {
  const { status, body } = await send('GET', `/flows/${id}`)
  expect(status).toBe(200)
  expect(body.items).toHaveLength(1)
  return body.items[0]!
}
const segmentsOf = (flow: Shown): readonly string[] =>
  flow.transformations.flatMap(({ params }) =>
    params.segmentSelectors.selectors.map(({ value }) => value.id),
  )
const dataflow = async (id: string) =>
  (await gateway.sandbox.ports.dataflows.list()).find((one) => one.id === id)

test('a flow is made, read as it is documented, and the engine goes by it before the answer', async () => {
  const beforeMs = Date.now()
  const made = await send('POST', '/flows', {
    body: flowBody(connected, ['a', selector('b', { solutions: ['target', 'marketo'] })]),
  })
  expect(made.status).toBe(201)
  expect(made.body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), etag: made.etag })
  expect(made.etag).toMatch(/^".+"$/)
  expect(await dataflow(made.body.id)).toMatchObject({
    enabled: true,
    activationDelayMs: 0,
    solutions,
    segments: {
      'ups:a': { name: 'Name of a', solutions },
      'ups:b': { name: 'Name of b', solutions: ['target', 'marketo'] },
    },
    primaryIdentityOnly: false,
    backfills: [
      { segments: ['ups:a'], solutions, reach: 'members' },
      { segments: ['ups:b'], solutions: ['target', 'marketo'], reach: 'members' },
    ],
  })

  const flow = await read(made.body.id)
  const seconds = expect.stringMatching(/^\d{10}$/)
  expect(flow).toEqual({
    id: made.body.id,
    createdAt: flow['createdAt'],
    updatedAt: flow['createdAt'],
    createdBy: 'test',
    updatedBy: 'test',
    sandboxId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    sandboxName: gateway.sandbox.name,
    imsOrgId: 'segue@AdobeOrg',
    version: made.etag,
    etag: made.etag,
    name: 'ECA flow',
    description: 'Activates',
    flowSpec: { id: flowSpecId, version: '1.0' },
    state: 'enabled',
    held: false,
    sourceConnectionIds: [connected.sourceId],
    targetConnectionIds: [connected.targetId],
    inheritedAttributes: {
      properties: { isDestinationFlow: true },
      sourceConnections: [
        {
          id: connected.sourceId,
          connectionSpec: { id: profileStoreSpecId, version: '1.0' },
          baseConnection: expect.objectContaining({ id: expect.any(String) }),
          typeInfo: { type: 'ProfileFragments', id: 'ups' },
        },
      ],
      targetConnections: [
        {
          id: connected.targetId,
          connectionSpec: { id: destinationSpecId, version: '1.0' },
          baseConnection: {
            id: connected.baseId,
            connectionSpec: { id: destinationSpecId, version: '1.0' },
          },
        },
      ],
    },
    transformations: [
      {
        name: 'GeneralTransform',
        params: {
          segmentSelectors: {
            selectors: [
              {
                type: 'PLATFORM_SEGMENT',
                value: {
                  id: 'a',
                  namespace: 'ups',
                  name: 'Name of a',
                  description: '',
                  createTime: seconds,
                  updateTime: seconds,
                  solutions,
                },
              },
              expect.objectContaining({
                value: expect.objectContaining({ id: 'b', solutions: ['target', 'marketo'] }),
              }),
            ],
          },
          profileSelectors: { selectors: [] },
        },
      },
    ],
    runs: `/runs?property=flowId==${made.body.id}`,
    lastOperation: {
      started: flow['createdAt'],
      updated: flow['createdAt'],
      percentCompleted: 100,
      status: { value: 'completed', properties: null, errors: [] },
    },
  })
  expect(flow['createdAt']).toBeGreaterThanOrEqual(beforeMs)
  await send('DELETE', `/flows/${made.body.id}`)
})

test('a flow is changed by what was read of it, disabled, enabled and deleted', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected, ['a']) })
  const url = `/flows/${body.id}`
  const added = await send('PATCH', url, {
    ifMatch: body.etag,
    body: [
      adding('b', { name: 'Whatever' }),
      adding('c'),
      { op: 'replace', path: '/name', value: 'Renamed' },
    ],
  })
  expect(added).toMatchObject({ status: 200, body: { id: body.id } })
  expect(added.etag).toBe(added.body.etag)
  expect(added.etag).not.toBe(body.etag)
  expect(segmentsOf(await read(body.id))).toEqual(['a', 'b', 'c'])
  expect((await dataflow(body.id))?.name).toBe('Renamed')
  expect((await dataflow(body.id))?.segments['ups:b']?.name).toBe('Name of b')

  const stale = await send('PATCH', url, { ifMatch: body.etag, body: [adding('d')] })
  expect(stale).toMatchObject({ status: 412, body: { code: 'ETAG_STALE' } })
  expect(await send('PATCH', url, { body: [adding('d')] })).toMatchObject({
    status: 400,
    body: { code: 'IF_MATCH_MISSING' },
  })
  // Places move: the first and the third go.
  const removed = await send('PATCH', url, {
    ifMatch: added.etag,
    body: [0, 1].map((index) => ({ op: 'remove', path: `${selectorsPath}/${index}` })),
  })
  expect(segmentsOf(await read(body.id))).toEqual(['b'])

  const off = await send('POST', `${url}/action?op=disable`)
  expect(off).toMatchObject({ status: 200, body: { id: body.id } })
  expect(off.etag).not.toBe(removed.etag)
  expect((await dataflow(body.id))?.enabled).toBe(false)
  expect(await send('POST', `${url}/action?op=ENABLE`)).toMatchObject({ status: 200 })
  expect(await dataflow(body.id)).toMatchObject({ enabled: true })
  expect((await dataflow(body.id))?.backfills?.at(-1)).toMatchObject({ segments: ['ups:b'] })
  for (const op of ['FINALIZE', 'finalize_update', 'Publish', 'constructor', 'explode']) {
    expect(await send('POST', `${url}/action?op=${op}`)).toMatchObject({
      status: 400,
      body: { code: 'FLOW_ACTION_UNSUPPORTED' },
    })
  }

  expect(await send('DELETE', url)).toMatchObject({ status: 202, body: {} })
  expect(await send('GET', url)).toMatchObject({ status: 404, body: { code: 'FLOW_UNKNOWN' } })
  expect(await dataflow(body.id)).toMatchObject({ retired: true, enabled: false, segments: {} })
})

test('what is wrong is told with a pointer, in the one shape of errors', async () => {
  const wrong = flowBody(connected, [selector('a', { schedule: { startDate: '2026-01-01' } })])
  const { status, body } = await send('POST', '/flows', { body: wrong })
  const errors = [{ pointer: `${selectorsPath}/0/value/schedule`, detail: expect.any(String) }]
  expect({ status, body }).toEqual({
    status: 400,
    body: {
      type: 'urn:segue:problem:SCHEDULE_UNSUPPORTED',
      title: expect.any(String),
      status: 400,
      detail: expect.any(String),
      code: 'SCHEDULE_UNSUPPORTED',
      requestId: expect.any(String),
      errors,
    },
  })
  const cases: readonly (readonly [object, string, string])[] = [
    [{ name: '' }, 'REQUEST_INVALID', '/name'],
    [{ name: '  ' }, 'FLOW_INVALID', '/name'],
    [{ flowSpec: { id: 'x' } }, 'FLOW_INVALID', '/flowSpec/id'],
    [{ flowSpec: { id: flowSpecId, version: '2.0' } }, 'FLOW_INVALID', '/flowSpec/version'],
    [{ sourceConnectionIds: ['x'] }, 'FLOW_INVALID', '/sourceConnectionIds/0'],
    [{ targetConnectionIds: [connected.sourceId] }, 'FLOW_INVALID', '/targetConnectionIds/0'],
    [{ targetConnectionIds: [] }, 'REQUEST_INVALID', '/targetConnectionIds'],
  ]
  for (const [change, code, pointer] of cases) {
    const answer = await send('POST', '/flows', { body: { ...flowBody(connected), ...change } })
    expect(answer).toMatchObject({ status: 400, body: { code, errors: [{ pointer }] } })
  }
  const unknown = await send('POST', '/flows', { body: flowBody(connected, ['nowhere']) })
  expect(unknown).toMatchObject({ status: 400, body: { code: 'SELECTOR_SEGMENT_UNKNOWN' } })
})

test('of another sandbox nothing is seen', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected) })
  const headers = { 'x-sandbox-name': gateway.name.slice(0, 20) }
  const places = [
    ['flows', body.id, 'FLOW_UNKNOWN'],
    ['targetConnections', connected.targetId, 'CONNECTION_UNKNOWN'],
    ['sourceConnections', connected.sourceId, 'CONNECTION_UNKNOWN'],
    ['connections', connected.baseId, 'CONNECTION_UNKNOWN'],
  ] as const
  for (const [kind, id, code] of places) {
    const other = (method: 'GET' | 'DELETE') => send(method, `/${kind}/${id}`, { headers })
    expect(await other('GET')).toMatchObject({ status: 404, body: { code } })
    expect(await other('DELETE')).toMatchObject({ status: 404, body: { code } })
    expect((await send('GET', `/${kind}`, { headers })).body.items).toEqual([])
    expect((await send('GET', `/${kind}/${id}`)).status).toBe(200)
    expect((await send('GET', `/${kind}/nowhere`)).status).toBe(404)
  }
  const patched = await send('PATCH', `/flows/${body.id}`, {
    headers,
    ifMatch: body.etag,
    body: [{ op: 'replace', path: '/name', value: 'Theirs' }],
  })
  expect(patched.status).toBe(404)
  await send('DELETE', `/flows/${body.id}`)
})

test('the Review step says what would start and end, is refused as the change would be, and writes nothing', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected, ['a', 'b']) })
  const { version } = await gateway.configuration.read()
  const before = await read(body.id)
  const patch = [
    { op: 'remove', path: `${selectorsPath}/1` },
    adding('c', { solutions: ['marketo'] }),
  ]
  const url = `/flows/${body.id}?dryRun=true`
  expect(await send('PATCH', url, { ifMatch: body.etag, body: patch })).toMatchObject({
    status: 200,
    body: {
      dryRun: true,
      name: 'ECA flow',
      state: 'enabled',
      held: false,
      solutions,
      segmentCount: 2,
      starts: [
        { segment: 'ups:c', name: 'Name of c', solutions: ['marketo'], backfill: 'members' },
      ],
      removes: [{ segment: 'ups:b', name: 'Name of b', solutions }],
    },
  })
  const made = await send('POST', '/flows?dryRun=true', { body: flowBody(connected, ['d']) })
  expect(made).toMatchObject({
    status: 200,
    body: { starts: [{ segment: 'ups:d', solutions, backfill: 'members' }], removes: [] },
  })
  const refused = await send('POST', '/flows?dryRun=true', { body: flowBody(connected, ['a']) })
  expect(refused).toMatchObject({ status: 409, body: { code: 'SEGMENT_ACTIVATED_ELSEWHERE' } })
  const stale = await send('PATCH', url, { ifMatch: '"stale"', body: patch })
  expect(stale).toMatchObject({ status: 412 })

  expect((await gateway.configuration.read()).version).toBe(version)
  expect(await read(body.id)).toEqual(before)
  await send('DELETE', `/flows/${body.id}`)
})

test('a segment that only the stream knows can be activated, and is listed from then on', async () => {
  const { store, ownership, dataflows } = gateway.sandbox.ports
  await ownership.renew()
  const owner = (await ownership.take(1)) ?? ''
  const committed = await store.commit(1, {
    owner,
    dataflowsVersion: await dataflows.version(),
    expectedOffset: '0-0',
    offset: '1-1',
    profiles: [],
    timers: [],
    newSegments: ['ups:streamed', 'AAM:7'],
    firstSegment: 0,
    outbox: [],
    counters: new Map(),
    books: new Map(),
  })
  expect(committed.status).toBe('committed')
  const { status, body } = await send('POST', '/flows', {
    body: flowBody(connected, ['streamed', selector('7', { namespace: 'AAM' })]),
  })
  expect(status).toBe(201)
  expect((await dataflow(body.id))?.segments).toMatchObject({
    'ups:streamed': { name: 'streamed' },
    'AAM:7': { name: '7' },
  })
  const renamed = await send('PATCH', '/data/core/ups/segment/definitions/AAM%3A7', {
    body: [{ op: 'replace', path: '/name', value: 'Lookalikes' }],
  })
  expect(renamed).toMatchObject({ status: 200, body: { origin: 'stream', namespace: 'AAM' } })
  expect((await dataflow(body.id))?.segments['AAM:7']?.name).toBe('Lookalikes')
  await send('DELETE', `/flows/${body.id}`)
})

const idsOf = (items: readonly Shown[]): readonly string[] => items.map(({ id }) => id)

test('lists come newest first, in parts that go on where they ended, filtered and counted', async () => {
  const ids: string[] = []
  for (let index = 0; index < 7; index += 1) {
    const body = { ...flowBody(connected), name: index % 2 === 0 ? 'Even' : 'Odd' }
    ids.push((await send('POST', '/flows', { body })).body.id)
  }
  const list = async (query: string) => (await send('GET', `/flows?${query}`)).body
  const made = (await list('limit=7')).items
  const times = made.map(({ createdAt }) => Number(createdAt))
  expect(times).toEqual(times.toSorted((one, other) => other - one))
  expect(idsOf(made).toSorted()).toEqual(ids.toSorted())

  const first = await list('limit=3&count=true')
  expect(first).toMatchObject({ count: 7, continuationToken: expect.any(String) })
  // One that was made and one that was deleted meanwhile change nothing of what follows.
  const late = (await send('POST', '/flows', { body: flowBody(connected) })).body.id
  await send('DELETE', `/flows/${first.items[0]?.id}`)
  const second = await list(`limit=3&continuationToken=${first.continuationToken}`)
  const third = await list(`limit=3&continuationToken=${second.continuationToken}`)
  expect(third.continuationToken).toBeUndefined()
  expect([...idsOf(first.items), ...idsOf(second.items), ...idsOf(third.items)]).toEqual(
    idsOf(made),
  )

  expect((await list('property=name==Odd')).items).toHaveLength(3)
  expect((await list('property=name!=Odd&property=name==Odd')).items).toEqual([])
  const target = `property=inheritedAttributes.targetConnections[].connectionSpec.id==${destinationSpecId}`
  expect((await list(target)).items).toHaveLength(7)
  expect((await list('property=targetConnectionIds[]==x')).items).toEqual([])
  const byName = (await list('orderby=name')).items.map(({ name }) => name)
  expect(byName).toEqual(byName.toSorted())
  for (const query of [
    'limit=0',
    'limit=101',
    'orderby=a.b',
    'property=name',
    'continuationToken=x',
  ]) {
    expect(await send('GET', `/flows?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID', errors: [{ pointer: expect.stringMatching(/^\//) }] },
    })
  }
  for (const id of [...ids, late]) await send('DELETE', `/flows/${id}`)
})

async function rights(...permissions: Parameters<TestGateway['headers']>): Promise<Send> {
  return sender(gateway, await gateway.headers(...permissions))
}

test('a flow with segments asks for what activating asks for; one without, for what connecting asks for', async () => {
  const mayConnect = await rights('manage-destinations')
  const body = flowBody(connected, ['e'])
  expect(await mayConnect('POST', '/flows', { body })).toMatchObject({
    status: 403,
    body: {
      code: 'PERMISSION_MISSING',
      permissions: ['activate-destinations', 'view-profiles', 'view-segments'],
    },
  })
  expect(await mayConnect('POST', '/flows?dryRun=true', { body })).toMatchObject({ status: 403 })
  const empty = await mayConnect('POST', '/flows', { body: flowBody(connected) })
  expect(empty.status).toBe(201)
  const mayActivate = await rights(
    'manage-destinations',
    'activate-destinations',
    'view-profiles',
    'view-segments',
  )
  const full = await mayActivate('POST', '/flows', { body })
  expect(full.status).toBe(201)
  // What a purpose is said to be is changed by who may both connect and activate.
  const target = await mayConnect('GET', `/targetConnections/${connected.targetId}`)
  const operations = [{ op: 'add', path: '/params/marketingActions/-', value: 'analytics' }]
  const purpose = (by: Send) =>
    by('PATCH', `/targetConnections/${connected.targetId}`, {
      ifMatch: target.etag,
      body: operations,
    })
  expect(await purpose(mayConnect)).toMatchObject({
    status: 403,
    body: { permissions: ['activate-destinations'] },
  })
  expect(await purpose(mayActivate)).toMatchObject({ status: 200 })
  for (const { body: made } of [empty, full]) await send('DELETE', `/flows/${made.id}`)
})
