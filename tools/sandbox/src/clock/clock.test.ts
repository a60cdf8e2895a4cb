import { expect, onTestFinished, test } from 'vitest'
import { createClock, type Clock } from './clock.ts'

function frozen(): Clock {
  const clock = createClock({ frozen: true })
  onTestFinished(clock.close)
  return clock
}

test('a frozen clock moves by being advanced, and by nothing else', () => {
  const clock = frozen()
  const before = clock.nowMs()
  clock.advance(1500)
  expect(clock.nowMs()).toBe(before + 1500)
  expect(clock.offsetMs()).toBe(1500)
})

test('what is due later runs once its time has come, and then not again', async () => {
  const clock = frozen()
  const ran: string[] = []
  await new Promise<void>((resolve) => {
    clock.at(clock.nowMs() + 2000, () => {
      ran.push('second')
      resolve()
    })
    clock.at(clock.nowMs() + 1000, () => ran.push('first'))
    clock.advance(1000)
    clock.at(clock.nowMs(), () => {
      ran.push('now')
      clock.advance(1000)
    })
  })
  clock.advance(10_000)
  expect(ran).toEqual(['first', 'now', 'second'])
})

test('a clock that runs again goes on from where it stood', () => {
  const clock = frozen()
  clock.advance(3_600_000)
  const stood = clock.nowMs()
  clock.freeze(false)
  expect(clock.nowMs()).toBeGreaterThanOrEqual(stood)
  clock.freeze(true)
  const again = clock.nowMs()
  expect(clock.nowMs()).toBe(again)
})
