import {
  codes,
  ConsentWithdrawn,
  DueKind,
  emptyProfile,
  exitKeptMs,
  nextDueMs,
  State,
  StatusExited,
  StatusRealized,
  stride,
  tableTransitions,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsPerChunkLimit, unpackChunk, type OutboxRow } from '../codec/outbox-chunk.ts'
import { packProfile } from '../codec/packed-profile.ts'
import { packBatch } from '../codec/record-batch.ts'
import type { LogEntry } from '../ports/event-log.ts'
import { bookField } from '../ports/partition-store.ts'
import { createDictionary, segmentsLimit } from './dictionary.ts'
import { createResidency, type Resident } from './residency.ts'
import { solutionsOfBits, type Route } from './routes.ts'
import { addLoaded, findResidents, readSlice, rehydrate } from './slice.ts'
import { stepSlice, type SliceOutcome } from './step-slice.ts'

const startMs = 1_795_428_000_000
const segments = ['ups:a', 'ups:b', 'ups:c']
const routes: readonly Route[] = [
  {
    dataflow: 'delayed',
    activationDelayMs: 10_000,
    solutions: ['s', 't'],
    solutionsOf: (segment) => [3, 1, 0][segment] ?? 0,
  },
  { dataflow: 'at-once', activationDelayMs: 0, solutions: ['u'], solutionsOf: () => 1 },
]

const startTransitions = () => tableTransitions
const newResident = (profileKey: string) => rehydrate(profileKey, undefined, startTransitions)

/** An update of one membership. */
function updateOf(
  profileKey: string,
  segment: number,
  status: number,
  qualifiedMs: number,
  untilMs = 0,
): LogRecord {
  return [UpdateKind, profileKey, [], [segment, status, qualifiedMs, untilMs], 0, 0]
}

const entryOf = (id: string, records: readonly LogRecord[], named = segments): LogEntry => ({
  id,
  payload: packBatch({ segments: named, records }),
})

/** Steps entries over residents, new ones where there are none. */
function step(entries: readonly LogEntry[], residents = new Map<string, Resident>()) {
  const slice = readSlice(entries, createDictionary(segments))
  for (const key of findResidents(slice, createResidency(2))) {
    if (!residents.has(key)) residents.set(key, newResident(key))
  }
  addLoaded(slice, residents)
  return { slice, residents, outcome: stepSlice(slice, routes) }
}

const rowsOf = ({ outbox }: SliceOutcome, dataflow: string): OutboxRow[] =>
  outbox.filter((one) => one.dataflow === dataflow).flatMap(({ chunk }) => unpackChunk(chunk))

const recordArbitrary = fc
  .tuple(
    fc.constantFrom('p', 'q', 'r'),
    fc.nat({ max: 2 }),
    fc.constantFrom(StatusRealized, StatusExited),
    fc.nat({ max: 3 }),
    fc.constantFrom(0, 0, startMs - 1, startMs + 60_000),
  )
  .map((parts) => updateOf(...parts))

test('rows, books and counters agree with what became of the profiles', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(recordArbitrary, { maxLength: 6 }), { minLength: 1 }),
      (batches) => {
        const entries = batches.map((records, index) => entryOf(`${startMs}-${index}`, records))
        const { residents, outcome } = step(entries)
        const { counters, books, outbox } = outcome

        const rows = routes.map(({ dataflow }) => rowsOf(outcome, dataflow))
        expect(counters.get('outboxRows')).toBe(rows.flat().length)
        expect(outbox.reduce((sum, append) => sum + append.rows, 0)).toBe(rows.flat().length)
        // The one dataflow has every segment, so it has every change.
        expect(counters.get('changes')).toBe(rows[1]!.length)
        for (const [index, { dataflow, solutions }] of routes.entries()) {
          for (const solution of solutions) {
            const own = rows[index]!.filter((row) =>
              solutionsOfBits(row.solutions, solutions).includes(solution),
            )
            for (const field of ['received', 'pending']) {
              expect(books.get(bookField(dataflow, solution, field)) ?? 0).toBe(own.length)
            }
          }
        }

        const states = [...residents.values()].flatMap(({ profile: { memberships } }) =>
          memberships.filter((_, at) => at % stride === State),
        )
        const realized = states.filter((state) => state === codes.Realized).length
        expect(counters.get('realized')).toBe(realized)
        expect(counters.get('exited')).toBe(states.length - realized)
        expect(counters.get('steppedRecords')).toBe(batches.flat().length)
        expect(counters.get('steppedBytes')).toBe(
          entries.reduce((sum, { payload }) => sum + payload.byteLength, 0),
        )

        const changed = [...residents].filter(([, { profile }]) => profile.memberships.length > 0)
        expect(
          new Map(outcome.profiles.map(({ profileKey, packed }) => [profileKey, packed])),
        ).toEqual(
          new Map(changed.map(([profileKey, { profile }]) => [profileKey, packProfile(profile)])),
        )
        expect(new Map(outcome.timers.map(({ profileKey, dueMs }) => [profileKey, dueMs]))).toEqual(
          new Map(
            changed
              .map(([profileKey, { profile }]) => [profileKey, nextDueMs(profile)] as const)
              .filter(([, dueMs]) => dueMs > 0),
          ),
        )
      },
    ),
    { seed: 20_261_123, numRuns: 200 },
  )
})

test('a change that consent withholds is received and excluded, for each solution it would have gone to', () => {
  const withdrawn: LogRecord = [UpdateKind, 'p', [], [], ConsentWithdrawn, 0]
  const { outcome, residents } = step([
    entryOf(`${startMs}-0`, [updateOf('p', 0, StatusRealized, 1), withdrawn]),
    entryOf(`${startMs}-1`, [
      updateOf('p', 0, StatusExited, 2),
      updateOf('p', 1, StatusRealized, 2),
      updateOf('p', 2, StatusRealized, 2),
      updateOf('q', 0, StatusRealized, 2),
    ]),
  ])
  expect(Object.fromEntries(outcome.books)).toEqual({
    // Segment 0 goes to both, segment 1 to one of them: p in and out, then two withheld; q in.
    'delayed|s|received': 5,
    'delayed|s|pending': 3,
    'delayed|s|excluded:CONSENT_VIOLATION': 2,
    'delayed|t|received': 4,
    'delayed|t|pending': 3,
    'delayed|t|excluded:CONSENT_VIOLATION': 1,
    'at-once|u|received': 6,
    'at-once|u|pending': 3,
    'at-once|u|excluded:CONSENT_VIOLATION': 3,
  })
  expect(rowsOf(outcome, 'at-once').map(({ profileKey }) => profileKey)).toEqual(['p', 'p', 'q'])
  expect(outcome.counters.get('outboxRows')).toBe(6)
  expect(residents.get('p')!.profile.memberships).toHaveLength(3 * stride)
})

/** Dataflow and due time of the rows that an entry of this id leaves. */
const dueOf = (id: string) =>
  step([entryOf(id, [updateOf('p', 0, StatusRealized, 1)])]).outcome.outbox.map(
    ({ dataflow, dueMs }) => [dataflow, dueMs],
  )

test('a row falls due in the second after its delay, and without a delay in the bucket of none', () => {
  expect(dueOf(`${startMs}-0`)).toEqual([
    ['delayed', startMs + 10_000],
    ['at-once', 0],
  ])
  expect(dueOf(`${startMs + 1}-0`)[0]).toEqual(['delayed', startMs + 11_000])
  expect(dueOf(`${startMs + 999}-0`)[0]).toEqual(['delayed', startMs + 11_000])
})

test('a record’s revision is its entry’s id and its place in it', () => {
  const records = [updateOf('p', 0, StatusRealized, 1), updateOf('q', 0, StatusRealized, 1)]
  const { outcome, slice } = step([entryOf(`${startMs}-3`, records)])
  expect(rowsOf(outcome, 'at-once').map((row) => [row.revisionMs, row.revisionSequence])).toEqual([
    [startMs, 3 * 65_536],
    [startMs, 3 * 65_536 + 1],
  ])
  expect(slice.offset).toBe(`${startMs}-3`)
})

test('rows of one bucket come in chunks of the same most size', () => {
  const records = Array.from({ length: 600 }, (_, index) =>
    updateOf(`p${index}`, 2, StatusRealized, 1),
  )
  const { outcome } = step([entryOf(`${startMs}-0`, records)])
  const sizes = outcome.outbox.map(({ chunk, rows }) => [unpackChunk(chunk).length, rows])
  expect(sizes).toEqual([
    [rowsPerChunkLimit, rowsPerChunkLimit],
    [rowsPerChunkLimit, rowsPerChunkLimit],
    [88, 88],
  ])
})

test('segments beyond the dictionary are refused and counted, and their neighbours are not', () => {
  const full = Array.from({ length: segmentsLimit - 1 }, (_, index) => `ups:known-${index}`)
  const dictionary = createDictionary(full)
  const said = [0, StatusRealized, 1, 0, 1, StatusRealized, 1, 0, 2, StatusExited, 1, 0]
  const slice = readSlice(
    [
      entryOf(
        `${startMs}-0`,
        [[UpdateKind, 'p', [], said, 0, 0]],
        ['ups:last', 'ups:over', 'ups:known-7'],
      ),
    ],
    dictionary,
  )
  const residents = new Map([['p', newResident('p')]])
  findResidents(slice, createResidency(2))
  addLoaded(slice, residents)
  const { counters } = stepSlice(slice, routes)
  expect(counters.get('SEGMENT_LIMIT')).toBe(1)
  const { memberships } = residents.get('p')!.profile
  expect(memberships.filter((_, at) => at % stride === 0)).toEqual([segmentsLimit - 1, 7])
})

/** A resident with one exit whose keeping ends with `startMs`. */
function leaving(profileKey: string): Resident {
  const sinceMs = startMs - exitKeptMs
  const memberships = [0, codes.Exited, 1, 0, sinceMs, 0, 0]
  return rehydrate(
    profileKey,
    packProfile({ ...emptyProfile(profileKey), memberships }),
    startTransitions,
  )
}

test('a profile that is dropped is removed with its timer', () => {
  const residents = new Map([['p', leaving('p')]])
  const { outcome } = step([entryOf(`${startMs}-0`, [[DueKind, 'p', startMs, 1]])], residents)
  expect(outcome.profiles).toEqual([{ profileKey: 'p', packed: undefined }])
  expect(outcome.timers).toEqual([{ profileKey: 'p', dueMs: 0 }])
  expect(outcome.dueKeys).toEqual(['p'])
  expect(outcome.counters.get('exited')).toBe(-1)
  expect(residents.get('p')!.profile).toEqual(emptyProfile('p'))
})

test('who comes with the key of a dropped profile, in the same slice, is somebody new', () => {
  const residents = new Map([['p', leaving('p')]])
  const records: LogRecord[] = [[DueKind, 'p', startMs, 1], updateOf('p', 1, StatusRealized, 5)]
  const { outcome } = step([entryOf(`${startMs}-0`, records)], residents)
  const { profile } = residents.get('p')!
  expect(profile.memberships.slice(0, 3)).toEqual([1, codes.Realized, 5])
  expect(outcome.profiles).toEqual([{ profileKey: 'p', packed: packProfile(profile) }])
  expect(outcome.counters.get('exited')).toBe(-1)
  expect(outcome.counters.get('realized')).toBe(1)
})

test('the timer of a profile whose due record was in the slice is written even where it did not move', () => {
  const residents = new Map([['p', leaving('p')]])
  const { outcome } = step([entryOf(`${startMs}-0`, [[DueKind, 'p', startMs, 0]])], residents)
  expect(outcome.profiles).toEqual([])
  expect(outcome.timers).toEqual([{ profileKey: 'p', dueMs: startMs }])
})

test('a slice whose profiles are not there is refused', () => {
  const slice = readSlice(
    [entryOf('1-0', [updateOf('p', 0, StatusRealized, 1)])],
    createDictionary([]),
  )
  expect(() => stepSlice(slice, routes)).toThrow('not loaded')
})
