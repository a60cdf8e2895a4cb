import {
  emptyProfile,
  noEffects,
  step,
  tableTransitions,
  type LogRecord,
  type Profile,
} from '@segue/profile'
import { emptyEntry, unknownRecord, type LedgerEntry, type LedgerRecord } from '@segue/runtime'
import { expect, test } from 'vitest'
import { decide, type DecisionContext } from './decide.ts'

const context: DecisionContext = {
  nowMs: 100_000,
  holdMs: 60_000,
  namespaces: ['ECID', 'email_lc_sha256'],
  primaryIdentityOnly: false,
  activated: (segment) => segment < 9,
  generation: undefined,
  fullState: false,
  again: false,
}

/** A profile after updates of segment 0, each `[status, at]`, one a second from 90 s on; optional other identities. */
function profileAfter(
  updates: readonly (readonly [status: 1 | 2, qualifiedMs: number, others?: readonly string[]])[],
  profileKey = 'ECID:1',
): Profile {
  const profile = emptyProfile(profileKey)
  for (const [index, [status, qualifiedMs, others = []]] of updates.entries()) {
    const record: LogRecord = [0, profileKey, others, [0, status, qualifiedMs, 0], 0, 0]
    const moment = { nowMs: 90_000 + index * 1_000, sequence: 0 }
    step(profile, record, [0], moment, tableTransitions, noEffects())
  }
  return profile
}

const row = (revisionMs: number, profileKey = 'ECID:1') => ({
  profileKey,
  segment: 0,
  revisionMs,
  revisionSequence: 0,
  solutions: 1,
  realized: true,
})

function entryWith(record: Partial<LedgerRecord>, doubt = false): LedgerEntry {
  const entry = emptyEntry()
  entry.records.set(0, { ...unknownRecord, ...record })
  if (doubt) entry.doubts.add(0)
  return entry
}

test('a realization that the solution does not know is sent, with the identities that it takes', () => {
  const profile = profileAfter([[1, 10, ['GAID:x', 'email_lc_sha256:y']]])
  expect(decide(row(90_000), profile, emptyEntry(), context)).toMatchObject({
    kind: 'send',
    status: 'realized',
    identities: ['ECID:1', 'email_lc_sha256:y'],
    record: { status: 'realized', identityCount: 2, revisionMs: 90_000 },
  })
})

test('what the solution knows holds for a newer revision that it need not be told of', () => {
  const profile = profileAfter([
    [1, 10],
    [2, 20],
  ])
  const told = entryWith({ status: 'exited', revisionMs: 80_000 })
  const decision = decide(row(91_000), profile, told, context)
  expect(decision).toMatchObject({
    kind: 'coalesced',
    record: { status: 'exited', revisionMs: 91_000 },
  })
  // So that it is told again where what it was told is lost there: no row of its own comes any more.
  const again = { ...context, again: true }
  const lost = entryWith({ status: 'exited', revisionMs: 91_000 }, true)
  expect(decide(row(91_000), profile, lost, again)).toMatchObject({ kind: 'send' })
})

test('a row that a newer one supersedes is coalesced, and remembered since when', () => {
  const profile = profileAfter([
    [1, 10],
    [2, 20],
  ])
  expect(decide(row(90_000), profile, emptyEntry(), context)).toMatchObject({
    kind: 'coalesced',
    record: { status: 'none', heldSinceMs: 90_000 },
  })
})

test('net zero sends nothing: the newest row finds what the solution knows already', () => {
  const profile = profileAfter([
    [1, 10],
    [2, 20],
  ])
  const entry = entryWith({ heldSinceMs: 90_000 })
  expect(decide(row(91_000), profile, entry, context)).toMatchObject({
    kind: 'coalesced',
    record: { heldSinceMs: 0 },
  })
})

test('what is superseded again and again is sent once it has been held for as long as allowed', () => {
  const profile = profileAfter([
    [1, 10],
    [2, 20],
    [1, 30],
  ])
  const held = { ...context, nowMs: 90_000 + 60_000 }
  const entry = entryWith({ heldSinceMs: 90_000 })
  expect(decide(row(91_000), profile, entry, held)).toMatchObject({
    kind: 'send',
    status: 'realized',
  })
  expect(decide(row(91_000), profile, entry, context).kind).toBe('coalesced')
})

test('with no delay nothing is ever held', () => {
  const profile = profileAfter([
    [2, 10],
    [1, 20],
  ])
  const decision = decide(row(90_000), profile, emptyEntry(), { ...context, holdMs: 0 })
  expect(decision).toMatchObject({
    kind: 'send',
    status: 'realized',
    record: { revisionMs: 91_000 },
  })
})

test('what may have reached the solution is sent again, even where it would know the same', () => {
  const profile = profileAfter([
    [1, 10],
    [2, 20],
  ])
  expect(decide(row(91_000), profile, entryWith({}, true), context)).toMatchObject({
    kind: 'send',
    status: 'exited',
  })
  const known = entryWith({ status: 'exited' }, true)
  expect(decide(row(91_000), profile, known, context).kind).toBe('send')
})

test('a realization that is known is sent again only for more identities', () => {
  const one = profileAfter([[1, 10]])
  const told = entryWith({ status: 'realized', identityCount: 1 })
  expect(decide(row(90_000), one, told, context).kind).toBe('coalesced')
  const two = profileAfter([[1, 10, ['email_lc_sha256:y']]])
  expect(decide(row(90_000), two, told, context).kind).toBe('send')
  const other = profileAfter([[1, 10, ['GAID:x']]])
  expect(decide(row(90_000), other, told, context).kind).toBe('coalesced')
})

test('a profile with no identity that the solution takes is excluded', () => {
  const profile = profileAfter([[1, 10]], 'GAID:x')
  expect(decide(row(90_000, 'GAID:x'), profile, emptyEntry(), context)).toEqual({
    kind: 'excluded',
    code: 'NO_IDENTITY',
  })
})

test('a segment that is not activated for the solution any more is excluded', () => {
  const profile = profileAfter([[1, 10]])
  const decision = decide(row(90_000), profile, emptyEntry(), {
    ...context,
    activated: () => false,
  })
  expect(decision).toEqual({ kind: 'excluded', code: 'SEGMENT_NOT_ACTIVATED' })
})

test('a forgotten profile is out of what the solution still knows it in', () => {
  const entry = entryWith({ status: 'realized', identityCount: 1 })
  expect(decide(row(90_000), undefined, entry, context)).toMatchObject({
    kind: 'send',
    status: 'exited',
    identities: ['ECID:1'],
  })
  expect(decide(row(90_000), undefined, emptyEntry(), context).kind).toBe('coalesced')
})

test('what an earlier counterpart was told is sent again, in or out; what this one was told is not', () => {
  const told = entryWith({ status: 'realized', identityCount: 1, generation: 1 })
  const inside = profileAfter([[1, 10]])
  const outside = profileAfter([
    [1, 10],
    [2, 20],
  ])
  const now = { ...context, generation: 2 }
  expect(decide(row(90_000), inside, told, now)).toMatchObject({
    kind: 'send',
    status: 'realized',
    record: { generation: 2 },
  })
  const toldOfExit = entryWith({ status: 'exited', generation: 1 })
  expect(decide(row(91_000), outside, toldOfExit, now)).toMatchObject({
    kind: 'send',
    status: 'exited',
  })
  expect(decide(row(90_000), inside, told, { ...now, generation: 1 }).kind).toBe('coalesced')
  // Where the counterpart is not ready nobody can say, and nothing can be sent either.
  expect(decide(row(90_000), inside, told, context).kind).toBe('coalesced')
})

test('of a full state a doubt about any segment is one about all', () => {
  const told = entryWith({ status: 'realized', identityCount: 1 })
  told.doubts.add(7)
  const profile = profileAfter([[1, 10]])
  expect(decide(row(90_000), profile, told, { ...context, fullState: true }).kind).toBe('send')
  expect(decide(row(90_000), profile, told, context).kind).toBe('coalesced')
})

test('a doubt about a segment that is not activated is none about the others', () => {
  const told = entryWith({ status: 'realized', identityCount: 1 })
  told.doubts.add(9)
  const profile = profileAfter([[1, 10]])
  const decision = decide(row(90_000), profile, told, { ...context, fullState: true })
  expect(decision.kind).toBe('coalesced')
})

test('what is to be told again is sent though nothing changed, unless a row of its own will bring more', () => {
  const again = { ...context, again: true }
  const inside = profileAfter([[1, 10]])
  const told = entryWith({ status: 'realized', identityCount: 1, revisionMs: 90_000 })
  expect(decide(row(90_000), inside, told, again)).toMatchObject({
    kind: 'send',
    status: 'realized',
    record: { revisionMs: 90_000 },
  })
  expect(decide(row(90_000), inside, emptyEntry(), { ...again, nowMs: 0 }).kind).toBe('send')

  const changed = profileAfter([
    [1, 10],
    [2, 20],
  ])
  // Not held either: the row that brings the change counts from itself.
  expect(decide(row(90_000), changed, told, again)).toEqual({
    kind: 'coalesced',
    record: told.records.get(0),
  })
  // Changed while the segment was not activated: there is no row for it.
  const stale = entryWith({ status: 'realized', identityCount: 1, generation: 1 })
  expect(decide(row(90_000), changed, stale, { ...again, generation: 2 })).toMatchObject({
    kind: 'send',
    status: 'exited',
  })
  const nothing = profileAfter([[2, 20]])
  expect(decide(row(90_000), nothing, emptyEntry(), again).kind).toBe('coalesced')
  // An exit of what was not known to be in has no row either, and the solution may have been told that it is in.
  const doubtful = emptyEntry()
  doubtful.doubts.add(0)
  expect(decide(row(89_000), nothing, doubtful, again)).toMatchObject({
    kind: 'send',
    status: 'exited',
  })
})
