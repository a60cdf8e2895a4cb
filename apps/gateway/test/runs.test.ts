import { runId } from '@segue/destinations'
import type { RunView } from '@segue/destinations'
import { partitionKeys } from '@segue/redis'
import { bookField, runPeriods } from '@segue/runtime'
import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionCount, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
let matchesSchema: (body: unknown) => boolean
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('data-monitoring')
  const document = (await gateway.server.inject({ url: '/openapi.json', headers })).json()
  const schema: TSchema =
    document.paths['/data/foundation/flowservice/runs'].get.responses['200'].content[
      'application/json'
    ].schema
  const compiled = Compile(schema)
  matchesSchema = (body) => compiled.Check(body)
})
afterAll(() => gateway.close())

/** An hour of this year that has been over for long. */
const hour = Math.floor(Date.UTC(2026, 10, 1) / runPeriods.lengthMs)
const createdAt = (of: number): number => of * runPeriods.lengthMs

interface List {
  readonly items: readonly RunView[]
  readonly continuationToken?: string
  readonly count?: number
}

async function list(query: string | Record<string, string>, as = headers): Promise<List> {
  const answer = await gateway.server.inject({
    url: '/data/foundation/flowservice/runs',
    query,
    headers: as,
  })
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, ''])
  expect(matchesSchema(answer.json())).toBe(true)
  return answer.json()
}

const get = async (id: string, as = headers) =>
  gateway.server.inject({ url: `/data/foundation/flowservice/runs/${id}`, headers: as })

/** Leaves a run as the scripts leave it. */
async function leaveRun(
  flowId: string,
  at: number,
  numbers: Record<string, number>,
  partition = 0,
  changedMs = createdAt(at) + 1,
): Promise<void> {
  const { run, runs } = partitionKeys(gateway.sandbox.name, partition)
  await gateway.redis.hset(`${run}${flowId}:${at}`, { ...numbers, changedMs })
  await gateway.redis.zadd(`${runs}${flowId}`, at, at)
}

const flow = async (id: string): Promise<void> =>
  gateway.sandbox.ports.dataflows.put({
    id,
    name: id,
    enabled: true,
    activationDelayMs: 0,
    solutions: ['marketo'],
    segments: {},
  })

test('what is committed and settled is in the run of its hour at once', async () => {
  const { store, ownership, outbox, ledger } = gateway.sandbox.ports
  await flow('live')
  await ownership.renew()
  const outcome = await store.commit(1, {
    owner: (await ownership.take(1))!,
    expectedOffset: '0-0',
    offset: '1-0',
    dataflowsVersion: await gateway.sandbox.ports.dataflows.version(),
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: [{ dataflow: 'live', dueMs: 1_000, chunk: Buffer.from('x'), rows: 2 }],
    counters: new Map(),
    books: new Map([
      [bookField('live', 'marketo', 'received'), 3],
      [bookField('live', 'marketo', 'pending'), 2],
      [bookField('live', 'marketo', 'excluded:CONSENT_VIOLATION'), 1],
    ]),
  })
  const bucket = outcome.status === 'committed' ? outcome.opened[0]! : undefined
  const before = (await list({ property: 'flowId==live' })).items[0]!
  expect(before.metrics.recordSummary).toMatchObject({
    inputRecordCount: 3,
    outputRecordCount: 0,
    skippedRecordCount: 1,
    pendingRecordCount: 2,
    skippedInfo: [
      { code: 'CONSENT_VIOLATION', count: 1, type: 'Warning', message: /consent/, remedy: /./ },
    ].map((info) => ({
      ...info,
      message: expect.stringMatching(info.message),
      remedy: expect.stringMatching(info.remedy),
    })),
  })
  expect(before.metrics.statusSummary.status).toBe('processing')
  expect(before.createdAt).toBe(createdAt(bucket!.hour!))

  await outbox.seal(1, bucket!)
  const range = { bucket: bucket!, solution: 'marketo', from: 0, to: 0 }
  await outbox.plan(1, bucket!, 2, [{ ...range, progress: '00' }])
  await ledger.settle(1, {
    dataflow: 'live',
    solution: 'marketo',
    token: Buffer.alloc(6, 1),
    entries: [],
    rows: [
      {
        range,
        outcomes: [
          { row: 0, profileKey: 'p', outcome: 'activated' },
          { row: 1, profileKey: 'q', outcome: 'failed:LEAD_AMBIGUOUS' },
        ],
      },
    ],
    resent: [],
    deadLetters: [],
  })
  const [after] = (await (await get(before.id)).json()).items as RunView[]
  expect(after!.metrics.recordSummary).toMatchObject({
    inputRecordCount: 3,
    outputRecordCount: 1,
    failedRecordCount: 1,
    pendingRecordCount: 0,
    failedInfo: [{ code: 'LEAD_AMBIGUOUS', count: 1, message: 'Several leads match.' }],
  })
  expect(after!.etag).not.toBe(before.etag)
})

test('a run is the sum over all partitions, and is found by its id', async () => {
  await flow('summed')
  for (let partition = 0; partition < partitionCount; partition++) {
    const numbers = { 'marketo|received': 2, 'marketo|activated': 2, 'target|received': 1 }
    await leaveRun('summed', hour, { ...numbers, 'target|coalesced': 1 }, partition)
  }
  const [run, ...more] = (await list({ property: 'flowId==summed' })).items
  expect(more).toEqual([])
  expect(run!.metrics.recordSummary).toMatchObject({
    inputRecordCount: 3 * partitionCount,
    outputRecordCount: 2 * partitionCount,
    coalescedRecordCount: partitionCount,
  })
  expect(run!.metrics.statusSummary.status).toBe('success')
  expect(run!.id).toBe(runId('summed', hour))
  expect((await get(run!.id)).json()).toEqual({ items: [run] })
})

test('runs come newest first, page by page, each once, whatever flow they are of', async () => {
  const flows = ['paged-a', 'paged-b', 'paged-c']
  for (const id of flows) await flow(id)
  for (let back = 0; back < 5; back++) {
    for (const [index, id] of flows.entries()) {
      const at = hour - back * (index + 1)
      await leaveRun(id, at, { 'marketo|received': 1, 'marketo|activated': 1 }, back % 3)
    }
  }
  const all: RunView[] = []
  let pages = 0
  let token = ''
  do {
    const property = `createdAt<=${createdAt(hour)}`
    const query = new URLSearchParams({ property, limit: '4' })
    if (token !== '') query.set('continuationToken', token)
    const { items, continuationToken = '' } = await list(query.toString())
    expect(items.length).toBeLessThanOrEqual(4)
    all.push(...items)
    token = continuationToken
    pages += 1
  } while (token !== '')
  const mine = all.filter(({ flowId }) => flows.includes(flowId))
  expect(new Set(mine.map(({ id }) => id)).size).toBe(15)
  expect(mine).toHaveLength(15)
  const times = all.map((run) => run.createdAt)
  expect(times).toEqual(times.toSorted((one, other) => other - one))
  expect(pages).toBe(Math.ceil(all.length / 4))
})

test('filters: by flow, by status, by time, and how many there are', async () => {
  await flow('filtered')
  const activated = { 'marketo|received': 1, 'marketo|activated': 1 }
  const failed = { 'marketo|received': 1, 'marketo|failed:NOT_FOUND': 1 }
  const pending = { 'marketo|received': 1, 'marketo|pending': 1 }
  for (let back = 0; back < 12; back++) {
    await leaveRun('filtered', hour - back, [activated, failed, pending][back % 3]!)
  }
  const hoursOf = async (...properties: readonly string[]): Promise<readonly number[]> => {
    const params = new URLSearchParams({ property: 'flowId==filtered', limit: '3' })
    for (const property of properties) params.append('property', property)
    const found: number[] = []
    for (;;) {
      const { items, continuationToken } = await list(params.toString())
      found.push(...items.map((run) => hour - run.createdAt / runPeriods.lengthMs))
      if (continuationToken === undefined) return found
      params.set('continuationToken', continuationToken)
    }
  }
  const all = Array.from({ length: 12 }, (_, back) => back)
  expect(await hoursOf()).toEqual(all)
  const status = 'metrics.statusSummary.status'
  expect(await hoursOf(`${status}==failed`)).toEqual([1, 4, 7, 10])
  expect(await hoursOf(`${status}==processing`)).toEqual([2, 5, 8, 11])
  expect(await hoursOf(`${status}!=success`)).toEqual([1, 2, 4, 5, 7, 8, 10, 11])
  expect(await hoursOf('metrics.recordSummary.failedRecordCount>0')).toEqual([1, 4, 7, 10])
  const [from, to] = [createdAt(hour - 6), createdAt(hour - 3)]
  expect(await hoursOf(`createdAt>=${from}`, `createdAt<${to}`)).toEqual([4, 5, 6])
  expect(await hoursOf(`createdAt>${from}`, `createdAt<=${to}`)).toEqual([3, 4, 5])
  expect(await hoursOf(`createdAt==${from}`)).toEqual([6])
  expect(await hoursOf(`createdAt==${from + 1}`)).toEqual([])
  expect(await hoursOf(`createdAt>=${from + 1}`, `createdAt<=${to - 1}`)).toEqual([4, 5])
  expect(await hoursOf(`createdAt>${from - 1}`, `createdAt<${to + 1}`)).toEqual([3, 4, 5, 6])
  expect(await hoursOf(`createdAt<${from}`, `createdAt!=${from - 3_600_000}`)).toEqual([
    8, 9, 10, 11,
  ])
  expect(await hoursOf('flowId==other')).toEqual([])
  const count = new URLSearchParams({ property: 'flowId==filtered', limit: '1', count: 'true' })
  expect(await list(count.toString())).toMatchObject({ count: 12, items: [{}] })
  count.append('property', `createdAt>=${from}`)
  expect(await list(count.toString())).toMatchObject({ count: 7, items: [{}] })
})

test('an answer looks at no more than so many runs, and says how to go on', async () => {
  const { run, runs } = partitionKeys(gateway.sandbox.name, 0)
  const pipeline = gateway.redis.pipeline()
  const failed = { 'marketo|received': 1, 'marketo|failed:NOT_FOUND': 1, changedMs: 1 }
  for (let back = 0; back < 620; back++) {
    const fields = back === 610 ? failed : { 'marketo|received': 1, 'marketo|activated': 1 }
    pipeline.hset(`${run}sparse:${hour - back}`, { ...fields, changedMs: 1 })
    pipeline.zadd(`${runs}sparse`, hour - back, hour - back)
  }
  await pipeline.exec()
  const query = new URLSearchParams({ property: 'flowId==sparse', limit: '5' })
  query.append('property', 'metrics.statusSummary.status==failed')
  const first = await list(query.toString())
  expect(first.items).toEqual([])
  query.set('continuationToken', first.continuationToken!)
  const second = await list(query.toString())
  expect(second.items.map((one) => one.createdAt)).toEqual([createdAt(hour - 610)])
  expect(second.continuationToken).toBeUndefined()
})

test('runs of another sandbox are not seen, and those of a flow that is gone are, by its id', async () => {
  await leaveRun('gone', hour, { 'marketo|received': 1, 'marketo|activated': 1 })
  expect((await list({ property: 'flowId==gone' })).items).toHaveLength(1)
  const everything = (await list({ limit: '100' })).items
  expect(everything.length).toBeGreaterThan(0)
  expect(everything.map(({ flowId }) => flowId)).not.toContain('gone')
  expect((await get(runId('gone', hour))).json()).toMatchObject({ code: 'RUN_UNKNOWN' })

  await flow('here')
  await leaveRun('here', hour, { 'marketo|received': 1, 'marketo|activated': 1 })
  expect((await get(runId('here', hour))).statusCode).toBe(200)
  const other = await gateway.headers('admin')
  other['x-sandbox-name'] = gateway.sandbox.name.slice(0, 20)
  expect((await list({ property: 'flowId==here' }, other)).items).toEqual([])
  expect((await get(runId('here', hour), other)).statusCode).toBe(404)
})

test.for([
  ['an orderby that runs do not have', { orderby: 'flowId' }, '/orderby'],
  ['a filter that is none', { property: 'flowId' }, '/property'],
  ['a comparison with no number', { property: 'createdAt>=yesterday' }, '/property'],
  ['a token of no answer', { continuationToken: 'abc' }, '/continuationToken'],
  ['a count over all flows', { count: 'true' }, '/count'],
  ['a count of what must be read', { count: 'true', property: 'sandboxName==prod' }, '/count'],
  ['too many at once', { limit: '101' }, '/limit'],
] as const)('%s is told with a pointer', async ([, query, pointer]) => {
  const answer = await gateway.server.inject({
    url: '/data/foundation/flowservice/runs',
    query,
    headers,
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({
    code: 'REQUEST_INVALID',
    errors: [{ pointer: expect.stringContaining(pointer) }],
  })
})

test.for(['0', 'x'.repeat(64), runId('nobody', 1), '00000000-0000-8000-8000-000000000000'])(
  'a run of id %s is not there',
  async (id) => {
    const answer = await get(id)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'RUN_UNKNOWN' })
  },
)

test('every code that a run shows, and every other stable one, is listed with a remedy', async () => {
  const answer = await gateway.server.inject({ url: '/v1/codes', headers })
  const { codes }: { codes: { code: string; where: string; remedy: string; solution?: string }[] } =
    answer.json()
  expect(codes.every(({ remedy }) => remedy.length > 0)).toBe(true)
  const listed = new Set(codes.map(({ code, where }) => `${where} ${code}`))
  for (const one of [
    'run CONSENT_VIOLATION',
    'run NO_IDENTITY',
    'run LEAD_AMBIGUOUS',
    'run HTTP_<status>',
    'update NO_USABLE_IDENTITY',
    'warning ECID_INVALID',
    'answer RUN_UNKNOWN',
    'answer PERMISSION_MISSING',
  ]) {
    expect(listed).toContain(one)
  }
  expect(codes.find(({ code }) => code === 'LEAD_AMBIGUOUS')?.solution).toBe('marketo')
})
