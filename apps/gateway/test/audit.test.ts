import { Queue } from 'bullmq'
import { queuePrefix } from '@segue/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let reader: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  reader = await gateway.headers('view-user-activity-log')
})
afterAll(() => gateway.close())

interface Event {
  readonly eventId: string
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly kind: string
  readonly id: string
  readonly before?: unknown
  readonly after?: unknown
}

async function page(query = ''): Promise<{ readonly events: Event[]; readonly next?: string }> {
  const answer = await gateway.server.inject({ url: `/v1/audit${query}`, headers: reader })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

/** Leaves events by actor `mark`, numbered, every third of the kind `odd`. */
async function leave(mark: string, count: number): Promise<void> {
  await gateway.configuration.record(
    Array.from({ length: count }, (_, index) => ({
      actor: mark,
      action: 'updated',
      kind: index % 3 === 0 ? 'odd' : 'even',
      id: String(index),
      sandboxName: 'prod',
      before: { index: index - 1 },
      after: { index },
    })),
  )
}

test('pages hold every event once, in order, whatever is filtered', async () => {
  await leave('pages', 700)
  const all: Event[] = []
  let next: string | undefined
  do {
    const part = await page(`?actor=pages&kind=odd&limit=50${next ? `&after=${next}` : ''}`)
    expect(part.events.length).toBeLessThanOrEqual(50)
    all.push(...part.events)
    next = part.next
  } while (next !== undefined)
  expect(all.map(({ id }) => Number(id))).toEqual(
    Array.from({ length: 700 }, (_, index) => index).filter((index) => index % 3 === 0),
  )
  expect(all[1]).toMatchObject({
    actor: 'pages',
    action: 'updated',
    kind: 'odd',
    sandboxName: 'prod',
    before: { index: 2 },
    after: { index: 3 },
  })
})

const at = (ms: number): string => encodeURIComponent(new Date(ms).toISOString())

test('a range begins with its first millisecond and ends before its last', async () => {
  await leave('early', 2)
  const [first] = (await page('?actor=early')).events
  const fromMs = Date.parse(first!.at)
  const within = await page(`?actor=early&from=${at(fromMs)}&to=${at(fromMs + 60_000)}`)
  expect(within.events.map(({ id }) => id)).toEqual(['0', '1'])
  expect((await page(`?actor=early&to=${at(fromMs)}`)).events).toEqual([])
  expect((await page(`?actor=early&from=${at(fromMs + 60_000)}`)).events).toEqual([])
  expect((await page('?actor=early&id=1&action=updated&sandbox=prod')).events).toHaveLength(1)
  expect((await page('?actor=early&sandbox=other')).events).toEqual([])
})

test('an export is the same events, one a line, and is cut into many parts', async () => {
  await leave('export', 1_203)
  const answer = await gateway.server.inject({
    url: '/v1/audit/export?actor=export',
    headers: reader,
  })
  expect(answer.headers['content-type']).toContain('application/x-ndjson')
  const lines = answer.payload.trimEnd().split('\n')
  const ids = lines.map((line) => {
    const event: Event = JSON.parse(line)
    return Number(event.id)
  })
  expect(ids).toEqual(Array.from({ length: 1_203 }, (_, index) => index))
})

test.each(['?limit=0', '?limit=1001', '?from=yesterday', '?after=x', '?color=red'])(
  'what cannot be asked for is refused: %s',
  async (query) => {
    const answer = await gateway.server.inject({ url: `/v1/audit${query}`, headers: reader })
    expect(answer.json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  },
)

test('what is older than the audit goes back is not shown, though it is still there', async () => {
  const short = await startGateway({ SEGUE_AUDIT_DAYS: '1' })
  const headers = await short.headers('view-user-activity-log')
  const audit = `{segue:${short.sandbox.name}}:audit`
  const old = JSON.stringify({ actor: 'old', action: 'created', kind: 'flow', id: 'f' })
  // Issuing the token has left events, and none may come before them.
  await short.redis.del(audit)
  await short.redis.xadd(audit, `${Date.now() - 86_400_000 - 1}-0`, 'e', old)
  await short.configuration.record([{ actor: 'new', action: 'created', kind: 'flow', id: 'g' }])
  for (const url of ['/v1/audit?kind=flow', '/v1/audit/export?kind=flow']) {
    const answer = await short.server.inject({ url, headers })
    expect(answer.payload).toContain('"new"')
    expect(answer.payload).not.toContain('"old"')
  }
  await short.close()
})

test('a change through the board is recorded with what it found and left; one that was refused is not', async () => {
  const { name } = gateway.sandbox
  const queue = new Queue('activation', {
    connection: gateway.redis,
    prefix: queuePrefix(name, 'activation'),
  })
  await queue.add('bucket', { partition: 3 }, { delay: 3_600_000, jobId: 'p03-1-1' })
  const ask = (headers: Record<string, string>, url: string) =>
    gateway.server.inject({ method: 'PUT', url: `/queues/api/queues/${name}.${url}`, headers })
  const before = (await page('?kind=queue')).events.length
  const looker = await gateway.headers('view-queues')
  expect((await ask(looker, 'activation/pause')).statusCode).toBe(403)
  const writer = await gateway.headers('view-queues', 'manage-queues')
  expect((await ask(writer, 'none/pause')).statusCode).toBeGreaterThanOrEqual(400)
  expect((await ask(writer, 'activation/pause')).statusCode).toBe(200)
  expect((await ask(writer, 'activation/p03-1-1/promote')).statusCode).toBe(204)
  await queue.obliterate({ force: true })
  await queue.close()
  const events = (await page('?kind=queue')).events.slice(before)
  expect(events).toMatchObject([
    {
      actor: 'test',
      action: 'pause',
      id: `${name}.activation`,
      sandboxName: name,
      before: { state: { paused: false } },
      after: { state: { paused: true } },
    },
    {
      action: 'promote',
      id: `${name}.activation`,
      before: { jobId: 'p03-1-1', state: { job: 'delayed' } },
      after: { jobId: 'p03-1-1', state: { job: 'waiting' } },
    },
  ])
})
