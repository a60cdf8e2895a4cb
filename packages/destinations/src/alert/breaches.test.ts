import { expect, test } from 'vitest'
import { findBreaches, type Breach } from './breaches.ts'
import type { Observation, RunObservation } from './observation.ts'
import { alertRules, ofEveryRule } from './rules.ts'

const hourMs = 3_600_000
const nowMs = 1_000 * hourMs + 20 * 60_000
const defaults = ofEveryRule((rule) => alertRules[rule].defaults)

const quiet: Observation = {
  nowMs,
  flows: new Map([['f', 'Main']]),
  runs: [],
  pauses: [],
  deadLetters: [],
  failedSegments: [],
  lags: [],
  failedJobs: [],
  clocks: [],
}

/** A run that began so many hours before the present one. */
function run(hoursAgo: number, own: Partial<RunObservation>): RunObservation {
  return {
    flowId: 'f',
    solution: 'marketo',
    startedMs: (1_000 - hoursAgo) * hourMs,
    received: 1_000,
    activated: 0,
    excluded: 0,
    failed: 0,
    pending: 0,
    ...own,
  }
}

function found(observation: Partial<Observation>, settings = defaults): readonly Breach[] {
  return findBreaches({ ...quiet, ...observation }, settings)
}
const rules = (observation: Partial<Observation>, settings = defaults): unknown =>
  found(observation, settings).map(({ rule }) => rule)

test('nothing is wrong where nothing is', () => {
  expect(found({})).toEqual([])
  expect(found({ runs: [run(0, { activated: 1_000 })] })).toEqual([])
})

test('a run with failed records has failed, until one goes well', () => {
  expect(found({ runs: [run(0, { activated: 9, failed: 1 })] })).toMatchObject([
    { rule: 'run-failed', flowId: 'f', solution: 'marketo', value: 1, flowName: 'Main' },
  ])
  const failed = run(1, { failed: 5 })
  expect(rules({ runs: [failed, run(0, { received: 3, pending: 3 })] })).toEqual(['run-failed'])
  expect(rules({ runs: [failed, run(0, { activated: 1 })] })).toEqual([])
  expect(rules({ runs: [run(4, { failed: 5 })] })).toEqual([])
})

test('skipped records alarm above 1 %, and only where there are enough of them', () => {
  expect(rules({ runs: [run(0, { activated: 99, excluded: 1 })] })).toEqual([])
  expect(found({ runs: [run(0, { activated: 98, excluded: 2 })] })).toMatchObject([
    { rule: 'skipped-rate', value: 2, threshold: 1 },
  ])
  expect(rules({ runs: [run(0, { excluded: 99 })] })).toEqual([])
  // What is superseded or waits is no part of the share.
  const few = run(0, { received: 9_000, activated: 100, excluded: 3, pending: 8_000 })
  expect(rules({ runs: [few] })).toEqual(['skipped-rate'])
  // A new hour with few records leaves the last one's word standing, one with enough does not.
  const bad = run(1, { activated: 50, excluded: 50 })
  expect(rules({ runs: [bad, run(0, { activated: 99 })] })).toEqual(['skipped-rate'])
  expect(rules({ runs: [bad, run(0, { activated: 100 })] })).toEqual([])
  const strict = { ...defaults, 'skipped-rate': { ...defaults['skipped-rate'], threshold: 0.5 } }
  expect(rules({ runs: [run(0, { activated: 99, excluded: 1 })] }, strict)).toEqual([
    'skipped-rate',
  ])
})

test('a run is delayed when records of it wait for more than 150 minutes', () => {
  expect(rules({ runs: [run(2, { pending: 1 })] })).toEqual([])
  const late = found({ runs: [run(3, { pending: 7 }), run(0, { activated: 5 })] })
  expect(late).toMatchObject([{ rule: 'run-delayed', value: 200 * 60, threshold: 9_000 }])
  const boundary = { ...quiet, runs: [run(3, { pending: 7 })] }
  const at = (minutes: number): number =>
    findBreaches({ ...boundary, nowMs: 997 * hourMs + minutes * 60_000 }, defaults).length
  expect([at(150), at(151)]).toEqual([0, 1])
  // The oldest record counts, whatever waits since.
  const waiting = [run(0, { pending: 9 }), run(500, { pending: 1 }), run(600, { activated: 9 })]
  expect(found({ runs: waiting })).toMatchObject([
    { rule: 'run-delayed', value: 500 * 3_600 + 1_200 },
  ])
})

test('a solution is unreachable while it is paused, and as long as a setting of it is wrong', () => {
  const pause = { code: 'HTTP_503', detail: 'x', sinceMs: nowMs - 60_000, untilMs: nowMs + 1 }
  const paused = (own: object): unknown =>
    found({ pauses: [{ solution: 'target', pause: { ...pause, ...own } }] }).map(
      ({ rule, solution, value, code }) => [rule, solution, value, code],
    )
  expect(paused({})).toEqual([['solution-unreachable', 'target', 60, 'HTTP_503']])
  // The next try may pause it again: until then nobody knows.
  expect(paused({ untilMs: nowMs - 29_000 })).toHaveLength(1)
  expect(paused({ untilMs: nowMs - 30_000 })).toEqual([])
  expect(paused({ untilMs: nowMs - 9_000_000, setting: 'clientId' })).toHaveLength(1)
})

test('dead letters, segments, jobs and lag alarm by their numbers', () => {
  const place = { flowId: 'f', solution: 'target' }
  expect(rules({ deadLetters: [{ ...place, count: 0 }] })).toEqual([])
  expect(rules({ deadLetters: [{ ...place, count: 1 }] })).toEqual(['dead-letters'])
  expect(found({ failedSegments: [{ ...place, count: 2, code: 'NAME_TAKEN' }] })).toMatchObject([
    { rule: 'segment-failed', code: 'NAME_TAKEN', value: 2 },
  ])
  expect(rules({ failedJobs: [{ queue: 'activation', count: 0 }] })).toEqual([])
  expect(rules({ failedJobs: [{ queue: 'activation', count: 1 }] })).toEqual(['jobs-failed'])
  expect(rules({ lags: [{ partition: 1, oldestMs: nowMs - 60_000 }] })).toEqual([])
  const lags = [
    { partition: 1, oldestMs: nowMs - 1 },
    { partition: 2, oldestMs: nowMs - 61_000 },
  ]
  expect(found({ lags })).toMatchObject([{ rule: 'lag', value: 61 }])
})

const clocks = (...skews: readonly number[]): Observation['clocks'] =>
  skews.map((skewMs, index) => ({ worker: `w${index}`, skewMs }))

test('a clock that differs by more than a second either way alarms once, and names the worst', () => {
  expect(rules({ clocks: clocks(0, 1_000, -1_000) })).toEqual([])
  expect(found({ clocks: clocks(200, 1_100, -3_210) })).toMatchObject([
    {
      rule: 'clock-skew',
      value: 3.2,
      threshold: 1,
      detail: expect.stringMatching(/worker w2 is 3.2 s behind .* of 3 workers’ clocks 2 differ/),
    },
  ])
  expect(found({ clocks: clocks(120_000) })[0]?.detail).toContain('120 s ahead of')
})

test('what is about a flow that is gone, or by a rule that is off, is not found', () => {
  expect(rules({ runs: [run(0, { failed: 1, flowId: 'gone' })] })).toEqual([])
  const off = ofEveryRule((rule) => ({ ...defaults[rule], enabled: false }))
  expect(rules({ runs: [run(0, { failed: 1 })] }, off)).toEqual([])
})

test('no text of a solution comes into an alert: it might hold an identity', () => {
  const pause = { code: 'X', detail: 'jane@example.com', sinceMs: 1, untilMs: nowMs + 1 }
  const text = JSON.stringify(found({ pauses: [{ solution: 'target', pause }] }))
  expect(text).not.toContain('jane')
})
