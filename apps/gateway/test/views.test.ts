import { partitionOf } from '@segue/model'
import { codes, emptyProfile } from '@segue/profile'
import { emptyEntry, packChunk, packEntry, packProfile } from '@segue/runtime'
import { queuePrefix } from '@segue/redis'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exampleUpdate, partitionCount, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('admin')
})
afterAll(() => gateway.close())

async function get(url: string): Promise<{ status: number; body: Shown }> {
  const answer = await gateway.server.inject({ url, headers })
  return { status: answer.statusCode, body: answer.json() }
}

/** What the routes answer, as far as it is looked into here. */
interface Shown {
  readonly idle: boolean
  readonly partitions: readonly { readonly lag: number }[]
  readonly outbox: { readonly buckets: number; readonly rows: number }
  readonly queues: Record<string, Record<string, number>>
  readonly deadLetters: readonly { readonly segment: string }[]
  readonly dataflows: unknown
}

/** Puts a dataflow as no flow came to it. */
function putDataflow(id: string, solutions: readonly string[]): Promise<void> {
  return gateway.sandbox.ports.dataflows.put({
    id,
    name: 'Main',
    enabled: true,
    activationDelayMs: 0,
    solutions,
    segments: { 'ups:one': { name: 'One', solutions } },
  })
}

const person = 'crm:person-1'
const partition = partitionOf(person, partitionCount)
const qualifiedMs = Date.UTC(2026, 10, 1)
const untilMs = Date.UTC(2027, 0, 1)
const revisionMs = Date.UTC(2026, 10, 2)

/** Commits a profile that is in one segment and was in another, as a processor would. */
async function commitProfile(): Promise<void> {
  const { store, ownership, dataflows } = gateway.sandbox.ports
  await ownership.renew()
  const owner = (await ownership.take(partition)) ?? ''
  const profile = emptyProfile(person)
  profile.identities.push('GAID:11111111-2222-3333-4444-555555555555')
  profile.consentAtMs = qualifiedMs
  const one = [0, codes.Realized, qualifiedMs, untilMs, revisionMs, 5, 0]
  const two = [1, codes.Exited, qualifiedMs, 0, revisionMs, 6, 0]
  profile.memberships.push(...one, ...two)
  const keys = [person]
  const rows = [0, revisionMs, 5, 1, 1]
  const outcome = await store.commit(partition, {
    owner,
    dataflowsVersion: await dataflows.version(),
    expectedOffset: '0-0',
    offset: '7-1',
    profiles: [{ profileKey: person, packed: packProfile(profile) }],
    timers: [],
    newSegments: ['ups:one', 'ups:two'],
    firstSegment: 0,
    outbox: [{ dataflow: 'main', dueMs: 0, chunk: packChunk({ keys, numbers: rows }), rows: 1 }],
    counters: new Map([
      ['steppedRecords', 1],
      ['realized', 2],
      ['exited', 1],
      ['outboxRows', 1],
      ['resident', 1],
    ]),
    books: new Map([
      ['main|marketo|received', 1],
      ['main|marketo|pending', 1],
    ]),
  })
  expect(outcome).toMatchObject({ status: 'committed' })
}

test('a profile that nobody knows is told as that', async () => {
  expect(await get('/v1/profiles/crm/person-1')).toMatchObject({
    status: 404,
    body: { code: 'PROFILE_UNKNOWN' },
  })
  expect(await get('/v1/profiles/GAID/x')).toMatchObject({
    status: 400,
    body: { code: 'IDENTITY_INVALID', detail: expect.stringContaining('GAID_INVALID') },
  })
})

const status = (): ReturnType<typeof get> => get('/v1/status')

test('work is seen wherever it is: in the log, in the outbox, in a queue', async () => {
  expect((await status()).body).toMatchObject({ idle: true, sandbox: gateway.sandbox.name })

  await putDataflow('main', ['marketo'])
  const sent = await gateway.server.inject({
    method: 'POST',
    url: '/v1/profiles',
    headers,
    payload: exampleUpdate(1),
  })
  expect(sent.statusCode).toBe(202)
  const logged = (await status()).body
  expect(logged.idle).toBe(false)
  expect(logged.partitions[partition]).toEqual({
    partition,
    owner: null,
    offset: '0-0',
    lag: 1,
    resident: 0,
    setAside: 0,
  })

  await commitProfile()
  const stepped = (await status()).body
  expect(stepped).toMatchObject({
    idle: false,
    outbox: { buckets: 1, rows: 1 },
    memberships: { realized: 2, exited: 1 },
    books: { main: { marketo: { received: 1, pending: 1, activated: 0 } } },
  })
  expect(stepped.partitions[partition]).toEqual({
    partition,
    owner: `gateway-${process.pid}`,
    offset: '7-1',
    lag: 0,
    resident: 1,
    setAside: 0,
  })

  const [open] = await gateway.sandbox.ports.outbox.buckets(partition)
  const { bucket } = open!
  await gateway.sandbox.ports.outbox.seal(partition, bucket)
  expect((await status()).body).toMatchObject({ idle: false, outbox: { buckets: 1 } })
  await gateway.sandbox.ports.outbox.plan(partition, bucket, 1, [])
  expect((await status()).body).toMatchObject({ idle: true, outbox: { buckets: 0, rows: 0 } })

  const name = 'solution-marketo'
  const queue = new Queue(name, {
    connection: gateway.redis,
    prefix: queuePrefix(gateway.sandbox.name, name),
  })
  for (const delay of [0, 3_600_000]) {
    const job = await queue.add('range', {}, { delay })
    const seen = (await status()).body
    expect(seen.idle).toBe(false)
    expect(seen.queues[name]).toEqual({
      waiting: delay === 0 ? 1 : 0,
      active: 0,
      delayed: delay === 0 ? 0 : 1,
      failed: 0,
    })
    await job.remove()
  }
  await queue.pause()
  const paused = await queue.add('range', {})
  expect((await status()).body).toMatchObject({ idle: false })
  await paused.remove()
  await queue.close()
  expect((await status()).body.idle).toBe(true)
})

test('a profile shows its state, and what each solution was told, when, with which receipt', async () => {
  const { ledger, records } = gateway.sandbox.ports
  const receipt = await records.addReceipt('marketo', {
    dataflow: 'main',
    rows: 3,
    delivered: 2,
    requestIds: ['e42b#14272d07d78'],
  })
  const entry = emptyEntry()
  entry.doubts.add(1)
  entry.records.set(0, {
    status: 'realized',
    effect: 'followed',
    generation: 1,
    identityCount: 2,
    revisionMs,
    revisionSequence: 5,
    ...receipt,
    heldSinceMs: 0,
  })
  // The receipt of the other one is not kept any more.
  entry.records.set(1, {
    status: 'exited',
    effect: 'accepted',
    generation: 1,
    identityCount: 1,
    revisionMs,
    revisionSequence: 6,
    receiptMs: 1_000,
    receiptSequence: 3,
    heldSinceMs: 0,
  })
  const token = Buffer.from('abcdef')
  const claim = { profileKey: person, segments: [0] }
  await ledger.claim(partition, 'main', 'marketo', token, 60_000, [claim])
  const claimed = await get('/v1/profiles/CRM/person-1')
  expect(claimed.body.dataflows).toEqual({
    main: { marketo: { sending: true, sent: [], inDoubt: ['ups:one'] } },
  })
  await ledger.settle(partition, {
    dataflow: 'main',
    solution: 'marketo',
    token,
    entries: [{ profileKey: person, entry: packEntry(entry) }],
    rows: [],
    resent: [],
    deadLetters: [],
  })

  await records.follow('marketo', { ...receipt, dataflow: 'main', rows: 2, follow: 'batch-1' })
  const sentOf = async (): Promise<unknown> =>
    (await get('/v1/profiles/crm/person-1')).body.dataflows
  expect(await sentOf()).toMatchObject({ main: { marketo: { sent: [{ applied: false }, {}] } } })
  await records.unfollow('marketo', receipt)

  const revision = (sequence: number): string => `${revisionMs}-${sequence}`
  expect(await get('/v1/profiles/crm/person-1')).toEqual({
    status: 200,
    body: {
      sandbox: gateway.sandbox.name,
      profileKey: person,
      partition,
      condition: 'active',
      consentTime: '2026-11-01T00:00:00.000Z',
      identities: [
        { namespace: 'crm', id: 'person-1' },
        { namespace: 'GAID', id: '11111111-2222-3333-4444-555555555555' },
      ],
      memberships: [
        {
          segment: 'ups:one',
          status: 'realized',
          lastQualificationTime: '2026-11-01T00:00:00.000Z',
          validUntil: '2027-01-01T00:00:00.000Z',
          revision: revision(5),
        },
        {
          segment: 'ups:two',
          status: 'exited',
          lastQualificationTime: '2026-11-01T00:00:00.000Z',
          revision: revision(6),
        },
      ],
      dataflows: {
        main: {
          marketo: {
            sending: false,
            inDoubt: ['ups:two'],
            sent: [
              {
                segment: 'ups:one',
                status: 'realized',
                applied: true,
                identityCount: 2,
                revision: revision(5),
                sentAt: new Date(receipt.receiptMs).toISOString(),
                receipt: {
                  id: `${receipt.receiptMs}-${receipt.receiptSequence}`,
                  rows: 3,
                  delivered: 2,
                  requestIds: ['e42b#14272d07d78'],
                },
              },
              {
                segment: 'ups:two',
                status: 'exited',
                applied: false,
                identityCount: 1,
                revision: revision(6),
                sentAt: '1970-01-01T00:00:01.000Z',
                receipt: { id: '1000-3' },
              },
            ],
          },
        },
      },
    },
  })
})

test('a profile that is gone still shows what solutions were told of it', async () => {
  const { ledger } = gateway.sandbox.ports
  const gone = 'crm:person-2'
  const token = Buffer.from('abcdef')
  const claim = { profileKey: gone, segments: [0] }
  await ledger.claim(partitionOf(gone, partitionCount), 'main', 'marketo', token, 1, [claim])
  expect(await get('/v1/profiles/crm/person-2')).toMatchObject({
    status: 200,
    body: { condition: 'forgotten', memberships: [], dataflows: { main: { marketo: {} } } },
  })
})

test('dead letters are listed with their segment and code, by dataflow and solution, up to a limit', async () => {
  const { ledger } = gateway.sandbox.ports
  const deadLetters = Array.from({ length: 5 }, (_, index) => ({
    profileKey: person,
    segment: index,
    code: 'LIST_GONE',
    detail: 'the list is not there',
    atMs: qualifiedMs,
    attempts: 6,
  }))
  await ledger.settle(partition, {
    dataflow: 'main',
    solution: 'marketo',
    token: Buffer.from('abcdef'),
    entries: [],
    rows: [],
    resent: [],
    deadLetters,
  })
  const { body } = await get('/v1/dead-letters')
  expect(body.deadLetters).toHaveLength(5)
  expect(body.deadLetters.find(({ segment }) => segment === 'ups:one')).toEqual({
    dataflow: 'main',
    solution: 'marketo',
    partition,
    profileKey: person,
    segment: 'ups:one',
    code: 'LIST_GONE',
    detail: 'the list is not there',
    at: '2026-11-01T00:00:00.000Z',
    attempts: 6,
  })
  expect((await get('/v1/dead-letters?limit=2')).body.deadLetters).toHaveLength(2)
  for (const [query, count] of [
    ['solution=marketo', 5],
    ['solution=target', 0],
    ['dataflow=main&solution=marketo', 5],
    ['dataflow=other', 0],
  ] as const) {
    expect((await get(`/v1/dead-letters?${query}`)).body.deadLetters).toHaveLength(count)
  }
  for (const query of ['limit=0', 'limit=1001', 'limit=ten', 'unknown=1']) {
    expect(await get(`/v1/dead-letters?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    })
  }
})

test('dataflows are shown as the engine has them', async () => {
  await putDataflow('second', ['marketo', 'audience-manager'])
  expect(await get('/v1/dataflows/second')).toMatchObject({
    status: 200,
    body: { id: 'second', solutions: ['marketo', 'audience-manager'] },
  })
  expect((await get('/v1/dataflows')).body.dataflows).toMatchObject([
    { id: 'main' },
    { id: 'second' },
  ])
  expect((await get('/v1/dataflows/third')).status).toBe(404)
})

test('metrics tell what was taken in and what waits', async () => {
  const payload = ['not json', JSON.stringify(exampleUpdate(3))].join('\n')
  await gateway.server.inject({
    method: 'POST',
    url: '/v1/profiles',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload,
  })
  await gateway.server.inject({ url: '/v1/status' })
  const { payload: text, headers: answered } = await gateway.server.inject({
    url: '/metrics',
    headers,
  })
  const labels = `sandbox="${gateway.sandbox.name}"`
  expect(answered['content-type']).toContain('text/plain')
  for (const line of [
    `segue_updates_accepted_total{${labels}} 2`,
    `segue_updates_rejected_total{${labels},code="MALFORMED_JSON"} 1`,
    `segue_append_group_records_sum{${labels}} 2`,
    'segue_http_problems_total{code="TOKEN_MISSING"} 1',
    'segue_redis_up 1',
    'segue_requests_in_flight 0',
    `segue_queue_jobs{${labels},queue="activation",state="waiting"} 0`,
    'process_cpu_seconds_total',
  ]) {
    expect(text).toContain(line)
  }
  const lag = partitionOf('crm:person-3', partitionCount)
  expect(text).toContain(`segue_partition_lag_records{${labels},partition="${lag}"} 1`)
  expect(text).toMatch(
    /segue_http_request_duration_seconds_count\{method="POST",route="\/v1\/profiles",status="202"\} 2/,
  )
})

const trait = {
  kind: 'trait',
  name: 'One',
  id: '289983',
  in: { folder: 'Experience Platform Traits' },
}

test('a solution says what is wrong with it, how long things take, and what stands for each segment', async () => {
  const { records, counterparts } = gateway.sandbox.ports
  await putDataflow('troubled', ['marketo', 'audience-manager'])
  await records.describe('marketo', {
    namespaces: ['ECID'],
    readiness: [{ what: 'memberships', withinMs: 60_000 }],
  })
  const sinceMs = Date.UTC(2026, 10, 3)
  await records.setPause('marketo', {
    code: 'MARKETO_603',
    detail: 'look at the setting clientId',
    setting: 'clientId',
    sinceMs,
    untilMs: sinceMs + 60_000,
  })
  const accepted = { receiptMs: sinceMs, receiptSequence: 0, dataflow: 'troubled' }
  await records.follow('marketo', { ...accepted, rows: 7, follow: 'batch-1' })
  await counterparts.ready('audience-manager', 'troubled', 'ups:one', {
    remoteId: '289983',
    name: 'One',
    labels: ['C3'],
    objects: [trait],
  })
  await counterparts.ready('audience-manager', 'troubled', 'ups:old', {
    remoteId: '289984',
    name: 'Old',
  })
  await counterparts.failed('marketo', 'troubled', 'ups:one', {
    code: 'NAME_TAKEN',
    detail: 'another list has it',
    atMs: sinceMs,
  })
  const time = '2026-11-03T00:00:00.000Z'
  const pause = {
    code: 'MARKETO_603',
    detail: 'look at the setting clientId',
    setting: 'clientId',
    since: time,
    nextTry: '2026-11-03T00:01:00.000Z',
  }
  const marketo = {
    state: 'misconfigured',
    pause,
    accepted: { calls: 1, rows: 7, oldest: time },
    namespaces: ['ECID'],
    readiness: [{ what: 'memberships', withinSecs: 60 }],
  }
  expect(await get('/v1/dataflows/troubled/solutions')).toEqual({
    status: 200,
    body: {
      marketo: {
        ...marketo,
        segments: {
          'ups:one': {
            state: 'failed',
            name: 'One',
            trouble: { code: 'NAME_TAKEN', detail: 'another list has it', at: time },
          },
        },
      },
      'audience-manager': {
        state: 'working',
        accepted: { calls: 0, rows: 0 },
        namespaces: [],
        readiness: [],
        segments: {
          'ups:one': {
            state: 'ready',
            remoteId: '289983',
            name: 'One',
            labels: ['C3'],
            objects: [trait],
          },
          'ups:old': { state: 'ready', remoteId: '289984', name: 'Old' },
        },
      },
    },
  })
  expect((await status()).body).toMatchObject({ solutions: { marketo } })
  // A pause with no setting to mend is over when its time is.
  await records.setPause('audience-manager', {
    code: 'HTTP_429',
    detail: '',
    sinceMs,
    untilMs: sinceMs + 2_000,
  })
  expect((await status()).body).toMatchObject({
    solutions: { 'audience-manager': { state: 'working' } },
  })
  expect(await get('/v1/dataflows/none/solutions')).toMatchObject({
    status: 404,
    body: { code: 'DATAFLOW_UNKNOWN' },
  })
})
