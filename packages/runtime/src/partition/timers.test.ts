import { codes, emptyProfile, exitKeptMs, type LogRecord } from '@segue/profile'
import { expect, onTestFinished, test } from 'vitest'
import { packProfile } from '../codec/packed-profile.ts'
import { unpackBatch } from '../codec/record-batch.ts'
import { logStart } from '../ports/event-log.ts'
import type { TimerWrite } from '../ports/partition-store.ts'
import { committer, own } from '../testing/contract/commits.ts'
import { memoryPorts } from '../testing/memory/memory-ports.ts'
import { simulatedClock } from '../testing/memory/simulated-clock.ts'
import { dueBatchSize } from './due-profiles.ts'
import { startTimers, type TimerPorts } from './timers.ts'

const startMs = 1_795_428_000_000
/** A membership that ends by itself. What matters here is the timer; the loop's suites look at the profile. */
const packed = packProfile({
  ...emptyProfile('any'),
  memberships: [0, codes.Realized, 1, 1, startMs - exitKeptMs, 0, 0],
})

/** Timers over memory, and what they put into the log. `changed` stands in for some of the ports. */
async function started(change: (ports: TimerPorts) => Partial<TimerPorts> = () => ({})) {
  const clock = simulatedClock(startMs)
  const ports = memoryPorts({ partitionCount: 1, clock })
  const commit = committer(ports.store, 0, await own(ports, 0))
  const failures: unknown[] = []
  const timers = startTimers(
    0,
    { ...ports, ...change(ports) },
    () => [],
    (error) => failures.push(error),
  )
  onTestFinished(timers.stop)
  const { signal } = new AbortController()
  return {
    clock,
    timers,
    failures,
    /** Stores profiles with these due times, as a commit of the loop would. @returns the earliest */
    store: async (due: readonly TimerWrite[]): Promise<number> => {
      const profiles = due.map(({ profileKey }) => ({ profileKey, packed }))
      return (await commit({ profiles, timers: due })).nextDueMs
    },
    appended: async (): Promise<readonly LogRecord[]> => {
      const entries = await ports.log.read(0, logStart, { maxEntries: 1_000, waitMs: 0, signal })
      return entries.flatMap(({ payload }) => unpackBatch(payload).records)
    },
  }
}

const keysOf = (records: readonly LogRecord[]): string[] =>
  records.map(([, profileKey]) => profileKey)

test('a profile is put into the log at its time, once, however often the timers ring until its commit', async () => {
  const { clock, timers, store, appended } = await started()
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 1_000 }]))
  await clock.advance(999)
  expect(await appended()).toEqual([])
  await clock.advance(1)
  expect(await appended()).toEqual([[1, 'p', startMs + 1_000, 0]])
  timers.arm(startMs + 1_000)
  await clock.advance(5_000)
  expect(await appended()).toHaveLength(1)
})

test('a profile that is due again after its commit is put into the log again', async () => {
  const { clock, timers, store, appended } = await started()
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 10 }]))
  await clock.advance(10)
  const nextDueMs = await store([{ profileKey: 'p', dueMs: startMs + 30 }])
  timers.committed(['p'], [])
  timers.arm(nextDueMs)
  await clock.advance(19)
  expect(await appended()).toHaveLength(1)
  await clock.advance(1)
  expect(await appended()).toHaveLength(2)
})

test('what is in the log and not committed hides nothing that is due later', async () => {
  const { clock, timers, store, appended } = await started()
  timers.arm(
    await store([
      { profileKey: 'p', dueMs: startMs + 10 },
      { profileKey: 'q', dueMs: startMs + 20 },
    ]),
  )
  await clock.advance(20)
  expect(keysOf(await appended())).toEqual(['p', 'q'])
})

test('while profiles wait for their commit nobody asks for them again and again', async () => {
  let looks = 0
  const { clock, timers, store } = await started(({ store: own_ }) => ({
    store: {
      ...own_,
      dueProfiles: async (partition, limit) => {
        looks += 1
        return own_.dueProfiles(partition, limit)
      },
    },
  }))
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 10 }]))
  await clock.advance(300_000)
  expect(looks).toBe(1)
})

test('more profiles than one look takes are all put into the log, each once', async () => {
  const { clock, timers, store, appended } = await started()
  const keys = Array.from({ length: 2 * dueBatchSize + 500 }, (_, index) => `p${index}`)
  timers.arm(await store(keys.map((profileKey) => ({ profileKey, dueMs: startMs + 10 }))))
  await clock.advance(10)
  expect(keysOf(await appended()).toSorted()).toEqual(keys.toSorted())
})

test('a process whose clock is ahead of the store’s looks again until the store’s time has come', async () => {
  const { clock, timers, store, appended } = await started(({ clock: own_ }) => ({
    clock: { ...own_, nowMs: () => own_.nowMs() + 250 },
  }))
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 300 }]))
  await clock.advance(299)
  expect(await appended()).toEqual([])
  await clock.advance(11)
  expect(keysOf(await appended())).toEqual(['p'])
})

test('a commit that sets an earlier time during a look is not forgotten', async () => {
  const look = Promise.withResolvers<void>()
  const { clock, timers, store, appended } = await started(({ store: own_ }) => ({
    store: {
      ...own_,
      nextDueMs: async (partition, afterMs) => {
        const answer = await own_.nextDueMs(partition, afterMs)
        await look.promise
        return answer
      },
    },
  }))
  await store([{ profileKey: 'late', dueMs: startMs + 60_000 }])
  timers.arm(startMs)
  await clock.advance(0)
  timers.arm(await store([{ profileKey: 'soon', dueMs: startMs + 50 }]))
  look.resolve()
  await clock.advance(50)
  expect(keysOf(await appended())).toEqual(['soon'])
})

test('after a failure the timers tell of it and look again', async () => {
  let failing = true
  const { clock, timers, store, appended, failures } = await started(({ log }) => ({
    log: {
      ...log,
      append: async (...args) => (failing ? [new Error('no answer')] : log.append(...args)),
    },
  }))
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 10 }]))
  await clock.advance(500)
  expect(failures.map(String)).toEqual(['Error: no answer'])
  failing = false
  await clock.advance(1_000)
  expect(keysOf(await appended())).toEqual(['p'])
})

test('stopped timers ring no more', async () => {
  const { clock, timers, store, appended } = await started()
  timers.arm(await store([{ profileKey: 'p', dueMs: startMs + 10 }]))
  await timers.stop()
  await clock.advance(100)
  timers.arm(startMs + 200)
  await clock.advance(200)
  expect(await appended()).toEqual([])
})
