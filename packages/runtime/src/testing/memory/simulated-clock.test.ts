import { expect, test } from 'vitest'
import { simulatedClock } from './simulated-clock.ts'

test('time stands still until it is advanced', async () => {
  const clock = simulatedClock(1_000)
  expect(clock.nowMs()).toBe(1_000)
  await clock.advance(250)
  expect(clock.nowMs()).toBe(1_250)
})

test('alarms ring at their own time, in its order, and those of one time in the order they were set', async () => {
  const clock = simulatedClock(0)
  const rung: string[] = []
  const set = (name: string, delayMs: number) =>
    clock.after(delayMs, () => rung.push(`${name}@${clock.nowMs()}`))
  set('late', 30)
  set('early', 10)
  set('early too', 10)
  set('beyond', 31)
  await clock.advance(30)
  expect(rung).toEqual(['early@10', 'early too@10', 'late@30'])
  await clock.advance(1)
  expect(rung.at(-1)).toBe('beyond@31')
})

test('what an alarm wakes runs before time goes on, and may set alarms on the way', async () => {
  const clock = simulatedClock(0)
  const seen: number[] = []
  const tick = async (): Promise<void> => {
    for (let hop = 0; hop < 10; hop++) await Promise.resolve()
    seen.push(clock.nowMs())
    clock.after(10, () => void tick())
  }
  void tick()
  await clock.advance(35)
  expect(seen).toEqual([0, 10, 20, 30])
})

test('an alarm that was cancelled does not ring, and one rings once', async () => {
  const clock = simulatedClock(0)
  let rung = 0
  const cancel = clock.after(5, () => (rung += 1))
  clock.after(5, () => (rung += 10))
  cancel()
  cancel()
  await clock.advance(5)
  await clock.advance(5)
  expect(rung).toBe(10)
})

test('alarms that keep time from passing are an error', async () => {
  const clock = simulatedClock(7)
  const again = (): void => {
    clock.after(0, again)
  }
  again()
  await expect(clock.advance(1)).rejects.toThrow('time stands still at 7')
})
