import {
  AcknowledgedKind,
  ConsentWithdrawn,
  EraseKind,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { hashProfileKey } from '../../codec/profile-hash.ts'
import { packBatch } from '../../codec/record-batch.ts'
import type { Ports } from '../../ports/ports.ts'
import { stateOf } from './left-profiles.ts'
import { appendUpdates, caughtUp, segments, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject, type Subject } from './subject.ts'

async function append({ log }: Ports, records: readonly LogRecord[]): Promise<void> {
  const payload = packBatch({ segments, records })
  await log.append([{ partition: 0, payload, records: records.length }])
}

const erase: LogRecord = [EraseKind, 'p']
const acknowledge: LogRecord = [AcknowledgedKind, 'p']

/** An update of profile `p`, with an identity beside its key. */
const say = (segment: number, qualifiedMs: number): LogRecord => [
  UpdateKind,
  'p',
  ['GAID:1'],
  [segment, 1, qualifiedMs, 0],
  0,
  0,
]

const dropped = async ({ store }: Ports): Promise<number | undefined> =>
  (await store.counters(0)).get('OLDER_THAN_ERASURE')

/** Erases profile `p`, which nobody knows, and answers when that was asked for. */
async function erased(subject: Subject): Promise<number> {
  const ports = subject.ports()
  await append(ports, [erase])
  await append(ports, [acknowledge])
  const hash = hashProfileKey(await ports.erasures.salt(), 'p')
  let erasedMs: number | undefined
  await until(subject, 'its tombstone stands', async () => {
    const standing = await ports.erasures.tombstones(0)
    erasedMs = standing.find((one) => one.hash === hash)?.erasedMs
    return erasedMs !== undefined
  })
  return erasedMs ?? 0
}

/** What the loop of a partition owes to profiles that were erased. */
export function testLoopErasures(create: CreateSubject): void {
  describe('erasures in a partition loop', () => {
    test('what is older than an erasure does not bring the profile back, what is younger does', async () => {
      const subject = await create()
      const ports = subject.ports()
      await startLoop(subject)
      await appendUpdates(ports, 0, [update('p', 'realized')])
      const erasedMs = await erased(subject)
      expect(await storedProfile(ports, 'p')).toBeUndefined()
      const others = update('q', 'realized', { qualifiedMs: erasedMs - 5 })
      await appendUpdates(ports, 0, [update('p', 'realized', { qualifiedMs: erasedMs }), others])
      await caughtUp(subject)
      expect(await storedProfile(ports, 'p')).toBeUndefined()
      expect(stateOf(await storedProfile(ports, 'q'))).toBe(1)
      expect(await dropped(ports)).toBe(1)
      const younger = { qualifiedMs: erasedMs + 1, segment: 1 }
      await appendUpdates(ports, 0, [update('p', 'realized', younger)])
      await appendUpdates(ports, 0, [update('p', 'realized', { qualifiedMs: erasedMs - 1 })])
      await caughtUp(subject)
      const anew = await storedProfile(ports, 'p')
      expect([stateOf(anew, 0), stateOf(anew, 1)]).toEqual([undefined, 1])
      expect(await dropped(ports)).toBe(2)
      expect((await ports.store.counters(0)).get('realized')).toBe(2)
    })

    test('a consent decision from before the erasure says nothing of the profile that comes after', async () => {
      const subject = await create()
      const ports = subject.ports()
      await startLoop(subject)
      const erasedMs = await erased(subject)
      const memberships = [0, 1, erasedMs + 1, 0]
      await append(ports, [[UpdateKind, 'p', [], memberships, ConsentWithdrawn, erasedMs - 1]])
      await caughtUp(subject)
      expect((await storedProfile(ports, 'p'))?.consentAtMs).toBe(0)
      expect(stateOf(await storedProfile(ports, 'p'))).toBe(1)
    })

    test('whoever takes the partition over knows who was erased', async () => {
      const subject = await create()
      const ports = subject.ports()
      const first = await startLoop(subject)
      const erasedMs = await erased(subject)
      await first.stop()
      await startLoop(subject)
      await appendUpdates(ports, 0, [update('p', 'realized', { qualifiedMs: erasedMs })])
      await caughtUp(subject)
      expect(await storedProfile(ports, 'p')).toBeUndefined()
      expect(await dropped(ports)).toBe(1)
    })

    test('one slice may hold a profile’s whole end, and its beginning anew', async () => {
      const subject = await create()
      const ports = subject.ports()
      const nowMs = ports.clock.nowMs()
      const late = nowMs + 3_600_000
      await append(ports, [say(0, 1), erase, say(1, late), acknowledge, say(0, 1), say(2, late)])
      await startLoop(subject)
      await caughtUp(subject)
      const profile = await storedProfile(ports, 'p')
      expect([0, 1, 2].map((segment) => stateOf(profile, segment))).toEqual([
        undefined,
        undefined,
        1,
      ])
      const { store } = ports
      expect((await store.counters(0)).get('realized')).toBe(1)
      await until(subject, 'a tombstone stands', async () => {
        return (await ports.erasures.tombstones(0)).length === 1
      })
    })

    test('a commit whose answer is lost leaves one tombstone, and the loop goes by it', async () => {
      const subject = await create()
      const ports = subject.ports()
      let lost = false
      const store = {
        ...ports.store,
        commit: async (...args: Parameters<typeof ports.store.commit>) => {
          const outcome = await ports.store.commit(...args)
          if (lost || (args[1].erased ?? []).length === 0) return outcome
          lost = true
          throw new Error('the answer is lost')
        },
      }
      await startLoop(subject, { instead: { store } })
      await append(ports, [erase])
      await append(ports, [acknowledge])
      await until(subject, 'the answer was lost', () => lost)
      const [tombstone] = await ports.erasures.tombstones(0)
      const stale = { qualifiedMs: tombstone!.erasedMs }
      await appendUpdates(ports, 0, [update('p', 'realized', stale)])
      await caughtUp(subject)
      expect(await storedProfile(ports, 'p')).toBeUndefined()
      expect(await ports.erasures.tombstones(0)).toEqual([tombstone])
    })
  })
}
