import { expect, test } from 'vitest'
import type { JobQueue } from '../src/index.ts'

export interface QueueSubject {
  readonly queue: JobQueue<{ readonly value: number }>
  /** Lets the time pass that delayed jobs wait for. */
  readonly pass: (ms: number) => Promise<void>
}

const job = (id: string, value: number, delayMs = 0) => ({
  id,
  name: id,
  payload: { value },
  delayMs,
})

/** What every job queue owes. */
export function testJobQueue(create: () => Promise<QueueSubject>): void {
  test('runs each job once, with its payload', async () => {
    const { queue } = await create()
    const ran: number[] = []
    const worker = await queue.work(
      ({ payload }) => {
        ran.push(payload.value)
        return Promise.resolve({ status: 'done' })
      },
      { concurrency: 2 },
    )
    await queue.add([job('a', 1), job('b', 2), job('c', 3)])
    await expect
      .poll(() => ran.toSorted((one, other) => one - other), { timeout: 5_000 })
      .toEqual([1, 2, 3])
    await expect.poll(() => queue.counts(), { timeout: 5_000 }).toEqual(none)
    await worker.close()
    await queue.close()
  })

  test('a job with an id that is there is not added again', async () => {
    const { queue } = await create()
    await queue.add([job('a', 1, 60_000)])
    await queue.add([job('a', 2, 60_000)])
    await queue.ensure([job('a', 3, 60_000)])
    expect(await queue.counts()).toEqual({ ...none, delayed: 1 })
    await queue.close()
  })

  test('what is delayed runs at once when it is to be hastened', async () => {
    const { queue } = await create()
    const ran: string[] = []
    const worker = await queue.work(
      ({ id }) => {
        ran.push(id)
        return Promise.resolve({ status: 'done' })
      },
      { concurrency: 1 },
    )
    await queue.hasten()
    await queue.add([job('a', 1, 3_600_000), job('b', 2, 7_200_000)])
    expect((await queue.counts()).delayed).toBe(2)
    await queue.hasten()
    await expect.poll(() => ran.toSorted(), { timeout: 5_000 }).toEqual(['a', 'b'])
    await worker.close()
    await queue.close()
  })

  test('a delayed job is not run before its time', async () => {
    const { queue, pass } = await create()
    const ran: string[] = []
    const worker = await queue.work(
      ({ id }) => {
        ran.push(id)
        return Promise.resolve({ status: 'done' })
      },
      { concurrency: 1 },
    )
    await queue.add([job('late', 1, 300), job('now', 2)])
    await expect.poll(() => ran, { timeout: 5_000 }).toEqual(['now'])
    expect((await queue.counts()).delayed).toBe(1)
    await pass(300)
    await expect.poll(() => ran, { timeout: 5_000 }).toEqual(['now', 'late'])
    await worker.close()
    await queue.close()
  })

  test('a job that is not done runs again, later, with the payload it asked for', async () => {
    const { queue, pass } = await create()
    const ran: number[] = []
    const worker = await queue.work(
      ({ payload }) => {
        ran.push(payload.value)
        return Promise.resolve(
          payload.value < 3
            ? { status: 'again', afterMs: 20, payload: { value: payload.value + 1 } }
            : { status: 'done' },
        )
      },
      { concurrency: 1 },
    )
    await queue.add([job('a', 1)])
    for (let round = 1; round <= 3; round++) {
      await expect.poll(() => ran.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(round)
      await pass(20)
    }
    await expect.poll(() => ran, { timeout: 5_000 }).toEqual([1, 2, 3])
    await worker.close()
    await queue.close()
  })

  test('what is background runs when nothing else waits, also where it waited for its time', async () => {
    const { queue, pass } = await create()
    const ran: string[] = []
    await queue.add([
      { ...job('back', 1), background: true },
      { ...job('later', 2, 50), background: true },
      ...['a', 'b', 'c'].map((id) => job(id, 3)),
    ])
    const worker = await queue.work(
      ({ id }) => {
        ran.push(id)
        return Promise.resolve({ status: 'done' })
      },
      { concurrency: 1 },
    )
    await expect.poll(() => ran.slice(0, 4), { timeout: 5_000 }).toEqual(['a', 'b', 'c', 'back'])
    await pass(50)
    await expect.poll(() => ran, { timeout: 5_000 }).toEqual(['a', 'b', 'c', 'back', 'later'])
    await worker.close()
    await queue.close()
  })

  test('a run that throws is repeated', async () => {
    const { queue, pass } = await create()
    let runs = 0
    const worker = await queue.work(
      () => {
        runs += 1
        return runs === 1 ? Promise.reject(new Error('once')) : Promise.resolve({ status: 'done' })
      },
      { concurrency: 1 },
    )
    await queue.add([job('a', 1)])
    await expect.poll(() => runs, { timeout: 5_000 }).toBe(1)
    await pass(2_000)
    await expect.poll(() => runs, { timeout: 10_000 }).toBe(2)
    await worker.close()
    await queue.close()
  })

  test('close waits for the job in work', async () => {
    const { queue } = await create()
    const { promise: started, resolve: start } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    let done = false
    const worker = await queue.work(
      async () => {
        start()
        await released
        done = true
        return { status: 'done' }
      },
      { concurrency: 1 },
    )
    await queue.add([job('a', 1)])
    await started
    const closing = worker.close()
    release()
    await closing
    expect(done).toBe(true)
    await queue.close()
  })
}

const none = { waiting: 0, active: 0, delayed: 0, failed: 0 }
