import { codes, exitKeptMs, RevisionMs, RevisionSequence } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { unpackChunk } from '../../codec/outbox-chunk.ts'
import { logStart } from '../../ports/event-log.ts'
import { stateOf, untilState } from './left-profiles.ts'
import { appendUpdates, caughtUp, segments, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject } from './subject.ts'

/** What the loop of a partition owes, whatever ports it runs on. */
export function testPartitionLoop(create: CreateSubject): void {
  describe('partition loop', () => {
    test('an update is stepped, committed and put into the bucket of its due time', async () => {
      const subject = await create()
      const ports = subject.ports()
      const loop = await startLoop(subject)
      await appendUpdates(ports, 0, [
        update('p', 'realized'),
        update('q', 'exited', { segment: 2 }),
      ])
      await caughtUp(subject)

      const profile = await storedProfile(ports, 'p')
      expect(stateOf(profile)).toBe(codes.Realized)
      expect(stateOf(await storedProfile(ports, 'q'), 2)).toBe(codes.Exited)
      const { segments: dictionary, offset } = await ports.store.open(0)
      expect(dictionary).toEqual(segments)
      const [ms, sequence] = offset.split('-').map(Number)
      expect(profile!.memberships[RevisionMs]).toBe(ms)
      expect(profile!.memberships[RevisionSequence]).toBe(sequence! * 65_536)

      const dueMs = Math.ceil((ms! + 10_000) / 1_000) * 1_000
      const bucket = { dataflow: 'flow', dueMs, generation: 1, hour: 0 }
      expect(loop.opened).toEqual([bucket])
      const [chunk, ...more] = await ports.outbox.chunks(0, bucket, 0, -1)
      expect(more).toEqual([])
      expect(unpackChunk(chunk!)).toEqual([
        {
          profileKey: 'p',
          segment: 0,
          revisionMs: ms,
          revisionSequence: sequence! * 65_536,
          solutions: 1,
          realized: true,
        },
      ])
      const counters = await ports.store.counters(0)
      expect(counters.get('realized')).toBe(1)
      expect(counters.get('exited')).toBe(1)
      expect(counters.get('outboxRows')).toBe(1)
      expect(counters.get('steppedBytes')).toBe(counters.get('appendedBytes'))
      expect(await ports.store.books(0)).toEqual(
        new Map([
          ['flow|s|received', 1],
          ['flow|s|pending', 1],
        ]),
      )
    })

    test('a membership expires at its time with no new update', async () => {
      const subject = await create()
      const ports = subject.ports()
      await startLoop(subject)
      const untilMs = ports.clock.nowMs() + 200
      await appendUpdates(ports, 0, [update('p', 'realized', { untilMs })])
      await caughtUp(subject)
      await untilState(subject, 'p', codes.Expired)
      const profile = await storedProfile(ports, 'p')
      expect(profile!.memberships[RevisionMs]).toBeGreaterThanOrEqual(untilMs)
      // A row when it entered, and one when it left.
      expect((await ports.store.books(0)).get('flow|s|received')).toBe(2)
      expect(await ports.store.nextDueMs(0, 0)).toBe(profile!.memberships[RevisionMs]! + exitKeptMs)
    })

    test('a segment goes into the dictionary once, with the commit that first names it', async () => {
      const subject = await create()
      const { store } = subject.ports()
      const written: (readonly string[])[] = []
      const commit: typeof store.commit = (partition, one) => {
        written.push(one.newSegments)
        return store.commit(partition, one)
      }
      await startLoop(subject, { instead: { store: { ...store, commit } } })
      for (const qualifiedMs of [1, 2]) {
        await appendUpdates(subject.ports(), 0, [update('p', 'realized', { qualifiedMs })])
        await caughtUp(subject)
      }
      expect(written).toEqual([segments, []])
    })

    test('the log is trimmed behind what is committed', async () => {
      const subject = await create()
      const ports = subject.ports()
      await startLoop(subject)
      const entries = 70
      for (let entry = 0; entry < entries; entry++) {
        await appendUpdates(ports, 0, [update('p', 'realized', { qualifiedMs: entry + 1 })])
        await caughtUp(subject)
      }
      const { signal } = new AbortController()
      const everything = { maxEntries: 1_000, waitMs: 0, signal }
      await until(subject, 'the log is short', async () => {
        return (await ports.log.read(0, logStart, everything)).length < entries
      })
      const { offset } = await ports.store.open(0)
      expect(await ports.log.read(0, offset, everything)).toEqual([])
    })
  })
}
