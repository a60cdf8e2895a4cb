import { codes, membershipOffset, State } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { unpackBatch } from '../../codec/record-batch.ts'
import { unpackSetAside } from '../../codec/set-aside.ts'
import { laggingRecords } from '../../ports/partition-store.ts'
import { setAsidesLimit } from '../../ports/set-asides.ts'
import { commitOf, own } from './commits.ts'
import { appendUpdates, caughtUp, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject, type Subject } from './subject.ts'

const damaged = Buffer.from('no batch')

async function appendDamaged(subject: Subject, payload: Buffer = damaged): Promise<void> {
  // Nobody can tell how many records it had.
  await subject.ports().log.append([{ partition: 0, payload, records: 0 }])
}

async function stateOf(subject: Subject, profileKey: string): Promise<number | undefined> {
  const profile = await storedProfile(subject.ports(), profileKey)
  return profile?.memberships[membershipOffset(profile, 0) + State]
}

/** Writes bytes in a stored profile's place, with the loop away. */
async function overwrite(subject: Subject, profileKey: string, packed: Buffer): Promise<void> {
  const ports = subject.ports()
  const owner = await own(ports, 0)
  const { offset } = await ports.store.open(0)
  const parts = { owner, expectedOffset: offset, offset, profiles: [{ profileKey, packed }] }
  expect((await ports.store.commit(0, commitOf(parts))).status).toBe('committed')
}

/** What a loop owes of what it cannot read. */
export function testLoopSetAsides(create: CreateSubject): void {
  describe('what cannot be read', () => {
    test('a damaged entry is set aside as it was, is told, and its neighbours are stepped in order', async () => {
      const subject = await create()
      const { setAsides, store } = subject.ports()
      const loop = await startLoop(subject)
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await appendDamaged(subject)
      await appendUpdates(subject.ports(), 0, [
        update('p', 'exited', { qualifiedMs: 2_000 }),
        update('q', 'realized'),
      ])
      await caughtUp(subject)
      expect(await stateOf(subject, 'p')).toBe(codes.Exited)
      expect(await stateOf(subject, 'q')).toBe(codes.Realized)
      const [held, ...more] = await setAsides.list(0)
      expect(more).toEqual([])
      expect(held?.place).toMatch(/^\d+-\d+\|LOG_ENTRY_UNREADABLE$/)
      const { code, payload } = unpackSetAside(held!.packed)
      expect([code, Buffer.from(payload).toString()]).toEqual(['LOG_ENTRY_UNREADABLE', 'no batch'])
      const counters = await store.counters(0)
      expect(counters.get('setAside')).toBe(1)
      expect(counters.get('steppedBytes')).toBe(counters.get('appendedBytes'))
      expect(loop.failures).toMatchObject([{ code: 'LOG_ENTRY_UNREADABLE' }])
    })

    test('a partition that has set aside records that nobody could count is behind no more', async () => {
      const subject = await create()
      const { setAsides, store, log } = subject.ports()
      await startLoop(subject)
      await log.append([{ partition: 0, payload: damaged, records: 3 }])
      await until(subject, 'it is set aside', async () => (await setAsides.list(0)).length === 1)
      expect(laggingRecords(await store.counters(0))).toBe(0)
      await subject.ports().log.append([{ partition: 1, payload: damaged, records: 3 }])
      expect(laggingRecords(await store.counters(1))).toBe(3)
    })

    test('an entry of a newer release stops the partition: it is not set aside, and nothing behind it is stepped', async () => {
      const subject = await create()
      const { setAsides, store } = subject.ports()
      const loop = await startLoop(subject)
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await caughtUp(subject)
      // As msgpack has it: [2, [], []].
      await appendDamaged(subject, Buffer.from([0x93, 0x02, 0x90, 0x90]))
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      await until(subject, 'it is told again and again', () => loop.failures.length > 1)
      expect(loop.failures[1]).toMatchObject({ code: 'WRITTEN_BY_NEWER' })
      expect(await setAsides.list(0)).toEqual([])
      expect((await store.counters(0)).get('steppedRecords')).toBe(1)
    })

    test('what is set aside can be stepped once it can be read, once, or be discarded', async () => {
      const subject = await create()
      const { setAsides, store } = subject.ports()
      await startLoop(subject)
      await appendDamaged(subject)
      await appendDamaged(subject)
      await until(subject, 'both are set aside', async () => (await setAsides.list(0)).length === 2)
      const [one, other] = await setAsides.list(0)
      await appendUpdates(subject.ports(), 1, [update('p', 'realized')])
      const reading = new AbortController()
      const [whole] = await subject.ports().log.read(1, '0-0', {
        maxEntries: 1,
        waitMs: 0,
        signal: reading.signal,
      })
      const batch = { payload: whole!.payload, records: 1 }
      expect(await setAsides.replay(0, one!.place, batch)).toBe(true)
      expect(await setAsides.replay(0, one!.place, batch)).toBe(false)
      expect(await setAsides.discard(0, other!.place)).toBe(true)
      expect(await setAsides.discard(0, other!.place)).toBe(false)
      await caughtUp(subject)
      expect(await stateOf(subject, 'p')).toBe(codes.Realized)
      expect(await setAsides.list(0)).toEqual([])
      expect((await store.counters(0)).get('setAside')).toBe(0)
    })

    test('records of a profile that cannot be read are set aside, its bytes stay, and the others of its entry are stepped', async () => {
      const subject = await create()
      const { setAsides, store } = subject.ports()
      await overwrite(subject, 'p', Buffer.from([1, 0x91]))
      await startLoop(subject)
      await appendUpdates(subject.ports(), 0, [
        update('q', 'realized'),
        update('p', 'realized'),
        update('p', 'exited', { qualifiedMs: 2_000 }),
      ])
      await appendUpdates(subject.ports(), 0, [update('p', 'realized', { qualifiedMs: 3_000 })])
      await caughtUp(subject)
      expect(await stateOf(subject, 'q')).toBe(codes.Realized)
      expect((await store.load(0, ['p']))[0]?.toString('hex')).toBe('0191')
      const held = (await setAsides.list(0)).map(({ packed }) => unpackSetAside(packed))
      expect(held.map(({ code }) => code)).toEqual(['PROFILE_UNREADABLE', 'PROFILE_UNREADABLE'])
      const kept = held.map(({ payload }) => unpackBatch(payload).records.map((one) => one[1]))
      expect(kept.toSorted((a, b) => b.length - a.length)).toEqual([['p', 'p'], ['p']])
    })

    test('the time of a profile that cannot be read comes once, not again and again', async () => {
      const subject = await create()
      const { setAsides, store, clock } = subject.ports()
      const owner = await own(subject.ports(), 0)
      await store.commit(
        0,
        commitOf({
          owner,
          offset: '0-0',
          profiles: [{ profileKey: 'p', packed: Buffer.from([1, 0x91]) }],
          timers: [{ profileKey: 'p', dueMs: clock.nowMs() - 1 }],
        }),
      )
      await startLoop(subject)
      await until(subject, 'it is set aside', async () => (await setAsides.list(0)).length > 0)
      expect(await store.nextDueMs(0, 0)).toBe(0)
      await caughtUp(subject)
      expect(await setAsides.list(0)).toHaveLength(1)
    })

    test('a commit that would set aside more than may be changes nothing', async () => {
      const subject = await create()
      const { setAsides, store } = subject.ports()
      const owner = await own(subject.ports(), 0)
      const asides = Array.from({ length: setAsidesLimit }, (_, index) => ({
        place: `${index}-0|LOG_ENTRY_UNREADABLE`,
        packed: Buffer.from('x'),
      }))
      const first = commitOf({ owner, setAside: asides })
      expect((await store.commit(0, first)).status).toBe('committed')
      const packed = Buffer.from([1])
      const more = commitOf({
        owner,
        expectedOffset: '1-0',
        offset: '2-0',
        profiles: [{ profileKey: 'p', packed }],
        setAside: [{ place: 'one more', packed }],
      })
      expect((await store.commit(0, more)).status).toBe('full')
      expect((await store.open(0)).offset).toBe('1-0')
      expect((await store.load(0, ['p']))[0]).toBeUndefined()
      expect(await setAsides.list(0)).toHaveLength(setAsidesLimit)
    })
  })
}
