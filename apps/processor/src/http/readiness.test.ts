import { expect, test } from 'vitest'
import { askReadiness, type ReadinessOptions, type WatchedWorker } from './readiness.ts'

const names = ['one', 'two']
const worker: WatchedWorker = {
  sandbox: 'prod',
  worker: 'one',
  partitionCount: 16,
  clock: { nowMs: () => 100_000 },
  partitions: {
    owned: () => [1, 2, 3],
    renewal: () => ({
      storeMs: 99_000,
      workers: names.map((name) => ({ name, state: 'live', untilMs: 104_000 })),
    }),
  },
}

function ask(own: Partial<ReadinessOptions>): ReturnType<typeof askReadiness> {
  return askReadiness({
    state: () => 'running',
    redis: () => ({ set: () => Promise.resolve('OK') }),
    workers: () => [worker],
    ...own,
  })
}

function failing(message: string): Partial<ReadinessOptions> {
  return { redis: () => ({ set: () => Promise.reject(new Error(message)) }) }
}

test('ready: Redis takes a write and the worker is known to live; how many partitions are on their way is told', async () => {
  expect(await ask({})).toEqual({
    ready: true,
    reasons: [],
    sandboxes: [{ sandbox: 'prod', partitions: { owned: 3, expected: 8 } }],
  })
})

test.each(['starting', 'stopping'] as const)('not ready while %s', async (state) => {
  const { ready, reasons } = await ask({ state: () => state })
  expect(ready).toBe(false)
  expect(reasons).toMatchObject([{ code: state.toUpperCase() }])
})

test.each([
  ['READONLY You can’t write against a read only replica.', /read-only/],
  ['LOADING Redis is loading the dataset in memory', /loading/],
  ['MISCONF Redis is configured to save RDB snapshots', /save to disk/],
  ['Connection is closed.', /does not answer/],
  ['ERR secret-of-somebody', /refuses a write/],
])('not ready where Redis says %s', async (message, detail) => {
  const { ready, reasons } = await ask(failing(message))
  expect(ready).toBe(false)
  expect(reasons).toMatchObject([
    { code: 'REDIS_UNAVAILABLE', detail: expect.stringMatching(detail) },
  ])
  expect(JSON.stringify(reasons)).not.toContain('secret')
})

test('not ready where the liveness has lapsed; a worker that does not step has none', async () => {
  const late = { ...worker, clock: { nowMs: () => 104_001 } }
  expect(await ask({ workers: () => [late] })).toMatchObject({
    ready: false,
    reasons: [{ code: 'LIVENESS_LAPSED', detail: expect.stringContaining('prod') }],
  })
  const { ready } = await ask({ workers: () => [{ ...late, partitions: undefined }] })
  expect(ready).toBe(true)
})
