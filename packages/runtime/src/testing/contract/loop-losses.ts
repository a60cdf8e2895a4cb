import * as fc from 'fast-check'
import { codes } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import type { EventLog } from '../../ports/event-log.ts'
import {
  appendUpdates,
  caughtUp,
  segments,
  startLoop,
  storedProfile,
  update,
  type LoopOptions,
  type StartedLoop,
  type Update,
} from './loops.ts'
import { knownOf, naiveReplay, type Known } from './naive-replay.ts'
import { until, type CreateSubject, type Subject } from './subject.ts'

const profileKeys = ['p', 'q', 'r']

/** A decision without a time of its own. */
function consent(given: boolean): Update {
  return { ...update('p', 'realized'), said: [], consent: { given, atMs: 0 } }
}

async function known(subject: Subject): Promise<Map<string, Known>> {
  const { store } = subject.ports()
  const { segments: dictionary } = await store.open(0)
  const found = new Map<string, Known>()
  for (const profileKey of profileKeys) {
    const profile = await storedProfile(subject.ports(), profileKey)
    if (profile !== undefined) found.set(profileKey, knownOf(profile, dictionary))
  }
  return found
}

/** Starts a loop and takes a moment, after which the store loses what `then` did. */
async function losing(
  subject: Subject,
  before: readonly Update[],
  lost: readonly Update[],
  options: LoopOptions = {},
): Promise<StartedLoop> {
  const loop = await startLoop(subject, options)
  const ports = subject.ports()
  for (const one of before) await appendUpdates(ports, 0, [one])
  await caughtUp(subject)
  const lose = await subject.remember()
  for (const one of lost) await appendUpdates(ports, 0, [one])
  await caughtUp(subject)
  // So that what comes after the loss is later by the store's clock too.
  await subject.pass(2)
  await lose()
  return loop
}

/** What a store that lost its tail has to get back from the owner of a partition. */
export function testLoopLosses(create: CreateSubject): void {
  describe('a loop whose store lost its tail', () => {
    test('gives back what it had read, steps it again, and counts it', async () => {
      const subject = await create()
      const all = [
        update('p', 'realized'),
        update('p', 'exited', { qualifiedMs: 2_000 }),
        update('q', 'realized', { segment: 1 }),
        update('r', 'realized'),
      ]
      const loop = await losing(subject, all.slice(0, 1), all.slice(1, 3))
      await appendUpdates(subject.ports(), 0, all.slice(3))
      await until(subject, 'the loss is told', () => loop.losses.length > 0)
      await caughtUp(subject)
      expect(loop.losses).toEqual([{ entriesBack: 2, entriesLost: 2, updatesAppended: 2 }])
      expect(await known(subject)).toEqual(naiveReplay(all, segments, 0))
      const counters = await subject.ports().store.counters(0)
      expect(counters.get('losses')).toBe(1)
      expect(counters.get('entriesBack')).toBe(2)
      expect(counters.get('entriesLost')).toBe(2)
      expect(counters.get('updatesAppendedAgain')).toBe(2)
      expect(counters.get('steppedRecords')).toBe(counters.get('appendedRecords'))
    })

    test('lets what came after the loss win over what it gives back', async () => {
      const subject = await create()
      const loop = await losing(
        subject,
        [update('p', 'realized')],
        [consent(false), update('p', 'realized', { qualifiedMs: 3_000 })],
      )
      await appendUpdates(subject.ports(), 0, [
        consent(true),
        update('p', 'exited', { qualifiedMs: 4_000 }),
      ])
      await until(subject, 'the loss is told', () => loop.losses.length > 0)
      await caughtUp(subject)
      const profile = await storedProfile(subject.ports(), 'p')
      expect(profile?.condition).toBe(codes.Active)
      expect((await known(subject)).get('p')?.memberships[0]).toMatchObject({ isIn: false })
    })

    test('steps again what the log still holds, and appends nothing', async () => {
      const subject = await create()
      const { store } = subject.ports()
      const committing = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const loop = await startLoop(subject, {
        instead: {
          store: {
            ...store,
            commit: async (partition, commit) => {
              committing.resolve()
              await release.promise
              return store.commit(partition, commit)
            },
          },
        },
      })
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await committing.promise
      const lose = await subject.remember()
      release.resolve()
      await caughtUp(subject)
      await lose()
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      await until(subject, 'the loss is told', () => loop.losses.length > 0)
      await caughtUp(subject)
      expect(loop.losses).toEqual([{ entriesBack: 1, entriesLost: 0, updatesAppended: 0 }])
      expect([...(await known(subject)).keys()]).toEqual(['p', 'q'])
    })

    test('tries again where the log does not answer, and loses nothing by that', async () => {
      const subject = await create()
      const { log } = subject.ports()
      let faults = 0
      const failing: EventLog = {
        ...log,
        append: async (appends, bounds) => {
          faults += 1
          if (faults > 2) return log.append(appends, bounds)
          // Once it did happen, and once it did not.
          if (faults === 1) await log.append(appends, bounds)
          return appends.map(() => new Error('no answer'))
        },
      }
      const loop = await losing(subject, [], [update('p', 'realized'), update('q', 'realized')], {
        instead: { log: failing },
      })
      await appendUpdates(subject.ports(), 0, [update('r', 'realized')])
      await until(subject, 'all is back', async () => (await known(subject)).size === 3)
      expect(faults).toBe(3)
      expect(loop.losses).toHaveLength(1)
    })

    test('finds nothing lost where only an answer was', async () => {
      const subject = await create()
      const { store } = subject.ports()
      let commits = 0
      const loop = await startLoop(subject, {
        instead: {
          store: {
            ...store,
            commit: async (partition, commit) => {
              commits += 1
              const outcome = await store.commit(partition, commit)
              if (commits === 1) throw new Error('no answer')
              return outcome
            },
          },
        },
      })
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await until(subject, 'the fault is told', () => loop.failures.length > 0)
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      await caughtUp(subject)
      expect(loop.losses).toEqual([])
      expect((await subject.ports().store.counters(0)).get('appendedRecords')).toBe(2)
    })

    test('has in the end what every update says, whatever was lost when', async () => {
      const one = fc.record({
        profileKey: fc.constantFrom(...profileKeys),
        status: fc.constantFrom('realized' as const, 'exited' as const),
        segment: fc.nat({ max: 1 }),
        qualifiedMs: fc.integer({ min: 1, max: 6 }),
      })
      const some = fc.array(
        one.map(({ profileKey, status, ...times }) => update(profileKey, status, times)),
        { maxLength: 5 },
      )
      await fc.assert(
        fc.asyncProperty(
          some,
          fc.array(some, { minLength: 1, maxLength: 3 }),
          async (before, parts) => {
            const subject = await create()
            const last = update('p', 'realized', { segment: 3, qualifiedMs: 9 })
            const loop = await losing(subject, before, parts[0] ?? [])
            for (const part of parts.slice(1)) {
              await appendUpdates(subject.ports(), 0, part)
              await caughtUp(subject)
              const lose = await subject.remember()
              await appendUpdates(subject.ports(), 0, [...part, last])
              await caughtUp(subject)
              await lose()
            }
            await appendUpdates(subject.ports(), 0, [last])
            await caughtUp(subject)
            const all = [...before, ...parts.flat(), last]
            expect(await known(subject)).toEqual(naiveReplay(all, segments, 0))
            await loop.stop()
          },
        ),
        { seed: 20_261_123, numRuns: 6 },
      )
    })
  })
}
