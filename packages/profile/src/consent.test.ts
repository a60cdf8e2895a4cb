import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Active, OptedOut } from './codes.ts'
import {
  ConsentGiven,
  ConsentUnchanged,
  ConsentWithdrawn,
  DueKind,
  StatusExited,
  StatusRealized,
  UpdateKind,
  type LogRecord,
} from './log-record.ts'
import { emptyProfile } from './profile.ts'
import { noEffects, type StepEffects } from './step-effects.ts'
import { step } from './step.ts'
import { actorTransitions, tableTransitions, type Transitions } from './transitions.ts'

const segments = [0, 1, 2, 3]

/** A profile that is stepped at times that are given. */
function subject(transitions: Transitions) {
  const profile = emptyProfile('ECID:1')
  return {
    profile,
    send: (record: LogRecord, nowMs: number): StepEffects => {
      const effects = noEffects()
      step(profile, record, segments, { nowMs, sequence: 0 }, transitions, effects)
      return effects
    },
  }
}

type Memberships = readonly (readonly [
  segment: number,
  status: number,
  atMs: number,
  untilMs: number,
])[]
const update = (memberships: Memberships, others: readonly string[], consent: 0 | 1 | 2) =>
  [UpdateKind, 'ECID:1', others, memberships.flat(), consent, 0] as const

const said = fc.record({
  memberships: fc.uniqueArray(
    fc.tuple(
      fc.nat(3),
      fc.constantFrom(StatusRealized, StatusRealized, StatusExited),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(0, 0, 1_005, 1_020),
    ),
    { selector: ([segment]) => segment, maxLength: 3 },
  ),
  others: fc.subarray(['GAID:a', 'IDFA:b']),
  consent: fc.constantFrom(
    ConsentUnchanged,
    ConsentUnchanged,
    ConsentUnchanged,
    ConsentGiven,
    ConsentWithdrawn,
    ConsentWithdrawn,
  ),
  /** Instead of an update: the time of something has come. */
  isDue: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
})

test.for([
  ['table', () => tableTransitions],
  ['xstate', () => actorTransitions()],
] as const)(
  'what consent withholds is what would have been told without the withdrawal, by %s',
  ([, transitions]) => {
    let withheldInAll = 0
    fc.assert(
      fc.property(fc.array(said, { maxLength: 25 }), (log) => {
        const one = subject(transitions())
        const consenting = subject(transitions())
        for (const [index, { memberships, others, consent, isDue }] of log.entries()) {
          const nowMs = 1_001 + index
          const before = one.profile.condition
          const due: LogRecord = [DueKind, 'ECID:1', nowMs, 0]
          const { changed, withheld } = one.send(
            isDue ? due : update(memberships, others, consent),
            nowMs,
          )
          const told = consenting.send(
            isDue ? due : update(memberships, others, ConsentUnchanged),
            nowMs,
          ).changed
          withheldInAll += withheld.length
          const accounted = new Set([...changed, ...withheld])
          // No segment both ways.
          expect(accounted.size).toBe(changed.length + withheld.length)
          const after = one.profile.condition
          expect({
            // Where consent was withdrawn before and is still, nothing is told.
            toldWhileWithdrawn: before === OptedOut && after === OptedOut ? changed : [],
            withheldWithConsent: after === Active ? withheld : [],
            // The step that turns consent tells more than the change.
            uncounted: told.filter((segment) => after === OptedOut && !accounted.has(segment)),
            overcounted: withheld.filter((segment) => !told.includes(segment)),
          }).toEqual({
            toldWhileWithdrawn: [],
            withheldWithConsent: [],
            uncounted: [],
            overcounted: [],
          })
        }
      }),
      { seed: 20_261_123, numRuns: 300 },
    )
    expect(withheldInAll).toBeGreaterThan(300)
  },
)

test('the withdrawal itself is told for every realized membership, and nothing of it is withheld', () => {
  const { send } = subject(tableTransitions)
  const realized = [0, 1, 2].map((segment) => [segment, StatusRealized, 10, 0] as const)
  send(update(realized, [], ConsentUnchanged), 1_001)
  const { changed, withheld } = send(
    update([[1, StatusExited, 20, 0]], [], ConsentWithdrawn),
    1_002,
  )
  expect(changed).toEqual([0, 1, 2])
  expect(withheld).toEqual([])
})
