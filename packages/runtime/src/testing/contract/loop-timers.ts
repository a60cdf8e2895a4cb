import { codes, exitKeptMs } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import type { EventLog } from '../../ports/event-log.ts'
import { leave, membership, stateOf, tell, untilState } from './left-profiles.ts'
import { appendUpdates, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject } from './subject.ts'

/** What the loop of a partition owes to profiles that are due. */
export function testLoopTimers(create: CreateSubject): void {
  describe('timers of a partition loop', () => {
    test('what fell due while nobody ran the partition is stepped when somebody does', async () => {
      const subject = await create()
      const nowMs = subject.ports().clock.nowMs()
      const memberships = membership(0, codes.Realized, nowMs - 5_000, nowMs - 9_000)
      await leave(subject.ports(), [
        { profileKey: 'p', profile: { memberships }, dueMs: nowMs - 5_000 },
      ])
      await startLoop(subject)
      await untilState(subject, 'p', codes.Expired)
      expect((await subject.ports().store.counters(0)).get('appendedRecords')).toBe(1)
    })

    test('a membership expires though others wait for solutions to acknowledge their exits', async () => {
      const subject = await create()
      const ports = subject.ports()
      const nowMs = ports.clock.nowMs()
      const longAgoMs = nowMs - exitKeptMs - 5_000
      const [soonMs, dueMs] = [nowMs + 60, longAgoMs + exitKeptMs]
      const left = membership(0, codes.Exited, 0, longAgoMs)
      const stays = membership(1, codes.Realized, soonMs, longAgoMs)
      await leave(ports, [
        { profileKey: 'waits', profile: { memberships: left }, dueMs },
        { profileKey: 'waits-and-expires', profile: { memberships: [...left, ...stays] }, dueMs },
        { profileKey: 'expires', profile: { memberships: stays }, dueMs: soonMs },
      ])
      await tell(ports, 'waits')
      await tell(ports, 'waits-and-expires')
      await startLoop(subject)
      await untilState(subject, 'expires', codes.Expired, 1)
      await untilState(subject, 'waits-and-expires', codes.Expired, 1)
      expect(stateOf(await storedProfile(ports, 'waits'))).toBe(codes.Exited)
      // Nothing was written to the log for the one that waits.
      expect((await ports.store.counters(0)).get('appendedRecords')).toBe(2)
    })

    test('a profile expires twice though the first commit comes before the answer of its append', async () => {
      const subject = await create()
      const ports = subject.ports()
      const nowMs = ports.clock.nowMs()
      const soon = membership(0, codes.Realized, nowMs - 1, nowMs - 9_000)
      const later = membership(1, codes.Realized, nowMs + 80, nowMs - 9_000)
      await leave(ports, [
        { profileKey: 'p', profile: { memberships: [...soon, ...later] }, dueMs: nowMs - 1 },
      ])
      const log: EventLog = {
        ...ports.log,
        append: async (appends, bounds) => {
          const outcomes = await ports.log.append(appends, bounds)
          await untilState(subject, 'p', codes.Expired, 0)
          return outcomes
        },
      }
      await startLoop(subject, { instead: { log } })
      await untilState(subject, 'p', codes.Expired, 1)
      expect((await ports.store.counters(0)).get('exited')).toBe(2)
    })

    test('an update of a profile that waits for acknowledgement gives it its new time', async () => {
      const subject = await create()
      const ports = subject.ports()
      const longAgoMs = ports.clock.nowMs() - exitKeptMs - 5_000
      const memberships = membership(0, codes.Exited, 0, longAgoMs)
      await leave(ports, [
        { profileKey: 'p', profile: { memberships }, dueMs: longAgoMs + exitKeptMs },
      ])
      await tell(ports, 'p')
      await startLoop(subject)
      await subject.pass(20)
      const untilMs = ports.clock.nowMs() + 60
      await appendUpdates(ports, 0, [update('p', 'realized', { untilMs, segment: 1 })])
      await untilState(subject, 'p', codes.Expired, 1)
      expect(stateOf(await storedProfile(ports, 'p'))).toBe(codes.Exited)
    })

    test('an exit that every solution acknowledged is forgotten, and with it the profile', async () => {
      const subject = await create()
      const ports = subject.ports()
      const longAgoMs = ports.clock.nowMs() - exitKeptMs - 5_000
      const memberships = membership(0, codes.Exited, 0, longAgoMs)
      await leave(ports, [
        { profileKey: 'p', profile: { memberships }, dueMs: longAgoMs + exitKeptMs },
      ])
      await startLoop(subject)
      await untilState(subject, 'p', undefined)
      expect(await ports.store.nextDueMs(0, 0)).toBe(0)
      expect((await ports.store.counters(0)).get('exited')).toBe(-1)
    })

    test('a profile that is being erased does not expire: it waits for its acknowledgement, and its timer goes', async () => {
      const subject = await create()
      const ports = subject.ports()
      const nowMs = ports.clock.nowMs()
      const memberships = membership(0, codes.Realized, nowMs - 1_000, nowMs - 9_000)
      const erased = { condition: codes.Erasing, erasedMs: nowMs - 5_000, memberships }
      await leave(ports, [{ profileKey: 'p', profile: erased, dueMs: nowMs - 4_000 }])
      await startLoop(subject)
      await until(subject, 'its timer is gone', async () => {
        return (await ports.store.nextDueMs(0, 0)) === 0
      })
      expect(stateOf(await storedProfile(ports, 'p'))).toBe(codes.Realized)
      expect((await ports.store.counters(0)).get('exited')).toBeUndefined()
    })
  })
}
