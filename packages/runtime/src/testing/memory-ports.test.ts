import { expect, test } from 'vitest'
import { livenessMs } from '../ports/ownership.ts'
import { memoryPorts } from './memory/memory-ports.ts'
import { memoryStore } from './memory/memory-store.ts'
import { simulatedClock } from './memory/simulated-clock.ts'
import { testPorts } from './contract/ports.ts'
import { memorySubject } from './memory/memory-subject.ts'

testPorts(async (periods) => memorySubject(periods))

test('a worker in memory counts as gone when it has not renewed for the time of its liveness', async () => {
  const clock = simulatedClock(1_000)
  const shared = memoryStore(1, clock)
  const [one, other] = ['a', 'b'].map(
    (workerName) => memoryPorts({ partitionCount: 1, clock, workerName, shared }).ownership,
  )
  await one!.renew()
  expect(await one!.take(0)).toBeDefined()
  await other!.renew()
  await clock.advance(livenessMs - 1)
  expect(await other!.take(0)).toBeUndefined()
  await clock.advance(1)
  expect(await other!.take(0)).toBeDefined()
})

test('a worker without a shared store has one for itself', async () => {
  const clock = simulatedClock(1_000)
  const [one, other] = [1, 2].map(() => memoryPorts({ partitionCount: 1, clock }))
  await one!.log.append([{ partition: 0, payload: Buffer.from('x'), records: 1 }])
  expect((await one!.store.counters(0)).size).toBe(2)
  expect((await other!.store.counters(0)).size).toBe(0)
  await expect(one!.store.counters(1)).rejects.toThrow(RangeError)
})
