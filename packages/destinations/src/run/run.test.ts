import type { RunPart } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { entitledTo, exampleConfiguration, exampleFlow } from '../testing/example-configuration.ts'
import { parseRunId, runId } from './run-id.ts'
import { runView, type RunView } from './run-view.ts'
import { runOf, statusOf, type Run } from './run.ts'

const hour = 498_690
const startsMs = hour * 3_600_000
const endsMs = startsMs + 3_600_000
const afterMs = endsMs + 5_000

const outcomes = [
  'activated',
  'coalesced',
  'pending',
  'excluded:NO_IDENTITY',
  'excluded:PERSON_UNKNOWN',
  'failed:NOT_FOUND',
]

/** What a partition may have counted of a run, balanced as the scripts keep it. */
const part: fc.Arbitrary<RunPart> = fc
  .array(
    fc.tuple(
      fc.constantFrom('campaign', 'marketo', 'target'),
      fc.constantFrom(...outcomes),
      fc.integer({ min: 1, max: 9 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) => {
    const numbers = new Map<string, number>()
    const add = (field: string, number: number): void =>
      void numbers.set(field, (numbers.get(field) ?? 0) + number)
    for (const [solution, outcome, number] of rows) {
      add(`${solution}|${outcome}`, number)
      add(`${solution}|received`, number)
    }
    return { numbers, changedMs: startsMs + rows.length }
  })

const runWith = (numbers: Record<string, number>, changedMs = startsMs + 1): Run =>
  runOf('flow', hour, [{ numbers: new Map(Object.entries(numbers)), changedMs }])!

const flow = exampleFlow({})
const configuration = exampleConfiguration({ ...entitledTo(), flow: { flow } })
const viewed = (run: Run, nowMs = afterMs): RunView => runView(configuration, run, 'prod', nowMs)

const inInfos = (infos: readonly { readonly count: number }[]): number =>
  infos.reduce((sum, { count }) => sum + count, 0)

const durationAt = (nowMs: number, changedMs: number) =>
  viewed(runWith({ 's|received': 1, 's|activated': 1 }, changedMs), nowMs).metrics.durationSummary

test('a run as it is read balances, in all, at each solution, and in its infos', () => {
  fc.assert(
    fc.property(part, fc.array(fc.option(part, { nil: undefined })), (first, others) => {
      const parts = [...others, first]
      const { recordSummary } = viewed(runOf('flow', hour, parts)!).metrics
      const [target] = recordSummary.targetSummaries
      const counted = (outcome: string): number =>
        parts
          .flatMap((one) => [...(one?.numbers ?? [])])
          .filter(([field]) => field.endsWith(`|${outcome}`))
          .reduce((sum, [, number]) => sum + number, 0)
      expect(recordSummary).toMatchObject({
        inputRecordCount: counted('received'),
        outputRecordCount: counted('activated'),
        pendingRecordCount: counted('pending'),
        coalescedRecordCount: counted('coalesced'),
        failedRecordCount: counted('failed:NOT_FOUND'),
      })
      for (const one of [recordSummary, ...target!.entitySummaries]) {
        expect(
          one.outputRecordCount +
            one.skippedRecordCount +
            one.failedRecordCount +
            one.pendingRecordCount +
            one.coalescedRecordCount,
        ).toBe(one.inputRecordCount)
        expect(inInfos(one.skippedInfo)).toBe(one.skippedRecordCount)
        expect(inInfos(one.failedInfo)).toBe(one.failedRecordCount)
        expect([...one.skippedInfo, ...one.failedInfo].every(({ message }) => message !== '')).toBe(
          true,
        )
      }
    }),
    { seed: 20_261_123, numRuns: 100 },
  )
})

test('an hour of which no partition has a part is no run', () => {
  expect(runOf('flow', hour, [undefined, undefined])).toBeUndefined()
})

test('a run is processing while its hour lasts or rows are pending; then it says how it ended', () => {
  const done = { 's|received': 2, 's|activated': 1, 's|excluded:X': 1 }
  expect(statusOf(runWith(done), endsMs - 1)).toBe('processing')
  expect(statusOf(runWith(done), endsMs)).toBe('success')
  const pending = { ...done, 's|received': 3, 't|received': 1, 't|pending': 1 }
  expect(statusOf(runWith(pending), endsMs + 86_400_000)).toBe('processing')
  const some = { 's|received': 2, 's|activated': 1, 's|failed:X': 1 }
  expect(statusOf(runWith(some), afterMs)).toBe('partial_success')
  const none = { 's|received': 2, 's|excluded:X': 1, 's|failed:X': 1 }
  expect(statusOf(runWith(none), afterMs)).toBe('failed')
})

test('a run lasts an hour, or until its last row was settled where that is later', () => {
  expect(durationAt(endsMs - 1, startsMs + 5)).toEqual({ startedAtUTC: startsMs })
  expect(durationAt(afterMs, startsMs + 5)).toEqual({
    startedAtUTC: startsMs,
    completedAtUTC: endsMs,
  })
  expect(durationAt(afterMs, endsMs + 7)).toEqual({
    startedAtUTC: startsMs,
    completedAtUTC: endsMs + 7,
  })
})

test('a run has the documented fields, and its flow’s connections', () => {
  const run = runWith({
    'marketo|received': 5,
    'marketo|activated': 2,
    'marketo|coalesced': 1,
    'marketo|excluded:CONSENT_VIOLATION': 1,
    'marketo|failed:LEAD_AMBIGUOUS': 1,
    'marketo|pending': 0,
    'marketo|resent': 4,
  })
  const view = viewed(run)
  expect(view).toMatchObject({
    id: runId('flow', hour),
    flowId: 'flow',
    createdAt: startsMs,
    updatedAt: startsMs + 1,
    sandboxName: 'prod',
    etag: expect.stringMatching(/^"[0-9a-f]{16}"$/),
    metrics: {
      recordSummary: {
        inputRecordCount: 5,
        createdRecordCount: 2,
        outputRecordCount: 2,
        skippedRecordCount: 1,
        failedRecordCount: 1,
        coalescedRecordCount: 1,
        pendingRecordCount: 0,
        resentRecordCount: 4,
        skippedInfo: [{ code: 'CONSENT_VIOLATION', count: 1, type: 'Warning' }],
        failedInfo: [{ code: 'LEAD_AMBIGUOUS', count: 1, type: 'Error' }],
        sourceSummaries: [{ id: flow.sourceConnectionId, inputRecordCount: 5 }],
        targetSummaries: [
          {
            id: flow.targetConnectionId,
            outputRecordCount: 2,
            entitySummaries: [{ id: 'solution:marketo', outputRecordCount: 2 }],
          },
        ],
      },
      statusSummary: { status: 'partial_success', errors: [] },
    },
  })
  expect(view.activities[0]!.id).toBe(view.metrics.statusSummary.activityRefs[0])
  const gone = runView(exampleConfiguration({}), run, 'prod', afterMs)
  expect(gone.metrics.recordSummary.targetSummaries[0]).not.toHaveProperty('id')
})

test('a run’s id is a UUID that leads back to its flow and hour, and to no other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 5 }),
      fc.nat({ max: 16_777_215 }),
      (flowIds, at) => {
        const id = runId(flowIds[1]!, at)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(parseRunId(id, flowIds)).toEqual({ flowId: flowIds[1], hour: at })
        expect(parseRunId(id, [flowIds[0]!])).toBeUndefined()
      },
    ),
    { seed: 20_261_123 },
  )
  for (const odd of ['', 'x', '0', 'not-a-uuid-at-all-000001']) {
    expect(parseRunId(odd, ['flow'])).toBeUndefined()
  }
})
