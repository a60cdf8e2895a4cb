import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedTimers } from './sorted-timers.ts'

const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat({ max: 9 }))

test('are what sorting all of them anew would give', () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const timers = sortedTimers()
      const naive = new Map<string, number>()
      for (const [profileKey, dueMs] of changes) {
        if (dueMs === 0) timers.remove(profileKey)
        else timers.set(profileKey, dueMs)
        if (dueMs === 0) naive.delete(profileKey)
        else naive.set(profileKey, dueMs)
      }
      const sorted = Array.from(naive, ([profileKey, dueMs]) => ({ profileKey, dueMs })).toSorted(
        (one, other) => one.dueMs - other.dueMs || (one.profileKey < other.profileKey ? -1 : 1),
      )
      for (let nowMs = 0; nowMs <= 10; nowMs++) {
        const due = sorted.filter(({ dueMs }) => dueMs <= nowMs)
        expect(timers.due(nowMs, 100)).toEqual(due)
        expect(timers.due(nowMs, 2)).toEqual(due.slice(0, 2))
        expect(timers.nextMs(nowMs)).toBe(sorted.find(({ dueMs }) => dueMs > nowMs)?.dueMs ?? 0)
      }
    }),
    { seed: 20_261_123 },
  )
})
