import { randomUUID } from 'node:crypto'
import { withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { bullmqQueue } from '../src/index.ts'
import { storeClockBackend } from '../src/queue/store-clock-backend.ts'
import { memoryQueue } from '../src/testing.ts'
import { testJobQueue } from './job-queue.ts'

// Only the difference between the process' clock and the store's counts, so the store's is moved here.
describe.each([0, 300_000, -300_000])('BullMQ on a store %i ms ahead', (aheadMs) => {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null, protocol: 2 })
  afterAll(() => connection.disconnect())
  testJobQueue(() =>
    Promise.resolve({
      queue: bullmqQueue<{ readonly value: number }>({
        name: 'jobs',
        prefix: `{${randomUUID()}}`,
        connection,
        clock: { nowMs: () => Date.now() + aheadMs },
        failed: () => undefined,
      }),
      // Real time passes by itself while the test polls.
      pass: () => Promise.resolve(),
    }),
  )
})

test.each([300_000, -300_000])(
  'since when a job is run is told by the process’ own clock, by which its lock is kept, on a store %i ms ahead',
  async (aheadMs) => {
    const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null, protocol: 2 })
    const { Queue, Worker } = withBackend(storeClockBackend({ nowMs: () => Date.now() + aheadMs }))
    const options = { connection, prefix: `{${randomUUID()}}` }
    const queue = new Queue('locks', options)
    const seen: number[] = []
    const worker = new Worker(
      'locks',
      async (job) => {
        seen.push((job.processedOn ?? 0) - Date.now(), job.timestamp - Date.now())
      },
      options,
    )
    const drained = Promise.withResolvers<void>()
    worker.on('drained', () => {
      if (seen.length > 0) drained.resolve()
    })
    onTestFinished(async () => {
      await worker.close()
      await queue.close()
      connection.disconnect()
    })
    await queue.add('one', {}, { timestamp: Date.now() + aheadMs })
    await expect.poll(() => seen.length).toBe(2)
    const minutes = seen.map((ms) => Math.round(ms / 60_000) + 0)
    expect(minutes).toEqual([0, aheadMs / 60_000])
    await drained.promise
    // It waits for nothing now. A marker of another time than its own would keep it for the longest that it waits, 10 s.
    await queue.add('two', {}, { timestamp: Date.now() + aheadMs, delay: 200 })
    await expect.poll(() => seen.length, { timeout: 8_000 }).toBe(4)
  },
)

describe('memory', () => {
  testJobQueue(() => {
    let nowMs = 0
    const alarms: { timeMs: number; callback: () => void }[] = []
    const queue = memoryQueue<{ readonly value: number }>({
      nowMs: () => nowMs,
      at: (timeMs, callback) => {
        if (timeMs <= nowMs) setImmediate(callback)
        else alarms.push({ timeMs, callback })
      },
    })
    return Promise.resolve({
      queue,
      pass: (ms: number) => {
        nowMs += ms
        const due = alarms.filter(({ timeMs }) => timeMs <= nowMs)
        for (const alarm of due) alarms.splice(alarms.indexOf(alarm), 1)
        for (const { callback } of due) callback()
        return Promise.resolve()
      },
    })
  })
})
