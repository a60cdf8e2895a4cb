import type { Bucket, Dataflow } from '@segue/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('data-monitoring')
})
afterAll(() => gateway.close())

const dataflow: Dataflow = {
  id: 'main',
  name: 'Main',
  enabled: true,
  activationDelayMs: 0,
  solutions: ['marketo', 'target'],
  segments: {},
}

async function get<Body>(url: string): Promise<Body> {
  const answer = await gateway.server.inject({ method: 'GET', url, headers })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

/** Commits one row after another, each into a bucket of its own. */
async function sealedBuckets(partition: number, count: number): Promise<readonly Bucket[]> {
  const { ownership, store, outbox } = gateway.sandbox.ports
  await ownership.renew()
  const owner = (await ownership.take(partition)) ?? ''
  const outcome = await store.commit(partition, {
    owner,
    expectedOffset: '0-0',
    offset: '1-0',
    dataflowsVersion: Number.MAX_SAFE_INTEGER,
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: Array.from({ length: count }, (_, second) => ({
      dataflow: 'main',
      dueMs: second * 1_000,
      chunk: Buffer.from('row'),
      rows: 1,
    })),
    counters: new Map([['outboxRows', count]]),
    books: new Map(['received', 'pending'].map((field) => [`main|marketo|${field}`, count])),
  })
  const opened = outcome.status === 'committed' ? outcome.opened : []
  for (const bucket of opened) await outbox.seal(partition, bucket)
  return opened
}

test('a solution over its backlog’s bound is shown as reconcile due, and is work under way, until that is done', async () => {
  const { ports } = gateway.sandbox
  await ports.dataflows.put(dataflow)
  const beforeMs = ports.clock.nowMs() - 60_000
  for (const partition of [0, 2]) {
    for (const bucket of await sealedBuckets(partition, 3)) {
      const range = { bucket, solution: 'marketo', from: 0, to: 0, progress: '0' }
      await ports.outbox.plan(partition, bucket, 1, [range], { heldRowsMax: 1 })
    }
  }
  interface Reconcile {
    readonly since: string
  }
  const status = () =>
    get<{ idle: boolean; books: unknown; reconciles: readonly Reconcile[] }>('/v1/status')
  const { reconciles, books } = await status()
  expect(reconciles).toEqual([
    { dataflow: 'main', solution: 'marketo', since: expect.any(String), rows: 4, partitions: 2 },
  ])
  expect(Date.parse(reconciles[0]?.since ?? '')).toBeGreaterThan(beforeMs)
  expect(books).toMatchObject({
    main: { marketo: { received: 6, pending: 2, excluded: { BACKLOG_FULL: 4 } } },
  })
  const solutions = await get<Record<string, object>>('/v1/dataflows/main/solutions')
  expect(solutions['marketo']).toMatchObject({ reconcile: reconciles[0] })
  expect(solutions['target']).not.toHaveProperty('reconcile')

  // What is held goes out; what was left out is still owed.
  for (const partition of [0, 2]) {
    for (const { bucket } of await ports.outbox.buckets(partition)) {
      const range = { bucket, solution: 'marketo', from: 0, to: 0 }
      await ports.ledger.settle(partition, {
        dataflow: 'main',
        solution: 'marketo',
        token: Buffer.alloc(6),
        entries: [],
        rows: [{ range, outcomes: [{ row: 0, profileKey: 'p', outcome: 'coalesced' }] }],
        resent: [],
        deadLetters: [],
      })
    }
  }
  expect((await status()).idle).toBe(false)
  await ports.dataflows.put({ ...dataflow, enabled: false })
  expect((await status()).idle).toBe(true)
  await ports.dataflows.put(dataflow)
  expect((await status()).idle).toBe(false)

  for (const partition of [0, 2]) {
    const [backlog] = await ports.backlogs.all(partition)
    await ports.backlogs.finish(partition, 'main', 'marketo', backlog?.due?.last ?? 0)
  }
  expect(await status()).toMatchObject({ idle: true, reconciles: [] })
})
