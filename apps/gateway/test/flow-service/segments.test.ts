import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from '../test-gateway.ts'
import type { TestGateway } from '../test-gateway.ts'
import { connect, entitle, flowBody, sender } from './connected.ts'
import type { Send } from './connected.ts'

const url = '/data/core/ups/segment/definitions'
let gateway: TestGateway
let send: Send
beforeAll(async () => {
  gateway = await startGateway()
  send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
})
afterAll(() => gateway.close())

test('a segment is registered, read as documented, and not registered twice', async () => {
  const made = await send('POST', url, {
    body: {
      id: 'people',
      name: ' People in the USA ',
      description: 'All of them',
      labels: ['C3', 'core/C5'],
      // What Segue does not evaluate it does not keep.
      expression: { type: 'PQL', format: 'pql/text', value: 'homeAddress.country = "US"' },
      evaluationInfo: { continuous: { enabled: true } },
    },
  })
  expect(made.status).toBe(200)
  const { body } = await send('GET', `${url}/people`)
  expect(body).toEqual(made.body)
  expect(body).toEqual({
    id: 'people',
    namespace: 'ups',
    name: 'People in the USA',
    description: 'All of them',
    labels: ['core/C3', 'core/C5'],
    schema: { name: '_xdm.context.profile' },
    profileInstanceId: 'ups',
    imsOrgId: 'segue@AdobeOrg',
    sandbox: {
      sandboxId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sandboxName: gateway.sandbox.name,
      default: false,
    },
    evaluationInfo: {
      batch: { enabled: false },
      continuous: { enabled: true },
      synchronous: { enabled: false },
    },
    dataGovernancePolicy: { excludeOptOut: true },
    lifecycleState: 'published',
    origin: 'registered',
    createdBy: 'test',
    updatedBy: 'test',
    creationTime: body['creationTime'],
    updateTime: body['creationTime'],
    createEpoch: Math.floor(Number(body['creationTime']) / 1_000),
    updateEpoch: Math.floor(Number(body['creationTime']) / 1_000),
    _etag: made.etag,
  })
  expect(await send('POST', url, { body: { id: 'people', name: 'Again' } })).toMatchObject({
    status: 422,
    body: { code: 'SEGMENT_EXISTS', segment: 'ups:people' },
  })
  const other = await send('POST', url, {
    body: { id: 'people', namespace: 'AAM', name: 'Theirs' },
  })
  expect(other.status).toBe(200)
  // Left out it is batch, and without an id it gets one.
  const named = await send('POST', url, { body: { name: 'No id' } })
  expect(named.body).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    evaluationInfo: { batch: { enabled: true }, continuous: { enabled: false } },
  })
})

test('what is wrong with a definition is told with a pointer', async () => {
  const cases = [
    [{ name: '' }, 'REQUEST_INVALID', '/name'],
    [{ name: ' ' }, 'SEGMENT_INVALID', '/name'],
    [{ name: 'A', id: 'a\u0000b' }, 'SEGMENT_INVALID', '/id'],
    [{ name: 'A', namespace: 'a:b' }, 'SEGMENT_INVALID', '/namespace'],
    [{ name: 'A', labels: ['C99'] }, 'LABEL_UNKNOWN', '/labels/0'],
  ] as const
  for (const [body, code, pointer] of cases) {
    const answer = await send('POST', url, { body })
    expect(answer).toMatchObject({ status: 400, body: { code, errors: [{ pointer }] } })
  }
  for (const method of ['GET', 'DELETE'] as const) {
    expect(await send(method, `${url}/nowhere`)).toMatchObject({
      status: 404,
      body: { code: 'SEGMENT_UNKNOWN' },
    })
  }
  const patched = await send('PATCH', `${url}/people`, {
    body: [{ op: 'replace', path: '/origin', value: 'stream' }],
  })
  expect(patched).toMatchObject({
    status: 400,
    body: { code: 'FIELD_READ_ONLY', errors: [{ pointer: '/origin' }] },
  })
})

test('segments that the stream has brought appear by themselves, and can be registered then', async () => {
  const { store, ownership, dataflows } = gateway.sandbox.ports
  await ownership.renew()
  const segments = [
    ['ups:seen', 'ups:people'],
    ['ups:seen', 'AAM:seen too'],
  ]
  for (const [partition, newSegments = []] of segments.entries()) {
    const owner = (await ownership.take(partition)) ?? ''
    await store.commit(partition, {
      owner,
      dataflowsVersion: await dataflows.version(),
      expectedOffset: '0-0',
      offset: '1-1',
      profiles: [],
      timers: [],
      newSegments,
      firstSegment: 0,
      outbox: [],
      counters: new Map(),
      books: new Map(),
    })
  }
  expect(await send('GET', `${url}/AAM%3Aseen%20too`)).toMatchObject({
    status: 200,
    body: { namespace: 'AAM', id: 'seen too', name: 'seen too', origin: 'stream', labels: [] },
  })
  const listed = await send('GET', `${url}?sort=name:asc`)
  expect((listed.body['segments'] as { name: string }[]).map(({ name }) => name)).toEqual([
    'No id',
    'People in the USA',
    'seen',
    'seen too',
    'Theirs',
  ])
  const registered = await send('POST', url, { body: { id: 'seen', name: 'Seen and named' } })
  expect(registered).toMatchObject({ status: 200, body: { origin: 'registered' } })
  // Deleted, one that the stream has brought is there again, without its name.
  expect(await send('DELETE', `${url}/seen`)).toMatchObject({ status: 204 })
  expect((await send('GET', `${url}/seen`)).body).toMatchObject({ name: 'seen', origin: 'stream' })
})

test('lists are filtered, sorted, and read in parts', async () => {
  const list = async (query: string) => {
    const { body } = await send('GET', `${url}?${query}`)
    const { segments, page, link } = body as unknown as {
      segments: { id: string }[]
      page: object
      link: { next?: string }
    }
    return { ids: segments.map(({ id }) => id), page, link }
  }
  const first = await list('limit=2&sort=name:asc')
  expect(first).toMatchObject({
    page: { totalCount: 5, totalPages: 3, sortField: 'name', sort: 'asc', pageSize: 2, limit: 2 },
    link: { next: `${url}?start=2&limit=2&sort=name%3Aasc` },
  })
  const ids = [...first.ids]
  let next = first.link.next
  while (next !== undefined) {
    const part = await list(next.slice(url.length + 1))
    ids.push(...part.ids)
    next = part.link.next
  }
  expect(ids).toHaveLength(5)
  expect(new Set(ids).size).toBe(4)
  expect((await list('namespace=AAM')).ids.toSorted()).toEqual(['people', 'seen too'])
  expect((await list('name=PEOPLE')).ids).toEqual(['people'])
  expect((await list('evaluationInfo.continuous.enabled=true')).ids).not.toContain(undefined)
  expect((await list('evaluationInfo.batch.enabled=true')).page).toMatchObject({ totalCount: 2 })
  expect((await send('GET', `${url}?limit=101`)).status).toBe(400)
})

test('a new name reaches the engine, and a segment that is activated is not deleted', async () => {
  const { body: flow } = await send('POST', '/flows', {
    body: flowBody(await connect(send), ['people']),
  })
  const engine = async () =>
    (await gateway.sandbox.ports.dataflows.list()).find(({ id }) => id === flow.id)?.segments
  expect((await engine())?.['ups:people']).toMatchObject({ labels: ['C3', 'C5'] })
  const { etag } = await send('GET', `${url}/people`)
  const renamed = await send('PATCH', `${url}/people`, {
    ifMatch: etag,
    body: [
      { op: 'replace', path: '/name', value: 'Renamed' },
      { op: 'remove', path: '/labels/0' },
    ],
  })
  expect(renamed.status).toBe(200)
  expect(renamed.etag).not.toBe(etag)
  expect(await engine()).toMatchObject({ 'ups:people': { name: 'Renamed', labels: ['C5'] } })
  const stale = await send('PUT', `${url}/people`, { ifMatch: etag, body: { name: 'Late' } })
  expect(stale.status).toBe(412)
  const put = await send('PUT', `${url}/people`, { body: { description: 'Told anew' } })
  expect(put.body).toMatchObject({ name: 'Renamed', description: 'Told anew' })

  // By the setting, labels stay here.
  await entitle(send, { carryLabels: false })
  expect((await engine())?.['ups:people']).not.toHaveProperty('labels')

  expect(await send('DELETE', `${url}/people`)).toMatchObject({
    status: 409,
    body: { code: 'SEGMENT_IN_USE', usedBy: [{ kind: 'flow', id: flow.id }] },
  })
  await send('DELETE', `/flows/${flow.id}`)
  expect(await send('DELETE', `${url}/AAM%3Apeople`)).toMatchObject({ status: 204 })
})

test('names ask for one permission, labels for another', async () => {
  const mayName = sender(gateway, await gateway.headers('manage-segments'))
  const mayLabel = sender(gateway, await gateway.headers('apply-data-usage-labels'))
  const name = [{ op: 'replace', path: '/name', value: 'Named' }]
  const label = [{ op: 'replace', path: '/labels', value: ['C7'] }]
  const patch = (by: Send, body: object[]) => by('PATCH', `${url}/people`, { body })
  expect(await patch(mayName, label)).toMatchObject({
    status: 403,
    body: { code: 'PERMISSION_MISSING', permissions: ['apply-data-usage-labels'] },
  })
  expect(await patch(mayLabel, name)).toMatchObject({
    status: 403,
    body: { permissions: ['manage-segments'] },
  })
  expect(await patch(mayLabel, [...name, ...label])).toMatchObject({ status: 403 })
  expect((await patch(mayName, name)).status).toBe(200)
  expect((await patch(mayLabel, label)).status).toBe(200)
  const labelled = { id: 'x', name: 'X', labels: ['C1'] }
  expect((await mayName('POST', url, { body: labelled })).status).toBe(403)
})
