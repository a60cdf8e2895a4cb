import { bookField, type Dataflow, type RunPart } from '@segue/runtime'
import { expect, test } from 'vitest'
import { createObserver, type ObserverPorts } from './observe.ts'

const hourMs = 3_600_000
const nowHour = 500_000
const nowMs = nowHour * hourMs + 60_000

function flow(id: string, solutions: readonly string[]): Dataflow {
  return {
    id,
    name: `Flow ${id}`,
    enabled: true,
    activationDelayMs: 0,
    solutions,
    segments: {},
  }
}

/** A sandbox of two partitions, as its ports show it. */
function sandbox(own: {
  readonly counters?: readonly Readonly<Record<string, number>>[]
  readonly books?: readonly Readonly<Record<string, number>>[]
  /** `partition|dataflow|hour` → numbers. */
  readonly runs?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly dead?: Readonly<Record<string, number>>
}) {
  let reads = 0
  const read = <Answer>(answer: Answer): Promise<Answer> => {
    reads += 1
    return Promise.resolve(answer)
  }
  const ports: ObserverPorts = {
    store: {
      open: () => read({ offset: '5-0', segments: [] }),
      counters: (partition) => read(new Map(Object.entries(own.counters?.[partition] ?? {}))),
      books: (partition) => read(new Map(Object.entries(own.books?.[partition] ?? {}))),
    },
    log: {
      read: (_, after) =>
        read([{ id: `${Number(after.split('-')[0]) + 7}-0`, payload: Buffer.of() }]),
    },
    ledger: {
      deadLetterCount: (...place) => read(own.dead?.[place.join('|')] ?? 0),
    },
    runs: {
      hours: (partition, dataflow, { fromHour, toHour, limit }) =>
        read(
          Object.keys(own.runs ?? {})
            .filter((key) => key.startsWith(`${partition}|${dataflow}|`))
            .map((key) => Number(key.split('|')[2]))
            .filter((hour) => hour >= fromHour && hour <= toHour)
            .toSorted((one, other) => other - one)
            .slice(0, limit),
        ),
      parts: async (partition, dataflow, hours) => {
        reads += hours.length
        return hours.map((hour): RunPart | undefined => {
          const numbers = own.runs?.[`${partition}|${dataflow}|${hour}`]
          return numbers && { numbers: new Map(Object.entries(numbers)), changedMs: 1 }
        })
      },
    },
    counterparts: {
      all: (solution) =>
        read(
          new Map(
            solution === 'target'
              ? [['ups:a', { remoteId: undefined, name: '', generation: 0, trouble }]]
              : [],
          ),
        ),
    },
    records: {
      pause: (solution) => read(solution === 'target' ? pause : undefined),
    },
    ownership: {
      workers: () =>
        read([
          { name: 'one', state: 'live', untilMs: nowMs, skewMs: -70 },
          // Of a worker that says nothing of its clock nothing is known.
          { name: 'two', state: 'live', untilMs: nowMs },
        ]),
    },
    clock: { nowMs: () => nowMs },
  }
  return { ports, reads: () => reads }
}

const pause = { code: 'X', detail: '', sinceMs: 1, untilMs: 2 }
const trouble = { code: 'NAME_TAKEN', detail: '', atMs: 1 }
const queues = [
  {
    name: 'activation',
    counts: () => Promise.resolve({ waiting: 1, active: 2, delayed: 3, failed: 4 }),
  },
]
const options = { partitionCount: 2, queues }

test('the parts of a run are added up over partitions, by solution and outcome', async () => {
  const { ports } = sandbox({
    runs: {
      [`0|f|${nowHour}`]: {
        'target|received': 9,
        'target|activated': 3,
        'target|excluded:A': 1,
        'target|excluded:B': 1,
        'target|failed:C': 2,
        'target|pending': 2,
        'target|resent': 7,
        'unknown|received': 9,
      },
      [`1|f|${nowHour}`]: { 'target|received': 1, 'target|pending': 1 },
      [`1|f|${nowHour - 2}`]: { 'target|received': 1, 'target|activated': 1 },
      [`1|f|${nowHour - 3}`]: { 'target|received': 5, 'target|activated': 5 },
    },
  })
  const { runs } = await createObserver(ports, options)(nowMs, [flow('f', ['target'])])
  const of = { flowId: 'f', solution: 'target' }
  expect(runs.toSorted((one, other) => other.startedMs - one.startedMs)).toEqual([
    {
      ...of,
      startedMs: nowHour * hourMs,
      received: 10,
      activated: 3,
      excluded: 2,
      failed: 2,
      pending: 3,
    },
    {
      ...of,
      startedMs: (nowHour - 2) * hourMs,
      received: 1,
      activated: 1,
      excluded: 0,
      failed: 0,
      pending: 0,
    },
  ])
})

test('older runs are looked at where the books say that records of them wait', async () => {
  const old = { [`0|f|${nowHour - 400}`]: { 'target|received': 5, 'target|pending': 5 } }
  const pending = bookField('f', 'target', 'pending')
  const observed = async (books: number): Promise<unknown> => {
    const { ports } = sandbox({ runs: old, books: [{ [pending]: books }] })
    return (await createObserver(ports, options)(nowMs, [flow('f', ['target'])])).runs
  }
  expect(await observed(0)).toEqual([])
  expect(await observed(5)).toMatchObject([{ startedMs: (nowHour - 400) * hourMs, pending: 5 }])
})

test('lag, pauses, segments, jobs and dead letters are found', async () => {
  const { ports } = sandbox({
    counters: [
      { appendedRecords: 4, steppedRecords: 4, appendedBytes: 9, steppedBytes: 9 },
      { appendedRecords: 4, appendedBytes: 9 },
    ],
    books: [{ 'f|target|failed:X': 3 }, {}],
    // The books say that nothing ever failed in the other partition.
    dead: { '0|f|target': 2, '1|f|target': 9 },
  })
  const observe = createObserver(ports, options)
  expect(await observe(nowMs, [flow('f', ['marketo', 'target'])])).toMatchObject({
    flows: new Map([['f', 'Flow f']]),
    lags: [{ partition: 1, oldestMs: 12 }],
    pauses: [{ solution: 'target', pause }],
    deadLetters: [
      { solution: 'marketo', count: 0 },
      { solution: 'target', count: 2 },
    ],
    failedSegments: [
      { solution: 'marketo', count: 0 },
      { solution: 'target', count: 1, code: 'NAME_TAKEN' },
    ],
    failedJobs: [{ queue: 'activation', count: 4 }],
    clocks: [{ worker: 'one', skewMs: -70 }],
  })
})

/** Reads of a look that is quick, and reads a second that the slow ones come to. */
async function cost(flows: number): Promise<{ quick: number; slowPerSec: number }> {
  const { ports, reads } = sandbox({})
  const observe = createObserver(ports, options)
  const dataflows = Array.from({ length: flows }, (_, index) => flow(`f${index}`, ['s']))
  await observe(nowMs, dataflows)
  const first = reads()
  await observe(nowMs + 1, dataflows)
  const quick = reads() - first
  let laterMs = nowMs
  let before = reads()
  for (;;) {
    laterMs += 1_000
    before = reads()
    await observe(laterMs, dataflows)
    if (reads() - before > quick) break
  }
  return { quick, slowPerSec: ((reads() - before - quick) * 1_000) / (laterMs - nowMs) }
}

test('a look is cheap, and what costs more is looked at less often the more there is of it', async () => {
  const [few, many] = [await cost(1), await cost(300)]
  expect(few.quick).toBe(4)
  expect(many.quick).toBe(4)
  expect(few.slowPerSec).toBeLessThan(1)
  expect(many.slowPerSec).toBeLessThan(6)
})
