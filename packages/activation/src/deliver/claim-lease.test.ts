import { simulatedClock } from '@segue/runtime/testing'
import { expect, test } from 'vitest'
import { keepClaims, leaseMs } from './claim-lease.ts'

const none = (): number => 0

test('claims hold for half of their lease, and on where they are renewed', async () => {
  const clock = simulatedClock(0)
  let renewals = 0
  let isAway = false
  const lease = keepClaims(clock, none)
  await lease.claim(
    () => Promise.resolve(),
    () => {
      renewals += 1
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve()
    },
  )
  await clock.advance(leaseMs)
  expect(renewals).toBeGreaterThan(2)
  expect(lease.holds()).toBe(true)
  isAway = true
  await clock.advance(leaseMs)
  expect(lease.holds()).toBe(false)
  isAway = false
  await clock.advance(leaseMs)
  expect(lease.holds()).toBe(true)
  await lease.end()
  const before = renewals
  await clock.advance(leaseMs)
  expect(renewals).toBe(before)
})

test('a claim counts from the call that made it: who slept until its answer has none, whatever was renewed meanwhile', async () => {
  const clock = simulatedClock(0)
  const lease = keepClaims(clock, none)
  const answered = Promise.withResolvers<undefined>()
  const claiming = lease.claim(
    () => answered.promise,
    () => Promise.resolve(),
  )
  await clock.advance(leaseMs / 2)
  answered.resolve(undefined)
  await claiming
  expect(lease.holds()).toBe(false)
  await lease.end()
})

test('no claim is sure any more once the store was away', async () => {
  const clock = simulatedClock(0)
  let interruptions = 0
  const lease = keepClaims(clock, () => interruptions)
  await lease.claim(
    () => Promise.resolve(),
    () => Promise.resolve(),
  )
  expect(lease.holds()).toBe(true)
  interruptions += 1
  expect(lease.holds()).toBe(false)
  await clock.advance(leaseMs)
  expect(lease.holds()).toBe(false)
  await lease.end()
})
