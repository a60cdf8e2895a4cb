import { partitionOf } from '@segue/model'
import { EraseKind } from '@segue/profile'
import { erasureId, erasurePartition } from '@segue/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logRecords, partitionCount, startGateway, until } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('manage-profiles')
})
afterAll(() => gateway.close())

interface Shown {
  readonly id: string
  readonly state: string
  readonly subject: string
  readonly requestedBy: string
  readonly times: Readonly<Record<string, string>>
  readonly waitingFor: readonly unknown[]
}

async function ask(payload: object): Promise<{ readonly status: number; readonly body: Shown }> {
  const url = '/v1/privacy-requests'
  const answer = await gateway.server.inject({ method: 'POST', url, headers, payload })
  return { status: answer.statusCode, body: answer.json() }
}

async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await gateway.server.inject({ url: `/v1/privacy-requests${path}`, headers })
  return { status: answer.statusCode, body: answer.json() }
}

test('a request puts its record into the log of the profile’s partition, and is the same while it is under way', async () => {
  const { status, body } = await ask({ namespace: 'CRM', id: 'erase-me-1' })
  expect(status).toBe(202)
  expect(body).toMatchObject({ state: 'requested', requestedBy: 'test', waitingFor: [] })
  const partition = partitionOf('crm:erase-me-1', partitionCount)
  expect(erasurePartition(body.id)).toBe(partition)
  const again = await ask({ namespace: 'crm', id: 'erase-me-1' })
  expect([again.status, again.body.id]).toEqual([202, body.id])
  const records = await logRecords(gateway.sandbox)
  expect(records.filter(({ record }) => record[1] === 'crm:erase-me-1')).toEqual([
    { partition, record: [EraseKind, 'crm:erase-me-1'], segments: [] },
  ])
  expect(await get(`/${body.id}`)).toEqual({ status: 200, body })
})

test('neither answers nor audit nor log hold the identity', async () => {
  const { body } = await ask({ namespace: 'crm', id: 'secret-person' })
  const listed = await get('')
  const reader = await gateway.headers('view-user-activity-log')
  const url = `/v1/audit?kind=privacyRequest&id=${body.id}`
  const audit = await gateway.server.inject({ url, headers: reader })
  expect(audit.json().events).toMatchObject([
    {
      actor: 'test',
      action: 'requested',
      sandboxName: gateway.sandbox.name,
      after: { subject: body.subject },
    },
  ])
  const all = [JSON.stringify(body), JSON.stringify(listed), audit.payload, gateway.logged()]
  expect(all.join('')).not.toContain('secret-person')
})

test('an e-mail address is erased by its hash, as it is kept', async () => {
  const { body } = await ask({ namespace: 'Email', id: ' User@Example.com ' })
  const hashed = 'b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514'
  const again = await ask({ namespace: 'email_lc_sha256', id: hashed })
  expect(again.body.id).toBe(body.id)
})

async function page(query: string): Promise<readonly Shown[]> {
  const answer = await gateway.server.inject({ url: `/v1/privacy-requests${query}`, headers })
  return answer.json().requests
}

test('requests are listed over all partitions, the newest first, page by page', async () => {
  const asked: string[] = []
  for (let person = 0; person < 6; person += 1) {
    const { body } = await ask({ namespace: 'crm', id: `listed-${person}` })
    asked.unshift(body.id)
    // Pages go by time, to the millisecond.
    const askedMs = Date.parse(body.times['requested'] ?? '')
    await until('a millisecond has passed', () => Date.now() > askedMs)
  }
  const first = await page('?limit=4')
  const before = encodeURIComponent(first.at(-1)?.times['requested'] ?? '')
  const rest = await page(`?limit=2&before=${before}`)
  expect([...first, ...rest].map(({ id }) => id)).toEqual(asked)
})

test.each([
  ['an id that is not one', 'x'],
  ['a partition that there is not', erasureId(99, '00000000-0000-4000-8000-000000000000')],
  ['a request that there is not', erasureId(1, '00000000-0000-4000-8000-000000000000')],
])('%s is not found', async (_, id) => {
  const { status, body } = await get(`/${id}`)
  expect([status, body]).toMatchObject([404, { code: 'PRIVACY_REQUEST_UNKNOWN' }])
})

test('a request of another sandbox is not found', async () => {
  const { body } = await ask({ namespace: 'crm', id: 'elsewhere' })
  const rights = await gateway.headers('admin')
  const url = `/v1/privacy-requests/${body.id}`
  const elsewhere = { ...rights, 'x-sandbox-name': gateway.sandbox.name.slice(0, 20) }
  const answer = await gateway.server.inject({ url, headers: elsewhere })
  expect(answer.statusCode).toBe(404)
})

test.each([
  [{ namespace: 'GAID', id: 'x' }, 'IDENTITY_INVALID'],
  [{ namespace: 'crm' }, 'REQUEST_INVALID'],
  [{ namespace: 'crm', id: 'x', why: 'because' }, 'REQUEST_INVALID'],
])('%j is refused', async (payload, code) => {
  const { status, body } = await ask(payload)
  expect([status, body]).toMatchObject([400, { code }])
})

test('where as many are remembered as may be, a new one is refused and an old one is not forgotten', async () => {
  const { redis, sandbox } = gateway
  const tombstones = `{segue:${sandbox.name}:p0${partitionOf('crm:one-too-many', partitionCount)}}:tombstones`
  const nowMs = Date.now()
  const many = Array.from({ length: 50_000 }, (_, index) => [nowMs, `hash-${index}`]).flat()
  await redis.zadd(tombstones, ...many)
  const refused = await ask({ namespace: 'crm', id: 'one-too-many' })
  expect([refused.status, refused.body]).toMatchObject([429, { code: 'ERASURE_LIMIT' }])
  expect(await redis.zcard(tombstones)).toBe(50_000)
  // Those whose time is over make room, beside the erasures that are under way.
  const longAgoMs = nowMs - 36 * 86_400_000
  const over = Array.from({ length: 100 }, (_, index) => [longAgoMs, `hash-${index}`]).flat()
  await redis.zadd(tombstones, ...over)
  expect((await ask({ namespace: 'crm', id: 'one-too-many' })).status).toBe(202)
  await redis.del(tombstones)
})

test('what was dropped since it is older than an erasure is a metric', async () => {
  const { redis, sandbox } = gateway
  await redis.hincrby(`{segue:${sandbox.name}:p02}:counters`, 'OLDER_THAN_ERASURE', 7)
  const viewer = await gateway.headers('view-metrics')
  const { payload } = await gateway.server.inject({ url: '/metrics', headers: viewer })
  const labels = `sandbox="${sandbox.name}",partition="2"`
  expect(payload).toContain(`segue_older_than_erasure{${labels}} 7`)
})
