import { expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'

const tooMany = expect.objectContaining({ code: 'TOO_MANY_IN_FLIGHT', status: 429, retryAfter: 1 })

test('requests beyond the bound are refused until one has left', () => {
  const inFlight = createInFlight(2, 100)
  const first = inFlight.enter()
  inFlight.enter()
  expect(() => inFlight.enter()).toThrow(tooMany)
  first.release()
  inFlight.enter()
  expect(inFlight.requests()).toBe(2)
})

test('bytes are bounded over all requests, and come back when one leaves', () => {
  const inFlight = createInFlight(10, 100)
  const first = inFlight.enter()
  const second = inFlight.enter()
  first.grow(60)
  second.grow(40)
  expect(() => second.grow(1)).toThrow(tooMany)
  expect(inFlight.bytes()).toBe(100)
  first.release()
  expect(inFlight.bytes()).toBe(40)
  second.grow(60)
})

test('leaving twice gives nothing back twice', () => {
  const inFlight = createInFlight(10, 100)
  inFlight.enter()
  const leaver = inFlight.enter()
  leaver.grow(10)
  leaver.release()
  leaver.release()
  expect([inFlight.requests(), inFlight.bytes()]).toEqual([1, 0])
})
