import { describe, expect, test } from 'vitest'
import { committer, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const set = (dueMs: number, profileKey: string) => ({ profileKey, dueMs })

/** What every partition store owes to timers and to the buckets that commits open. */
export function testCommittedTimers(create: CreateSubject): void {
  describe('timers of a partition store', () => {
    test('a commit sets, moves and removes timers, and answers the earliest', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const dueAfter = async (...timers: { profileKey: string; dueMs: number }[]) =>
        (await commit({ timers })).nextDueMs
      expect(await dueAfter(set(300, 'p'), set(200, 'q'))).toBe(200)
      expect(await dueAfter(set(400, 'q'))).toBe(300)
      expect(await dueAfter()).toBe(300)
      expect(await dueAfter(set(0, 'p'), set(0, 'nobody'))).toBe(400)
      expect(await dueAfter(set(0, 'q'))).toBe(0)
    })

    test('the next due time after a given one is told, to the millisecond', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const farMs = 4_102_444_800_123
      await commit({
        timers: [
          { profileKey: 'p', dueMs: farMs },
          { profileKey: 'q', dueMs: 200 },
          { profileKey: 'r', dueMs: 200 },
        ],
      })
      const { store } = ports
      expect(await store.nextDueMs(0, 0)).toBe(200)
      expect(await store.nextDueMs(0, 199)).toBe(200)
      expect(await store.nextDueMs(0, 200)).toBe(farMs)
      expect(await store.nextDueMs(0, farMs - 1)).toBe(farMs)
      expect(await store.nextDueMs(0, farMs)).toBe(0)
    })

    test('due profiles are those whose time has come, the longest due first', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      await commit({
        timers: [
          { profileKey: 'later', dueMs: 900 },
          { profileKey: 'b', dueMs: 500 },
          { profileKey: 'a', dueMs: 500 },
          { profileKey: 'first', dueMs: 1 },
          { profileKey: 'future', dueMs: ports.clock.nowMs() + 86_400_000 },
        ],
      })
      const due = await ports.store.dueProfiles(0, 10)
      expect(due).toEqual([
        { profileKey: 'first', dueMs: 1 },
        { profileKey: 'a', dueMs: 500 },
        { profileKey: 'b', dueMs: 500 },
        { profileKey: 'later', dueMs: 900 },
      ])
      expect(await ports.store.dueProfiles(0, 2)).toEqual(due.slice(0, 2))
      expect(await ports.store.dueProfiles(1, 10)).toEqual([])
    })

    test('a profile falls due by the passing of the store’s own time', async () => {
      const subject = await create()
      const ports = subject.ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const dueMs = ports.clock.nowMs() + 60_000
      await commit({ timers: [{ profileKey: 'p', dueMs }] })
      expect(await ports.store.dueProfiles(0, 10)).toEqual([])
      const soonMs = ports.clock.nowMs() + 10
      await commit({ timers: [{ profileKey: 'p', dueMs: soonMs }] })
      await subject.pass(20)
      expect(await ports.store.dueProfiles(0, 10)).toEqual([{ profileKey: 'p', dueMs: soonMs }])
    })
  })
}
