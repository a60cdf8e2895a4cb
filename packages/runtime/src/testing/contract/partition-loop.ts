import {
  codes,
  emptyProfile,
  exitKeptMs,
  membershipOffset,
  RevisionMs,
  RevisionSequence,
  State,
  type Profile,
} from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { emptyEntry, packEntry, unknownRecord } from '../../codec/ledger-entry.ts'
import { unpackChunk } from '../../codec/outbox-chunk.ts'
import { packProfile } from '../../codec/packed-profile.ts'
import { logStart } from '../../ports/event-log.ts'
import type { Ports } from '../ports.ts'
import { commitOf, own } from './commits.ts'
import { appendUpdates, caughtUp, segments, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject, type Subject } from './subject.ts'

/** The state of the profile's membership, undefined where there is none. */
function stateOf(profile: Profile | undefined, segment = 0): number | undefined {
  const offset = profile === undefined ? -1 : membershipOffset(profile, segment)
  return offset < 0 ? undefined : profile?.memberships[offset + State]
}

/** A membership's group of numbers. */
const membership = (segment: number, state: number, untilMs: number, sinceMs: number): number[] => [
  segment,
  state,
  1_000,
  untilMs,
  sinceMs,
  0,
  0,
]

interface Left {
  readonly profileKey: string
  readonly profile: Partial<Profile>
  readonly dueMs: number
}

/** Puts profiles into the store as an earlier loop would have left them, each due at the given time. */
async function leave(ports: Ports, left: readonly Left[]): Promise<void> {
  await ports.store.commit(
    0,
    commitOf({
      owner: await own(ports, 0),
      offset: '0-1',
      newSegments: segments,
      profiles: left.map(({ profileKey, profile }) => ({
        profileKey,
        packed: packProfile({ ...emptyProfile(profileKey), ...profile }),
      })),
      timers: left.map(({ profileKey, dueMs }) => ({ profileKey, dueMs })),
    }),
  )
}

/** Makes the solution know the profile as realized in segment 0. */
async function tell({ ledger }: Ports, profileKey: string): Promise<void> {
  const entry = emptyEntry()
  entry.records.set(0, { ...unknownRecord, status: 'realized' })
  const token = Buffer.alloc(6, 1)
  await ledger.claim(0, 'flow', 's', token, 1_000, [{ profileKey, segments: [] }])
  const entries = [{ profileKey, entry: packEntry(entry) }]
  await ledger.settle(0, {
    dataflow: 'flow',
    solution: 's',
    token,
    entries,
    rows: [],
    deadLetters: [],
  })
}

const untilState = (subject: Subject, profileKey: string, state: number | undefined, segment = 0) =>
  until(subject, `${profileKey} is in state ${state}`, async () => {
    return stateOf(await storedProfile(subject.ports(), profileKey), segment) === state
  })

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
      const bucket = { dataflow: 'flow', dueMs, generation: 1 }
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
      const untilMs = ports.clock.nowMs() + 60
      await appendUpdates(ports, 0, [update('p', 'realized', { untilMs })])
      await caughtUp(subject)
      expect(stateOf(await storedProfile(ports, 'p'))).toBe(codes.Realized)
      await untilState(subject, 'p', codes.Expired)
      const profile = await storedProfile(ports, 'p')
      expect(profile!.memberships[RevisionMs]).toBeGreaterThanOrEqual(untilMs)
      expect((await ports.store.books(0)).get('flow|s|received')).toBe(2)
      expect(await ports.store.nextDueMs(0, 0)).toBe(profile!.memberships[RevisionMs]! + exitKeptMs)
    })

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

    test('an erased profile goes once nobody knows it as realized', async () => {
      const subject = await create()
      const ports = subject.ports()
      const nowMs = ports.clock.nowMs()
      const memberships = membership(0, codes.Realized, nowMs - 1_000, nowMs - 9_000)
      const erased = { condition: codes.Erasing, erasedMs: nowMs - 5_000, memberships }
      await leave(ports, [
        { profileKey: 'known', profile: erased, dueMs: nowMs - 4_000 },
        { profileKey: 'unknown', profile: erased, dueMs: nowMs - 4_000 },
      ])
      await tell(ports, 'known')
      await startLoop(subject)
      await until(subject, 'one is dropped', async () => {
        return (await storedProfile(ports, 'unknown')) === undefined
      })
      // The other waits. Its `validUntil` has passed too, but while it is erased that says nothing to the log.
      await subject.pass(20)
      expect((await storedProfile(ports, 'known'))!.condition).toBe(codes.Erasing)
      expect((await ports.store.counters(0)).get('appendedRecords')).toBe(1)
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
