import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStoreClock } from './store-clock.ts'

/** A machine and a Redis, each with its own time, and a wire between them. */
function world(storeAheadMs: number): {
  readonly clock: ReturnType<typeof createStoreClock>
  readonly storeMs: () => number
  /** A question whose way to Redis and back takes so long. */
  readonly ask: (thereMs: number, backMs: number) => Promise<void>
  readonly pass: (ms: number) => void
  readonly setDate: (byMs: number) => void
  readonly setStore: (byMs: number) => void
} {
  let trueMs = 1_000_000
  let dateAheadMs = 0
  let ahead = storeAheadMs
  const dateMs = (): number => Math.floor(1_795_000_000_000 + trueMs + dateAheadMs)
  const storeMs = (): number => Math.floor(1_795_000_000_000 + trueMs + ahead)
  const clock = createStoreClock({ monotonicMs: () => trueMs - 999_000, dateMs })
  return {
    clock,
    storeMs,
    ask: async (thereMs, backMs) => {
      await clock.ask(
        async () => {
          trueMs += thereMs
          const answer = storeMs()
          trueMs += backMs
          return answer
        },
        (answer) => answer,
      )
    },
    pass: (ms) => {
      trueMs += ms
    },
    setDate: (byMs) => {
      dateAheadMs += byMs
    },
    setStore: (byMs) => {
      ahead += byMs
    },
  }
}

test('it tells Redis’ time within half of the way there and back, however wrong the machine is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -600_000, max: 600_000 }),
      fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.nat(5_000)), { minLength: 1, maxLength: 8 }),
      async (aheadMs, asked) => {
        const { clock, storeMs, ask, pass } = world(aheadMs)
        let bestMs = Number.POSITIVE_INFINITY
        for (const [there, back, pause] of asked) {
          await ask(there, back)
          bestMs = Math.min(bestMs, (there + back) / 2)
          pass(pause)
          // What was measured better before counts still: minutes are needed to make it worse by 12 ms.
          expect(Math.abs(clock.nowMs() - storeMs())).toBeLessThanOrEqual(bestMs + 12)
        }
      },
    ),
    { seed: 7, numRuns: 200 },
  )
})

test('that the machine’s time is set changes nothing but what it is said to be off by', async () => {
  const { clock, storeMs, ask, setDate } = world(300_000)
  await ask(2, 2)
  expect(clock.skewMs()).toBe(-300_000)
  for (const byMs of [300_000, -900_000, 3_600_000]) {
    const before = clock.nowMs()
    setDate(byMs)
    expect(clock.nowMs()).toBe(before)
  }
  expect(clock.nowMs()).toBe(storeMs())
  expect(clock.skewMs()).toBe(-300_000 + 300_000 - 900_000 + 3_600_000)
})

test('a slow answer does not spoil what a quick one said, nor one long ago what is said now', async () => {
  const { clock, storeMs, ask, pass } = world(0)
  await ask(1, 1)
  await ask(4_000, 0)
  expect(Math.abs(clock.nowMs() - storeMs())).toBeLessThanOrEqual(1)
  pass(24 * 3_600_000)
  await ask(0, 100)
  // The answer of a day ago may be off by 17 s; this one by 50 ms, and it is.
  expect(storeMs() - clock.nowMs()).toBe(50)
})

test('when Redis’ own time is set, or another Redis answers, the next answer counts', async () => {
  const { clock, storeMs, ask, setStore } = world(0)
  await ask(1, 1)
  setStore(-120_000)
  await ask(30, 30)
  expect(Math.abs(clock.nowMs() - storeMs())).toBeLessThanOrEqual(31)
})
