import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { desired } from './desired.ts'
import {
  AcknowledgedKind,
  ConsentGiven,
  ConsentUnchanged,
  ConsentWithdrawn,
  DueKind,
  EraseKind,
  StatusExited,
  StatusRealized,
  UpdateKind,
  type LogRecord,
} from './log-record.ts'
import { emptyProfile, exitKeptMs, nextDueMs, State, stride, type Profile } from './profile.ts'
import { Changed, Dropped, noEffects, Unchanged, type StepEffects } from './step-effects.ts'
import { step } from './step.ts'
import { actorTransitions, tableTransitions, type Transitions } from './transitions.ts'

const segments = [0, 1, 2, 3]

/** A profile with a log of its own: each record comes a millisecond after the one before unless told otherwise. */
function subject(transitions: Transitions = tableTransitions) {
  const profile = emptyProfile('ECID:1')
  let nowMs = 1_000
  return {
    profile,
    send: (record: LogRecord, atMs = nowMs + 1): StepEffects & { outcome: number } => {
      nowMs = atMs
      const effects = noEffects()
      const outcome = step(profile, record, segments, { nowMs, sequence: 0 }, transitions, effects)
      return { ...effects, outcome }
    },
  }
}

const update = (
  memberships: readonly (readonly [segment: number, status: number, at: number, until?: number])[],
  { others = [], consent = ConsentUnchanged, consentAtMs = 0 }: UpdateOptions = {},
): LogRecord => [
  UpdateKind,
  'ECID:1',
  others,
  memberships.flatMap(([segment, status, at, until = 0]) => [segment, status, at, until]),
  consent,
  consentAtMs,
]

interface UpdateOptions {
  readonly others?: readonly string[]
  readonly consent?: 0 | 1 | 2
  readonly consentAtMs?: number
}

const realized = (segment: number, at: number, until = 0) =>
  update([[segment, StatusRealized, at, until]])
const exited = (segment: number, at: number) => update([[segment, StatusExited, at]])
const due = (atMs: number, acknowledged: 0 | 1 = 0): LogRecord => [
  DueKind,
  'ECID:1',
  atMs,
  acknowledged,
]
const withdraw = (consentAtMs = 0) => update([], { consent: ConsentWithdrawn, consentAtMs })
const give = (consentAtMs = 0) => update([], { consent: ConsentGiven, consentAtMs })
const erase: LogRecord = [EraseKind, 'ECID:1']
const acknowledge: LogRecord = [AcknowledgedKind, 'ECID:1']
/** A deep copy by way of JSON: what is stored crosses a wire too. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
const statusOf = (profile: Profile, segment = 0) => desired(profile, segment).status

describe('memberships', () => {
  test('a first realization enters, an exit leaves, each with one row', () => {
    const { profile, send } = subject()
    expect(send(realized(0, 10)).changed).toEqual([0])
    expect(statusOf(profile)).toBe('realized')
    expect(send(exited(0, 20)).changed).toEqual([0])
    expect(statusOf(profile)).toBe('exited')
  })

  test('a duplicate changes nothing and writes nothing', () => {
    const { send } = subject()
    send(realized(0, 10, 99_999))
    expect(send(realized(0, 10, 99_999)).outcome).toBe(Unchanged)
  })

  test('a re-evaluation that still qualifies moves the time and sends nothing', () => {
    const { profile, send } = subject()
    send(realized(0, 10))
    const before = desired(profile, 0)
    const again = send(realized(0, 20))
    expect(again.outcome).toBe(Changed)
    expect(again.changed).toEqual([])
    expect(desired(profile, 0)).toEqual(before)
    expect(send(exited(0, 15)).outcome).toBe(Unchanged)
  })

  test('an older update that arrives late is ignored in every state', () => {
    for (const first of [realized(0, 50), exited(0, 50), realized(0, 50, 60)]) {
      const { profile, send } = subject()
      send(first)
      const before = copy(profile)
      expect(send(realized(0, 40)).outcome).toBe(Unchanged)
      expect(send(exited(0, 40)).outcome).toBe(Unchanged)
      expect(send(realized(0, 40, 45)).outcome).toBe(Unchanged)
      expect(profile).toEqual(before)
    }
  })

  test('at one and the same time an exit wins, whichever comes first', () => {
    const one = subject()
    one.send(realized(0, 10))
    expect(one.send(exited(0, 10)).changed).toEqual([0])
    const other = subject()
    other.send(exited(0, 10))
    expect(other.send(realized(0, 10)).outcome).toBe(Unchanged)
    expect(statusOf(one.profile)).toBe(statusOf(other.profile))
  })

  test('an exit of an unknown membership is kept for order and sends nothing', () => {
    const { profile, send } = subject()
    const first = send(exited(0, 20))
    expect(first.changed).toEqual([])
    expect(first.exitedDelta).toBe(1)
    expect(send(realized(0, 10)).outcome).toBe(Unchanged)
    expect(statusOf(profile)).toBe('exited')
  })

  test('a membership expires when its time has passed, and not before', () => {
    const { profile, send } = subject()
    send(realized(0, 10, 5_000))
    expect(nextDueMs(profile)).toBe(5_000)
    expect(send(due(5_000), 4_999).outcome).toBe(Unchanged)
    const expiry = send(due(5_000), 5_000)
    expect(expiry.changed).toEqual([0])
    expect(statusOf(profile)).toBe('exited')
    expect(send(due(5_000), 5_001).outcome).toBe(Unchanged)
  })

  test('a renewal moves the expiry, so the old due time does nothing', () => {
    const { profile, send } = subject()
    send(realized(0, 10, 5_000))
    expect(send(realized(0, 20, 9_000)).changed).toEqual([])
    expect(send(due(5_000), 5_000).outcome).toBe(Unchanged)
    expect(statusOf(profile)).toBe('realized')
    expect(nextDueMs(profile)).toBe(9_000)
  })

  test('a renewal after the expiry brings the membership back; a late one of before does not', () => {
    const { profile, send } = subject()
    send(realized(0, 10, 5_000))
    send(due(5_000), 5_000)
    expect(send(realized(0, 9), 5_001).outcome).toBe(Unchanged)
    expect(send(realized(0, 10, 9_000), 5_002).changed).toEqual([0])
    expect(statusOf(profile)).toBe('realized')
  })

  test('an update that has lapsed on arrival never enters, and makes a member leave', () => {
    const fresh = subject()
    expect(fresh.send(realized(0, 10, 900)).changed).toEqual([])
    const member = subject()
    member.send(realized(0, 10))
    expect(member.send(realized(0, 20, 900)).changed).toEqual([0])
    expect(statusOf(member.profile)).toBe('exited')
  })

  test('a segment the dictionary refused is passed over', () => {
    const profile = emptyProfile('ECID:1')
    const outcome = step(
      profile,
      realized(0, 10),
      [-1],
      { nowMs: 1, sequence: 0 },
      tableTransitions,
      noEffects(),
    )
    expect(outcome).toBe(Unchanged)
    expect(profile.memberships).toEqual([])
  })
})

describe('forgetting', () => {
  test('an exit is forgotten 30 days after it entered the log, once every solution acknowledged it', () => {
    const { profile, send } = subject()
    send(realized(0, 10))
    send(realized(1, 10))
    send(exited(0, 20), 2_000)
    const atMs = 2_000 + exitKeptMs
    expect(nextDueMs(profile)).toBe(atMs)
    expect(send(due(atMs, 1), atMs - 1).outcome).toBe(Unchanged)
    expect(send(due(atMs, 0), atMs).outcome).toBe(Unchanged)
    const forgotten = send(due(atMs, 1), atMs)
    expect(forgotten.outcome).toBe(Changed)
    expect(forgotten.exitedDelta).toBe(-1)
    expect(statusOf(profile, 1)).toBe('realized')
    expect(nextDueMs(profile)).toBe(0)
  })

  test('a profile of which nothing is left is dropped; one that opted out is kept', () => {
    const one = subject()
    one.send(realized(0, 10))
    one.send(exited(0, 20), 2_000)
    expect(one.send(due(0, 1), 2_000 + exitKeptMs).outcome).toBe(Dropped)
    const other = subject()
    other.send(realized(0, 10))
    other.send(withdraw())
    other.send(exited(0, 20), 2_000)
    expect(other.send(due(0, 1), 2_000 + exitKeptMs).outcome).toBe(Changed)
  })
})

describe('consent', () => {
  test('withdrawal leaves everything, its return sends again what is realized by then', () => {
    const { profile, send } = subject()
    send(
      update([
        [0, StatusRealized, 10],
        [1, StatusRealized, 10],
      ]),
    )
    expect(send(withdraw()).changed).toEqual([0, 1])
    expect([statusOf(profile, 0), statusOf(profile, 1)]).toEqual(['exited', 'exited'])
    expect(send(exited(1, 20)).changed).toEqual([])
    expect(send(realized(2, 20)).changed).toEqual([])
    expect(statusOf(profile, 2)).toBe('exited')
    expect(send(give()).changed).toEqual([0, 2])
    expect([0, 1, 2].map((segment) => statusOf(profile, segment))).toEqual([
      'realized',
      'exited',
      'realized',
    ])
  })

  test('expiry goes on while consent is withdrawn', () => {
    const { profile, send } = subject()
    send(realized(0, 10, 5_000))
    send(withdraw())
    expect(send(due(5_000), 5_000).changed).toEqual([])
    expect(send(give(), 5_001).changed).toEqual([])
    expect(statusOf(profile)).toBe('exited')
  })

  test('decisions are ordered by their time where they have one, else by the log', () => {
    const { profile, send } = subject()
    send(realized(0, 10))
    send(withdraw(500))
    expect(send(give(400)).outcome).toBe(Unchanged)
    expect(send(give(500)).outcome).toBe(Unchanged)
    expect(statusOf(profile)).toBe('exited')
    send(give(600))
    expect(statusOf(profile)).toBe('realized')
    send(withdraw(600))
    expect(statusOf(profile)).toBe('exited')
    send(give())
    expect(statusOf(profile)).toBe('realized')
  })

  test('giving what was never withdrawn sends nothing', () => {
    const { send } = subject()
    send(realized(0, 10))
    expect(send(give(100)).changed).toEqual([])
    expect(send(give(100)).outcome).toBe(Unchanged)
  })

  test('a withdrawal that comes with an exit still tells solutions of that exit', () => {
    const { profile, send } = subject()
    send(realized(0, 10))
    const both = send(update([[0, StatusExited, 20]], { consent: ConsentWithdrawn }))
    expect(both.changed).toEqual([0])
    expect(statusOf(profile)).toBe('exited')
  })
})

test('what changes unseen while consent is withdrawn supersedes no row, and keeps its own time', () => {
  const { profile, send } = subject()
  send(realized(0, 10))
  send(withdraw(), 2_000)
  const told = desired(profile, 0)
  expect(told.revisionMs).toBe(2_000)
  expect(send(exited(0, 20), 3_000).changed).toEqual([])
  expect(desired(profile, 0)).toEqual(told)
  expect(nextDueMs(profile)).toBe(3_000 + exitKeptMs)
})

describe('identities', () => {
  test('an identity that is added sends the realized memberships for it, once', () => {
    const { profile, send } = subject()
    send(
      update([
        [0, StatusRealized, 10],
        [1, StatusExited, 10],
      ]),
    )
    const first = desired(profile, 0)
    expect(send(update([], { others: ['GAID:a'] })).changed).toEqual([0])
    expect(desired(profile, 0).revisionMs).toBeGreaterThan(first.revisionMs)
    expect(send(update([], { others: ['GAID:a'] })).outcome).toBe(Unchanged)
    expect(profile.identities).toEqual(['ECID:1', 'GAID:a'])
  })

  test('at most 50 are kept, and what is refused is counted', () => {
    const { profile, send } = subject()
    const others = Array.from({ length: 60 }, (_, index) => `crm:${index}`)
    expect(send(update([], { others })).identitiesRefused).toBe(11)
    expect(profile.identities).toHaveLength(50)
  })
})

describe('erasure', () => {
  test('an erased profile leaves everything, takes nothing in, and goes once acknowledged', () => {
    const { profile, send } = subject()
    send(
      update([
        [0, StatusRealized, 10],
        [1, StatusExited, 10],
      ]),
    )
    expect(send(erase).changed).toEqual([0])
    expect(statusOf(profile)).toBe('exited')
    expect(send(realized(2, 30)).outcome).toBe(Unchanged)
    expect(send(give()).outcome).toBe(Unchanged)
    expect(send(erase).outcome).toBe(Unchanged)
    expect(send(due(0, 1)).outcome).toBe(Unchanged)
    expect(nextDueMs(profile)).toBe(0)
    const gone = send(acknowledge)
    expect(gone.outcome).toBe(Dropped)
    expect([gone.realizedDelta, gone.exitedDelta]).toEqual([-1, -1])
  })

  test('an acknowledgement that nobody waits for changes nothing', () => {
    const { profile, send } = subject()
    send(realized(0, 10))
    const before = copy(profile)
    expect(send(acknowledge).outcome).toBe(Unchanged)
    expect(profile).toEqual(before)
  })

  test('one who opted out before has nothing more to retract', () => {
    const { send } = subject()
    send(realized(0, 10))
    send(withdraw())
    expect(send(erase).changed).toEqual([])
  })
})

const records: fc.Arbitrary<LogRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        memberships: fc.uniqueArray(
          fc.tuple(
            fc.nat(3),
            fc.constantFrom(StatusRealized, StatusExited),
            fc.integer({ min: 1, max: 8 }),
            fc.oneof(fc.constant(0), fc.integer({ min: 1_000, max: 1_040 })),
          ),
          { selector: ([segment]) => segment, maxLength: 3 },
        ),
        others: fc.subarray(['GAID:a', 'IDFA:b']),
        consent: fc.constantFrom(
          ConsentUnchanged,
          ConsentUnchanged,
          ConsentGiven,
          ConsentWithdrawn,
        ),
        consentAtMs: fc.constantFrom(0, 5, 6),
      })
      .map(({ memberships, ...rest }) => update(memberships, rest as UpdateOptions)),
  },
  { weight: 2, arbitrary: fc.constantFrom(due(0, 0), due(0, 1)) },
  { weight: 1, arbitrary: fc.constantFrom(erase, acknowledge) },
)

test('table and actors give the same state and effects for any log, also when rehydrated at any point', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(records, fc.boolean()), { maxLength: 30 }), (log) => {
      const byTable = subject()
      let actors = actorTransitions()
      let profile = emptyProfile('ECID:1')
      let nowMs = 1_000
      for (const [record, rehydrate] of log) {
        nowMs += 1
        const expected = byTable.send(record, nowMs)
        if (rehydrate) {
          profile = copy(profile)
          actors = actorTransitions()
        }
        const effects = noEffects()
        const outcome = step(profile, record, segments, { nowMs, sequence: 0 }, actors, effects)
        expect({ ...effects, outcome }).toEqual(expected)
        expect(profile).toEqual(byTable.profile)
        if (outcome === Dropped) return
      }
    }),
    { seed: 4711, numRuns: 500 },
  )
})

test('counts follow the state, and rows come exactly when a desired status changes', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 40 }), (log) => {
      const { profile, send } = subject()
      let realizedCount = 0
      let exitedCount = 0
      for (const record of log) {
        const before = segments.map((segment) => statusOf(profile, segment))
        const identities = profile.identities.length
        const { changed, realizedDelta, exitedDelta, outcome } = send(record)
        realizedCount += realizedDelta
        exitedCount += exitedDelta
        if (outcome === Dropped) return
        const states = profile.memberships.filter((_, index) => index % stride === State)
        expect(realizedCount).toBe(states.filter((state) => state === 1).length)
        expect(exitedCount).toBe(states.filter((state) => state !== 1).length)
        const moved = segments.filter((segment) => statusOf(profile, segment) !== before[segment])
        expect(changed).toEqual(expect.arrayContaining(moved))
        // A record that adds an identity, or decides on consent and on memberships at once, may tell more than moved.
        const tellsMore = profile.identities.length > identities || record[4] !== ConsentUnchanged
        const unmoved = tellsMore ? [] : changed.filter((segment) => !moved.includes(segment))
        expect(unmoved).toEqual([])
      }
    }),
    { seed: 4711, numRuns: 500 },
  )
})

const endOf = (list: readonly (readonly [number, number, number])[]) => {
  const { profile, send } = subject()
  for (const [segment, status, at] of list) send(update([[segment, status, at]]))
  return [0, 1, 2].map((segment) => statusOf(profile, segment))
}

test('the order in which updates of distinct times arrive does not matter', () => {
  const updates = fc.uniqueArray(
    fc.tuple(
      fc.nat(2),
      fc.constantFrom(StatusRealized, StatusExited),
      fc.integer({ min: 1, max: 900 }),
    ),
    { selector: ([segment, , at]) => `${segment}/${at}`, maxLength: 12 },
  )
  fc.assert(
    fc.property(
      updates.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        expect(endOf(shuffled)).toEqual(endOf(list))
        expect(endOf([...shuffled, ...list])).toEqual(endOf(list))
      },
    ),
    { seed: 4711, numRuns: 300 },
  )
})
