import { partitionOf } from '@segue/model'
import { codes, emptyProfile } from '@segue/profile'
import { emptyEntry, packEntry, packProfile, unknownRecord } from '@segue/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionCount, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

const person = 'ECID:10527837386392355901041112038610706884'
const address = `/v1/exports/ECID/${person.slice(5)}`
const partition = partitionOf(person, partitionCount)
const revisionMs = Date.UTC(2026, 10, 2)
const segments = ['ups:a', 'ups:b', 'ups:c', 'ups:not-activated']
const hourMs = 3_600_000

let gateway: TestGateway
let headers: Record<string, string>
/** When the first segment was sent. */
let receiptMs = 0

beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('view-profiles', 'view-segments')
  await tellMarketo()
})
afterAll(() => gateway.close())

/** A profile in all segments, as a processor would have left it: told of the first, failed for the second, not asked for the third. */
async function tellMarketo(): Promise<void> {
  const { store, ownership, dataflows, ledger, records, counterparts } = gateway.sandbox.ports
  const solutions = ['marketo', 'target']
  const activated = segments.slice(0, 3).map((segment) => [segment, { name: segment, solutions }])
  await dataflows.put({
    id: 'main',
    name: 'Main',
    enabled: true,
    activationDelayMs: 0,
    solutions,
    segments: Object.fromEntries(activated),
  })
  const profile = emptyProfile(person)
  for (const index of segments.keys()) {
    profile.memberships.push(index, codes.Realized, revisionMs, 0, revisionMs, index, 0)
  }
  await ownership.renew()
  await store.commit(partition, {
    owner: (await ownership.take(partition)) ?? '',
    dataflowsVersion: await dataflows.version(),
    expectedOffset: '0-0',
    offset: '7-1',
    profiles: [{ profileKey: person, packed: packProfile(profile) }],
    timers: [],
    newSegments: segments,
    firstSegment: 0,
    outbox: [],
    counters: new Map(),
    books: new Map(),
  })
  await records.describe('marketo', {
    namespaces: ['ECID'],
    readiness: [{ what: 'members', withinMs: 4 * hourMs }],
  })
  await records.describe('target', { namespaces: ['GAID'], readiness: [] })
  await counterparts.ready('marketo', 'main', 'ups:a', {
    remoteId: '1001',
    name: 'AEP a',
    labels: ['C3'],
    objects: [{ kind: 'static list', name: 'AEP a', id: '1001', in: { folder: 'Folder 12' } }],
  })
  const receipt = await records.addReceipt('marketo', {
    dataflow: 'main',
    rows: 3,
    delivered: 3,
    requestIds: ['e42b#1'],
  })
  receiptMs = receipt.receiptMs
  await records.follow('marketo', { ...receipt, dataflow: 'main', rows: 3, follow: 'file-1' })
  const entry = emptyEntry()
  const told = { ...unknownRecord, status: 'realized', effect: 'followed', generation: 1 } as const
  entry.records.set(0, { ...told, identityCount: 1, revisionMs, ...receipt })
  const token = Buffer.from('abcdef')
  const claims = [{ profileKey: person, segments: [0, 1] }]
  await ledger.claim(partition, 'main', 'marketo', token, 60_000, claims)
  await ledger.settle(partition, {
    dataflow: 'main',
    solution: 'marketo',
    token,
    entries: [{ profileKey: person, entry: packEntry(entry) }],
    rows: [],
    resent: [],
    deadLetters: [
      {
        profileKey: person,
        segment: 1,
        code: 'LIST_GONE',
        detail: 'the list is not there',
        atMs: Date.now(),
        attempts: 10,
      },
    ],
  })
}

interface Exports {
  readonly code?: string
  readonly next?: string
  readonly segments: readonly {
    readonly segment: string
    readonly exports: readonly { readonly solution: string }[]
  }[]
  readonly exports: readonly object[]
}

async function get(url: string): Promise<{ readonly status: number; readonly body: Exports }> {
  const answer = await gateway.server.inject({ url, headers })
  return { status: answer.statusCode, body: answer.json() }
}

async function exportsOf(segment: string) {
  const { status, body } = await get(`${address}?segment=${encodeURIComponent(segment)}`)
  expect(status).toBe(200)
  expect(body.segments).toHaveLength(1)
  return body.segments[0]!.exports
}

test('accepted and not applied: with its receipt, by when, and where a person finds it', async () => {
  const [marketo, target] = await exportsOf('ups:a')
  expect(marketo).toEqual({
    flow: 'main',
    solution: 'marketo',
    desired: 'realized',
    told: 'realized',
    state: 'accepted',
    applied: false,
    identityCount: 1,
    revision: `${revisionMs}-0`,
    sentAt: new Date(receiptMs).toISOString(),
    receipt: expect.objectContaining({ rows: 3, delivered: 3, requestIds: ['e42b#1'] }),
    expected: [{ what: 'members', by: new Date(receiptMs + 4 * hourMs).toISOString() }],
    counterpart: {
      state: 'ready',
      remoteId: '1001',
      name: 'AEP a',
      labels: ['C3'],
      objects: [{ kind: 'static list', name: 'AEP a', id: '1001', in: { folder: 'Folder 12' } }],
    },
  })
  expect(target).toMatchObject({
    solution: 'target',
    told: 'none',
    state: 'excluded',
    excluded: { code: 'NO_IDENTITY' },
    counterpart: { state: 'missing', name: 'ups:a' },
  })
})

test('as soon as nobody asks about it any more it is applied', async () => {
  const { records } = gateway.sandbox.ports
  const accepted = { dataflow: 'main', rows: 3, follow: 'file-1' }
  const [one] = await records.followed('marketo')
  await records.unfollow('marketo', one!)
  expect(await exportsOf('ups:a')).toMatchObject([{ state: 'applied', applied: true }, {}])
  await records.follow('marketo', { ...one!, ...accepted })
})

test('what failed for good says so; what was not sent yet waits; what is not activated says that', async () => {
  expect(await exportsOf('ups:b')).toMatchObject([
    {
      state: 'failed',
      told: 'none',
      deadLetter: { code: 'LIST_GONE', detail: 'the list is not there', attempts: 10 },
    },
    {},
  ])
  expect(await exportsOf('ups:c')).toMatchObject([{ state: 'waiting', told: 'none' }, {}])
  expect(await exportsOf('ups:not-activated')).toMatchObject(
    ['marketo', 'target'].map((solution) => ({
      solution,
      state: 'excluded',
      excluded: { code: 'SEGMENT_NOT_ACTIVATED' },
      counterpart: { state: 'none' },
    })),
  )
})

test('without a segment: all that are activated, in pages that follow on', async () => {
  const all = await get(address)
  expect(all.body).toMatchObject({ profileKey: person, condition: 'active' })
  expect(all.body.segments.map(({ segment }) => segment)).toEqual(segments.slice(0, 3))
  const seen: string[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const start: string = next === '' ? '' : `&start=${encodeURIComponent(next)}`
    const { body } = await get(`${address}?limit=2&flowId=main${start}`)
    seen.push(...body.segments.map(({ segment }) => segment))
    next = body.next
  }
  expect(seen).toEqual(segments.slice(0, 3))
})

test.each([
  ['/v1/exports/ECID/10527837386392355901041112038610706885', 404, 'PROFILE_UNKNOWN'],
  [`${address}?segment=ups:nobody-knows`, 404, 'SEGMENT_UNKNOWN'],
  [`${address}?flowId=none`, 404, 'FLOW_UNKNOWN'],
  ['/v1/exports/ECID/x', 400, 'IDENTITY_INVALID'],
  [`${address}?limit=0`, 400, 'REQUEST_INVALID'],
  [`${address}?segments=ups:a`, 400, 'REQUEST_INVALID'],
  ['/v1/exports/segments/ups%3Anobody-knows', 404, 'SEGMENT_UNKNOWN'],
] as const)('%s answers %i %s', async (url, status, code) => {
  expect(await get(url)).toMatchObject({ status, body: { code } })
})

test('a segment says where it is found in each solution that it is activated for', async () => {
  const { status, body } = await get('/v1/exports/segments/ups%3Aa')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    segment: 'ups:a',
    exports: [
      {
        flow: 'main',
        enabled: true,
        solution: 'marketo',
        counterpart: { state: 'ready', objects: [{ kind: 'static list' }] },
        readiness: [{ what: 'members', withinSecs: 4 * 3_600 }],
      },
      { solution: 'target', counterpart: { state: 'missing' }, readiness: [] },
    ],
  })
  // Known, and activated nowhere: nothing stands for it.
  expect(await get('/v1/exports/segments/ups%3Anot-activated')).toMatchObject({
    status: 200,
    body: { exports: [] },
  })
})
