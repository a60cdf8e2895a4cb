import type { BackfillPlace, BackfillProgress, Dataflow } from '@segue/runtime'
import { draftRow, packChunk } from '@segue/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backfillsOwed } from '../src/views/backfills-owed.ts'
import { connect, entitle, flowBody, registerSegments, sender } from './flow-service/connected.ts'
import type { Connected, Send } from './flow-service/connected.ts'
import { partitionCount, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let send: Send
let connected: Connected
let flowId: string
beforeAll(async () => {
  gateway = await startGateway()
  send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
  await registerSegments(send, ['a', 'b'])
  connected = await connect(send, { activationDelayMs: 0, solutions: ['marketo', 'target'] })
  flowId = (await send('POST', '/flows', { body: flowBody(connected, ['a', 'b']) })).body.id
})
afterAll(() => gateway.close())

const projected = async (): Promise<Dataflow> =>
  (await gateway.sandbox.ports.dataflows.list()).find(({ id }) => id === flowId)!

interface Listed {
  readonly id: string
  readonly [field: string]: unknown
}

async function listed(): Promise<readonly Listed[]> {
  const { status, body } = await send('GET', '/v1/backfills')
  expect(status).toBe(200)
  return body['backfills'] as readonly Listed[]
}

test('activating orders a backfill, which waits until it is begun', async () => {
  expect(await listed()).toEqual([
    {
      id: (await projected()).backfills?.[0]?.id,
      flowId,
      flowName: 'ECA flow',
      segments: ['ups:a', 'ups:b'],
      reach: 'members',
      requestedAt: expect.any(String),
      state: 'waiting',
      profiles: { scanned: 0, total: 0 },
      rows: 0,
      pending: 0,
      solutions: { marketo: expect.anything(), target: expect.anything() },
    },
  ])
})

test('what is owed is work under way, though nobody has made a job of it; a flow that is off owes nothing', async () => {
  const idle = async (): Promise<unknown> => (await send('GET', '/v1/status')).body['idle']
  expect(await idle()).toBe(false)
  await send('POST', `/flows/${flowId}/action?op=disable`)
  expect(await idle()).toBe(true)
  const { dataflows } = gateway.sandbox.ports
  const dataflow = await projected()
  await dataflows.put({ ...dataflow, enabled: true })
  expect(await idle()).toBe(false)
})

test('progress is summed over partitions, and rows count as pending until they are settled', async () => {
  const { backfills, outbox } = gateway.sandbox.ports
  const order = (await projected()).backfills![0]!.id
  const place: BackfillPlace = { dataflow: flowId, order, solution: 'marketo' }
  const progress: BackfillProgress = {
    phase: 'profiles',
    cursor: '7',
    runId: 'x',
    since: '0-0',
    startedMs: 1_000,
    endedMs: 0,
    scanned: 5,
    profiles: 9,
    rows: 2,
    moved: 1,
    pages: 1,
  }
  const draft = { keys: [], numbers: [] }
  for (const profileKey of ['ECID:1', 'ECID:2']) {
    const revision = { revisionMs: 1, revisionSequence: 0 }
    draftRow(draft, { profileKey, segment: 0, ...revision, solutions: 1, realized: true })
  }
  const rows = [{ dueMs: 0, chunks: [packChunk(draft)], count: 2 }]
  await backfills.advance(0, place, undefined, progress, rows, 1_000)
  const show = async (): Promise<Listed> => (await send('GET', `/v1/backfills/${order}`)).body
  expect(await show()).toMatchObject({
    state: 'running',
    profiles: { scanned: 5, total: 9 },
    rows: 2,
    pending: 2,
    startedAt: '1970-01-01T00:00:01.000Z',
    solutions: { marketo: { state: 'running', rows: 2, pending: 2 }, target: { state: 'waiting' } },
  })

  const ended = { ...progress, phase: 'ended' as const, scanned: 9, endedMs: 2_000, pages: 2 }
  for (const solution of ['marketo', 'target']) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const before = solution === 'marketo' && partition === 0 ? progress : undefined
      await backfills.advance(partition, { ...place, solution }, before, ended, [], 0)
    }
  }
  const compared = await show()
  expect(compared).toMatchObject({ state: 'running', pending: 2, rows: 2 * 2 * partitionCount })
  expect(compared).toMatchObject({ comparedAt: '1970-01-01T00:00:02.000Z' })

  const [{ bucket } = { bucket: undefined }] = await outbox.buckets(0)
  const range = { bucket: bucket!, solution: 'marketo', from: 0, to: 0, progress: '01' }
  await outbox.plan(0, bucket!, 2, [range])
  expect(await show()).toMatchObject({ state: 'running', pending: 1 })
  const owed = () => backfillsOwed(gateway.sandbox.ports, partitionCount)
  expect(await owed()).toBe(false)
  await backfills.prune(1, [], Number.MAX_SAFE_INTEGER)
  expect(await owed()).toBe(true)
})

test('a repair is ordered for what the flow activates, and for nothing else', async () => {
  const before = (await projected()).backfills!.length
  const body = { flowId, segments: ['ups:b'], solutions: ['target'] }
  const { status, body: answer } = await send('POST', '/v1/backfills', { body })
  expect(status).toBe(202)
  const orders = (await projected()).backfills!
  expect(orders).toHaveLength(before + 1)
  expect(orders.at(-1)).toMatchObject({
    segments: ['ups:b'],
    solutions: ['target'],
    reach: 'members',
  })
  const id = orders.at(-1)?.id
  expect(answer['backfills']).toEqual([{ id, href: `/v1/backfills/${id}` }])
  expect((await listed()).map((one) => one.id)).toContain(id)

  const refused = { flowId, segments: ['ups:b', 'ups:x'], solutions: ['marketo', 'campaign'] }
  expect(await send('POST', '/v1/backfills', { body: refused })).toMatchObject({
    status: 400,
    body: {
      code: 'BACKFILL_INVALID',
      errors: [{ pointer: '/segments/1' }, { pointer: '/solutions/1' }],
    },
  })
  expect(await send('POST', '/v1/backfills', { body: { flowId: 'none' } })).toMatchObject({
    status: 404,
    body: { code: 'FLOW_UNKNOWN' },
  })
  expect(await send('POST', '/v1/backfills', { body: { segments: [] } })).toMatchObject({
    status: 400,
    body: { code: 'REQUEST_INVALID' },
  })
  expect((await projected()).backfills).toHaveLength(before + 1)
})

test('with the setting off a repair reaches only whom a solution was told of', async () => {
  await entitle(send, { backfill: false })
  await send('POST', '/v1/backfills', { body: { flowId } })
  expect((await projected()).backfills?.at(-1)).toMatchObject({ reach: 'told' })
  await entitle(send, { backfill: true })
})

test('a backfill that is not there is told as that, also where it is of another sandbox', async () => {
  const [first] = await listed()
  const elsewhere = { 'x-sandbox-name': gateway.name.slice(0, 20) }
  for (const [url, headers] of [
    ['/v1/backfills/none', {}],
    [`/v1/backfills/${first?.id}`, elsewhere],
  ] as const) {
    expect(await send('GET', url, { headers })).toMatchObject({
      status: 404,
      body: { code: 'BACKFILL_UNKNOWN' },
    })
  }
})
