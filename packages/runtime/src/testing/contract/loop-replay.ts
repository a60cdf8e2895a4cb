import {
  actorTransitions,
  membershipOffset,
  tableTransitions,
  RevisionMs,
  RevisionSequence,
} from '@segue/profile'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unpackChunk } from '../../codec/outbox-chunk.ts'
import type { Ports } from '../../ports/ports.ts'
import {
  appendUpdates,
  caughtUp,
  segments,
  startLoop,
  storedProfile,
  type Update,
} from './loops.ts'
import { knownOf, naiveReplay, type Known } from './naive-replay.ts'
import { until, type CreateSubject } from './subject.ts'

/** Ends that pass while a test runs: soon enough to wait for, late enough that some updates come before. */
const soonMs = 40
const dayMs = 86_400_000

/** Updates with few different times, so that many of them tie. Times count from the start of the test; an end of 0 is none. */
function updates(profiles: number, ends: readonly number[]): fc.Arbitrary<Update> {
  const said = fc.record({
    segment: fc.nat({ max: segments.length - 1 }),
    status: fc.constantFrom('realized' as const, 'exited' as const),
    qualifiedMs: fc.integer({ min: -4, max: 0 }),
    endsMs: fc.constantFrom(...ends),
  })
  const consent = fc.record({ given: fc.boolean(), atMs: fc.integer({ min: -3, max: -1 }) })
  return fc.record({
    profileKey: fc.nat({ max: profiles - 1 }).map((number) => `ECID:${number}`),
    said: fc.array(
      said.map(({ endsMs, ...rest }) => ({
        ...rest,
        untilMs: rest.status === 'realized' ? endsMs : 0,
      })),
      { maxLength: 3 },
    ),
    others: fc.subarray(['GAID:1', 'GAID:2', 'IDFA:3']),
    consent: fc.option(consent, { nil: undefined, freq: 4 }),
  })
}

/** The updates at the time of a test. */
function from(startMs: number, relative: readonly Update[]): Update[] {
  return relative.map((update) => ({
    ...update,
    said: update.said.map((one) => ({
      ...one,
      qualifiedMs: startMs + one.qualifiedMs,
      untilMs: one.untilMs === 0 ? 0 : startMs + one.untilMs,
    })),
    consent: update.consent && { ...update.consent, atMs: startMs + update.consent.atMs },
  }))
}

async function stored(
  ports: Ports,
  keys: Iterable<string>,
  partition = 0,
): Promise<Map<string, Known>> {
  const { segments: dictionary } = await ports.store.open(partition)
  const known = new Map<string, Known>()
  for (const profileKey of keys) {
    const profile = await storedProfile(ports, profileKey, partition)
    if (profile !== undefined) known.set(profileKey, knownOf(profile, dictionary))
  }
  return known
}

/** The revision of the newest row of each membership, `ms.sequence`, by `profile|segment`. */
async function newestRows({ outbox }: Ports): Promise<Map<string, string>> {
  const newest = new Map<string, string>()
  for (const { bucket } of await outbox.buckets(0)) {
    for (const chunk of await outbox.chunks(0, bucket, 0, -1)) {
      for (const { profileKey, segment, revisionMs, revisionSequence } of unpackChunk(chunk)) {
        newest.set(`${profileKey}|${segment}`, `${revisionMs}.${revisionSequence}`)
      }
    }
  }
  return newest
}

/** Each membership that solutions should know as realized has a row, and its newest row has its revision. */
async function expectRows(ports: Ports, known: ReadonlyMap<string, Known>): Promise<void> {
  const { segments: dictionary } = await ports.store.open(0)
  const rows = await newestRows(ports)
  for (const [profileKey, { memberships, withdrawn }] of known) {
    const profile = (await storedProfile(ports, profileKey))!
    for (const { segment, isIn } of memberships) {
      if (!isIn || withdrawn) continue
      const index = dictionary.indexOf(segment)
      const at = membershipOffset(profile, index)
      const revision = [
        profile.memberships[at + RevisionMs],
        profile.memberships[at + RevisionSequence],
      ]
      expect(rows.get(`${profileKey}|${index}`)).toBe(revision.join('.'))
    }
  }
}

const chunksOf = <One>(all: readonly One[], size: number): One[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  )

/** Any stream through the loop leaves what a replay without machines leaves. */
export function testLoopReplay(create: CreateSubject): void {
  describe('partition loop and naive replay', () => {
    test.for([
      ['table', () => tableTransitions],
      ['xstate', () => actorTransitions()],
    ] as const)('agree on any stream of updates, by %s', async ([, startTransitions]) => {
      const streams = fc.tuple(
        fc.array(updates(5, [0, 0, 0, -dayMs, soonMs, dayMs]), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
      )
      await fc.assert(
        fc.asyncProperty(streams, async ([relative, batchSize]) => {
          const subject = await create()
          const ports = subject.ports()
          const startMs = ports.clock.nowMs()
          const stream = from(startMs, relative)
          const loop = await startLoop(subject, { startTransitions, residentMax: 4 })
          for (const batch of chunksOf(stream, batchSize)) await appendUpdates(ports, 0, batch)

          const expected = naiveReplay(stream, segments, startMs + soonMs)
          await caughtUp(subject)
          await until(subject, 'what ends has ended', () => ports.clock.nowMs() > startMs + soonMs)
          await until(subject, 'no end that has passed is left', async () => {
            const nextDueMs = await ports.store.nextDueMs(0, 0)
            return nextDueMs === 0 || nextDueMs > startMs + soonMs
          })
          await caughtUp(subject)
          await loop.stop()

          const known = await stored(ports, expected.keys())
          expect(known).toEqual(expected)
          const memberships = [...known.values()].flatMap((one) => one.memberships)
          const counters = await ports.store.counters(0)
          expect(counters.get('realized') ?? 0).toBe(memberships.filter(({ isIn }) => isIn).length)
          expect(counters.get('exited') ?? 0).toBe(memberships.filter(({ isIn }) => !isIn).length)
          expect(loop.failures).toEqual([])
          await expectRows(ports, known)
        }),
        { seed: 20_261_123, numRuns: 8 },
      )
    })

    test('a loop that keeps two profiles in memory does what one does that keeps all', async () => {
      const subject = await create()
      const ports = subject.ports()
      const relative = fc.sample(updates(100, [0, 0, -dayMs, dayMs]), {
        seed: 20_261_123,
        numRuns: 400,
      })
      const stream = from(ports.clock.nowMs(), relative)
      const few = await startLoop(subject, { partition: 0, residentMax: 2 })
      const all = await startLoop(subject, { partition: 1, residentMax: 10_000 })
      for (const batch of chunksOf(stream, 5)) {
        await appendUpdates(ports, 0, batch)
        await appendUpdates(ports, 1, batch)
      }
      await caughtUp(subject, 0)
      await caughtUp(subject, 1)
      await Promise.all([few.stop(), all.stop()])
      const keys = new Set(stream.map(({ profileKey }) => profileKey))
      expect(keys.size).toBeGreaterThan(90)
      const fromFew = await stored(ports, keys, 0)
      expect(fromFew.size).toBeGreaterThan(90)
      expect(fromFew).toEqual(await stored(ports, keys, 1))
      expect(await ports.store.books(0)).toEqual(await ports.store.books(1))
      expect(few.residentCount()).toBeLessThanOrEqual(2)
      expect(all.residentCount()).toBeGreaterThan(90)
    })
  })
}
