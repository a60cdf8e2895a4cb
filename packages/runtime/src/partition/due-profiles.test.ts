import { codes, DueKind, emptyProfile, exitKeptMs, type Profile } from '@segue/profile'
import { expect, test } from 'vitest'
import { emptyEntry, packEntry, unknownRecord, type LedgerEntry } from '../codec/ledger-entry.ts'
import { packProfile } from '../codec/packed-profile.ts'
import { commitOf, own } from '../testing/contract/commits.ts'
import { memoryPorts } from '../testing/memory/memory-ports.ts'
import { simulatedClock } from '../testing/memory/simulated-clock.ts'
import { dueRecords, type DueOutcome } from './due-profiles.ts'
import type { Route } from './routes.ts'

const nowMs = 1_795_428_000_000
const oldMs = nowMs - exitKeptMs
const dueMs = nowMs - 1
const routes: readonly Route[] = [
  { dataflow: 'f', activationDelayMs: 0, solutions: ['s', 't'], solutionsOf: () => 3 },
  { dataflow: 'g', activationDelayMs: 0, solutions: ['s'], solutionsOf: () => 1 },
]

/** A membership's group of numbers. */
const membership = (segment: number, state: number, untilMs: number, sinceMs: number): number[] => [
  segment,
  state,
  1,
  untilMs,
  sinceMs,
  0,
  0,
]
const left = membership(0, codes.Exited, 0, oldMs)

/** An entry that says of each segment what the solution was last told. */
function told(
  statuses: Readonly<Record<number, 'realized' | 'exited'>>,
  doubts: readonly number[] = [],
): LedgerEntry {
  const entry = emptyEntry()
  for (const doubt of doubts) entry.doubts.add(doubt)
  for (const [segment, status] of Object.entries(statuses)) {
    entry.records.set(Number(segment), { ...unknownRecord, status })
  }
  return entry
}

/** Asks about one stored profile, after each dataflow and solution was told what `ledger` says. */
async function askAbout(
  profile: Partial<Profile> | undefined,
  ledger: Readonly<Record<string, LedgerEntry>> = {},
): Promise<DueOutcome> {
  const ports = memoryPorts({ partitionCount: 1, clock: simulatedClock(nowMs) })
  if (profile !== undefined) {
    const packed = packProfile({ ...emptyProfile('p'), ...profile })
    const owner = await own(ports, 0)
    await ports.store.commit(0, commitOf({ owner, profiles: [{ profileKey: 'p', packed }] }))
  }
  for (const [place, entry] of Object.entries(ledger)) {
    const [dataflow = '', solution = ''] = place.split(' ')
    const token = Buffer.alloc(6, 1)
    await ports.ledger.claim(0, dataflow, solution, token, 0, [{ profileKey: 'p', segments: [] }])
    const entries = [{ profileKey: 'p', entry: packEntry(entry) }]
    await ports.ledger.settle(0, {
      dataflow,
      solution,
      token,
      entries,
      rows: [],
      resent: [],
      deadLetters: [],
    })
  }
  return dueRecords(0, [{ profileKey: 'p', dueMs }], ports, routes)
}

const record = (acknowledged: 0 | 1): DueOutcome => ({
  records: [[DueKind, 'p', dueMs, acknowledged]],
  unacknowledged: new Map(),
})
const waits = (nextExpiryMs: number): DueOutcome => ({
  records: [],
  unacknowledged: new Map([['p', nextExpiryMs]]),
})

const cases: readonly (readonly [
  what: string,
  profile: Partial<Profile> | undefined,
  ledger: Readonly<Record<string, LedgerEntry>>,
  expected: DueOutcome,
])[] = [
  [
    'a profile that is gone has no record',
    undefined,
    {},
    { records: [], unacknowledged: new Map() },
  ],
  [
    'an end that passed needs nobody’s word',
    { memberships: membership(0, codes.Realized, nowMs, oldMs) },
    { 'f s': told({ 0: 'realized' }) },
    record(0),
  ],
  ['an old exit that nobody was told of is acknowledged', { memberships: left }, {}, record(1)],
  [
    'an old exit that every solution knows is acknowledged',
    { memberships: left },
    { 'f s': told({ 0: 'exited' }), 'f t': told({ 0: 'exited' }), 'g s': told({ 0: 'exited' }) },
    record(1),
  ],
  [
    'one solution that knows the profile as realized is enough to wait for',
    { memberships: left },
    { 'f s': told({ 0: 'exited' }), 'g s': told({ 0: 'realized' }) },
    waits(0),
  ],
  ['a doubt is waited for', { memberships: left }, { 'f t': told({ 0: 'exited' }, [0]) }, waits(0)],
  [
    'a segment that the profile forgot long ago is waited for too',
    { memberships: left },
    { 'f t': told({ 7: 'realized' }) },
    waits(0),
  ],
  [
    'what the profile is realized in may be known as that',
    { memberships: [...left, ...membership(1, codes.Realized, 0, oldMs)] },
    { 'f s': told({ 1: 'realized' }) },
    record(1),
  ],
  [
    'while consent is withdrawn nothing may be known as realized',
    {
      condition: codes.OptedOut,
      memberships: [...left, ...membership(1, codes.Realized, 0, oldMs)],
    },
    { 'f s': told({ 1: 'realized' }) },
    waits(0),
  ],
  [
    'one that waits is asked about again when it next expires',
    {
      memberships: [
        ...left,
        ...membership(1, codes.Realized, nowMs + 500, oldMs),
        ...membership(2, codes.Realized, nowMs + 300, oldMs),
        ...membership(3, codes.Realized, 0, oldMs),
      ],
    },
    { 'f s': told({ 0: 'realized' }) },
    waits(nowMs + 300),
  ],
  [
    'one that waits and expires now has its record',
    { memberships: [...left, ...membership(1, codes.Realized, nowMs, oldMs)] },
    { 'f s': told({ 0: 'realized' }) },
    record(0),
  ],
]

test.for(cases)('%s', async ([, profile, ledger, expected]) => {
  expect(await askAbout(profile, ledger)).toEqual(expected)
})
