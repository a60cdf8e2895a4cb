import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, inject } from 'vitest'
import { bullmqQueue } from '../src/index.ts'
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
