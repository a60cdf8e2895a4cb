import { redisPorts } from '@segue/redis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exampleUpdate, partitionCount, startGateway, type TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>

beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('admin')
})
afterAll(() => gateway.close())

async function metric(name: string, labels: string): Promise<number> {
  const { payload } = await gateway.server.inject({ url: '/metrics', headers })
  const line = payload.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels))
  return Number(line?.slice(line.lastIndexOf(' ') + 1))
}

test('what nobody steps lags in records and in seconds, and what is due and does not run has an age', async () => {
  const sandbox = `sandbox="${gateway.name}"`
  expect(await metric('segue_partition_lag_seconds', sandbox)).toBe(0)
  const answer = await gateway.server.inject({
    method: 'POST',
    url: '/v1/profiles',
    headers: { ...headers, 'content-type': 'application/json' },
    payload: JSON.stringify(exampleUpdate(1)),
  })
  expect(answer.statusCode).toBe(202)
  const activation = gateway.sandbox.queues.get('activation')
  await activation?.add('late', {}, { delay: 1 })
  await activation?.add('later', {}, { delay: 3_600_000 })

  await vi.waitFor(
    async () => {
      const { payload } = await gateway.server.inject({ url: '/metrics', headers })
      const lags = [...payload.matchAll(/^segue_partition_lag_seconds\{.*\} (\S+)$/gm)]
      expect(lags.filter(([, seconds]) => Number(seconds) > 0)).toHaveLength(1)
      expect(payload).toMatch(/^segue_partition_lag_records\{.*\} 1$/m)
      expect(payload).toMatch(
        /^segue_queue_oldest_due_seconds\{.*queue="activation"\} (?!0$)[\d.e-]+$/m,
      )
      expect(payload).toMatch(/^segue_queue_oldest_due_seconds\{.*queue="backfill"\} 0$/m)
    },
    { timeout: 5_000, interval: 50 },
  )
})

test('workers are shown with their clocks, and partitions that nobody owns are counted', async () => {
  const { ownership } = redisPorts(gateway.redis, {
    sandbox: gateway.name,
    partitionCount,
    workerName: 'one',
  })
  const startedMs = Date.parse('2026-11-23T10:00:00Z')
  await ownership.renew({ state: 'live', host: 'here', startedMs, skewMs: -2500 })
  await ownership.take(2)
  const status = await gateway.server.inject({ url: '/v1/status', headers })
  expect(status.json()).toMatchObject({
    workers: [
      {
        name: 'one',
        host: 'here',
        startedAt: '2026-11-23T10:00:00.000Z',
        skewMs: -2_500,
        partitions: 1,
        state: 'live',
      },
    ],
  })
  await vi.waitFor(
    async () => {
      expect(await metric('segue_workers_live', gateway.name)).toBe(1)
      expect(await metric('segue_partitions_unowned', gateway.name)).toBe(partitionCount - 1)
      expect(await metric('segue_worker_clock_skew_seconds', 'worker="one"')).toBe(-2.5)
    },
    { timeout: 4_000, interval: 100 },
  )
  await ownership.leave()
})

test('a gateway that drains says that it is not ready, and serves what comes', async () => {
  let draining = false
  const other = await startGateway({}, undefined, { isDraining: () => draining })
  try {
    const ready = await other.server.inject('/readyz')
    expect(ready.statusCode).toBe(200)
    draining = true
    const answer = await other.server.inject('/readyz')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'STOPPING' })
    const served = await other.server.inject({ url: '/v1/me', headers: await other.headers() })
    expect(served.statusCode).toBe(200)
    expect(served.headers['connection']).toBe('close')
    expect((await other.server.inject('/healthz')).statusCode).toBe(200)
  } finally {
    await other.close()
  }
})
