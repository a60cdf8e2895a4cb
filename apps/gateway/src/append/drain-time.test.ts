import { expect, test } from 'vitest'
import { createDrainTime } from './drain-time.ts'

const bound = 1_000

/** A log of two partitions, and how often it was looked at. */
function log() {
  let nowMs = 0
  let looks = 0
  const counted = [0, 1].map(() => ({ appendedBytes: 0, steppedBytes: 0 }))
  const drain = createDrainTime(
    {
      counters: async (partition) => {
        looks += 1
        return new Map(Object.entries(counted[partition]!))
      },
    },
    2,
    bound,
    () => nowMs,
  )
  return {
    drain,
    counted,
    looks: () => looks,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('senders wait as long as the fullest partition takes at its pace to have room for many', async () => {
  const { drain, counted, pass } = log()
  counted[0]!.appendedBytes = 1_000
  counted[1]!.appendedBytes = 5_000
  counted[1]!.steppedBytes = 4_000
  // Nothing is known of a pace yet.
  expect(await drain.seconds()).toBe(1)
  pass(2_000)
  counted[0]!.appendedBytes += 100
  counted[0]!.steppedBytes += 100
  counted[1]!.appendedBytes += 20
  counted[1]!.steppedBytes += 20
  // 250 bytes too many: at 50 a second and at 10 a second.
  expect(await drain.seconds()).toBe(25)
  pass(1_000)
  counted[1]!.steppedBytes += 150
  counted[0]!.steppedBytes += 50
  expect(await drain.seconds()).toBe(4)
})

test('where nothing moves they wait half a minute, where there is room a second', async () => {
  const { drain, counted, pass } = log()
  counted[0]!.appendedBytes = 1_000
  await drain.seconds()
  pass(1_000)
  expect(await drain.seconds()).toBe(30)
  pass(1_000)
  counted[0]!.steppedBytes = 400
  expect(await drain.seconds()).toBe(1)
})

test('however many are refused, the log is looked at once a second', async () => {
  const { drain, looks, pass } = log()
  await Promise.all(Array.from({ length: 50 }, () => drain.seconds()))
  expect(looks()).toBe(2)
  pass(999)
  await drain.seconds()
  expect(looks()).toBe(2)
  pass(1)
  await Promise.all(Array.from({ length: 50 }, () => drain.seconds()))
  expect(looks()).toBe(4)
})
