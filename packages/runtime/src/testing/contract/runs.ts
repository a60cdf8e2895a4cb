import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Range } from '../../ports/outbox.ts'
import { bookField, type Bucket } from '../../ports/partition-store.ts'
import type { RunPeriods } from '../../ports/runs.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, own } from './commits.ts'
import type { CreateSubject, Subject } from './subject.ts'

/** Short, so that rows are received and settled over many runs. */
const short: RunPeriods = { lengthMs: 8, keptMs: 3_600_000 }
const always = { fromHour: 0, toHour: Number.MAX_SAFE_INTEGER, limit: 10_000 }
const outcomes = ['activated', 'coalesced', 'excluded:X', 'failed:Y']
const solutions = ['s', 't']

const action = fc.oneof(
  fc.record({
    kind: fc.constant('receive' as const),
    dataflow: fc.constantFrom('f', 'g'),
    rows: fc.integer({ min: 1, max: 3 }),
    /** Counted by the commit itself, as what consent withholds is. */
    excluded: fc.nat({ max: 2 }),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    range: fc.nat({ max: 50 }),
    row: fc.nat({ max: 2 }),
    outcome: fc.constantFrom(...outcomes),
  }),
  fc.record({ kind: fc.constant('tell again' as const), dataflow: fc.constantFrom('f', 'g') }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 10 }) }),
)
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** What the runs of partition 0 should say, as plainly as possible. */
interface Model {
  /** By `dataflow|hour|solution|outcome`. */
  readonly numbers: Map<string, number>
  readonly ranges: { readonly range: Range; readonly rows: (string | undefined)[] }[]
}

function add(model: Model, { dataflow, hour }: Bucket, field: string, number: number): void {
  const name = `${dataflow}|${hour}|${field}`
  model.numbers.set(name, (model.numbers.get(name) ?? 0) + number)
}

/** Commits rows for both solutions into a bucket of its own, and plans it. */
async function receive(
  ports: Ports,
  dataflow: string,
  rows: number,
  excluded: number,
): Promise<{ readonly bucket: Bucket; readonly ranges: readonly Range[] }> {
  const { offset } = await ports.store.open(0)
  const next = Number(offset.split('-')[0]) + 1
  const outcome = await ports.store.commit(
    0,
    commitOf({
      owner: await own(ports, 0),
      expectedOffset: offset,
      offset: `${next}-0`,
      outbox: [{ dataflow, dueMs: next * 1_000, chunk: Buffer.from('chunk'), rows }],
      counters: new Map([['outboxRows', rows]]),
      books: new Map(
        solutions.flatMap((solution): [string, number][] => [
          [bookField(dataflow, solution, 'received'), rows + excluded],
          [bookField(dataflow, solution, 'pending'), rows],
          [bookField(dataflow, solution, 'excluded:C'), excluded],
        ]),
      ),
    }),
  )
  const bucket = outcome.status === 'committed' ? outcome.opened[0] : undefined
  if (bucket === undefined) throw new Error('no bucket was opened')
  await ports.outbox.seal(0, bucket)
  const progress = '0'.repeat(rows)
  const ranges = solutions.map((solution) => ({ bucket, solution, from: 0, to: 0, progress }))
  await ports.outbox.plan(0, bucket, rows, ranges)
  return { bucket, ranges }
}

async function settle(ports: Ports, range: Range, row: number, outcome: string): Promise<void> {
  await ports.ledger.settle(0, {
    dataflow: range.bucket.dataflow,
    solution: range.solution,
    token: Buffer.alloc(6, 1),
    entries: [],
    rows: [{ range, outcomes: [{ row, profileKey: 'p', outcome }] }],
    resent: [],
    deadLetters: [],
  })
}

async function tellAgain(ports: Ports, dataflow: string): Promise<void> {
  await ports.ledger.settle(0, {
    dataflow,
    solution: 's',
    token: Buffer.alloc(6, 1),
    entries: [],
    rows: [],
    resent: ['p', 'q'],
    deadLetters: [],
  })
}

async function act(subject: Subject, model: Model, one: Action): Promise<void> {
  const ports = subject.ports()
  if (one.kind === 'pass') return subject.pass(one.ms)
  if (one.kind === 'tell again') return tellAgain(ports, one.dataflow)
  if (one.kind === 'receive') {
    const { bucket, ranges } = await receive(ports, one.dataflow, one.rows, one.excluded)
    for (const range of ranges) {
      add(model, bucket, `${range.solution}|received`, one.rows + one.excluded)
      add(model, bucket, `${range.solution}|pending`, one.rows)
      add(model, bucket, `${range.solution}|excluded:C`, one.excluded)
      model.ranges.push({ range, rows: Array.from({ length: one.rows }) })
    }
    return
  }
  const settled = model.ranges[one.range % Math.max(1, model.ranges.length)]
  if (settled === undefined || one.row >= settled.rows.length) return
  const { range, rows } = settled
  await settle(ports, range, one.row, one.outcome)
  if (rows[one.row] !== undefined) return
  rows[one.row] = one.outcome
  add(model, range.bucket, `${range.solution}|${one.outcome}`, 1)
  add(model, range.bucket, `${range.solution}|pending`, -1)
}

/** Numbers of all runs by `dataflow|hour|solution|outcome`, without those that are 0. */
async function counted(ports: Ports): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const dataflow of ['f', 'g']) {
    const hours = await ports.runs.hours(0, dataflow, always)
    for (const [index, part] of (await ports.runs.parts(0, dataflow, hours)).entries()) {
      for (const [field, number] of part?.numbers ?? []) {
        if (number !== 0) numbers.set(`${dataflow}|${hours[index]}|${field}`, number)
      }
    }
  }
  return numbers
}

/** Sums of the numbers whose name matches. */
function sum(numbers: ReadonlyMap<string, number>, matches: (outcome: string) => boolean): number {
  return [...numbers]
    .filter(([name]) => matches(name.split('|').at(-1) ?? ''))
    .reduce((total, [, number]) => total + number, 0)
}

async function expectBalances(ports: Ports, model: Model): Promise<void> {
  const numbers = await counted(ports)
  expect(new Map([...numbers].filter(([name]) => !name.endsWith('|resent')))).toEqual(
    new Map([...model.numbers].filter(([, number]) => number !== 0)),
  )
  const runs = Map.groupBy(numbers, ([name]) => name.split('|').slice(0, 3).join('|'))
  for (const fields of runs.values()) {
    const run = new Map(fields)
    expect(sum(run, (outcome) => !['received', 'resent'].includes(outcome))).toBe(
      sum(run, (outcome) => outcome === 'received'),
    )
  }
}

/** All runs together, as the books name them. */
async function together(ports: Ports): Promise<Map<string, number>> {
  const total = new Map<string, number>()
  for (const [name, number] of await counted(ports)) {
    const [dataflow = '', , solution = '', outcome = ''] = name.split('|')
    const field = bookField(dataflow, solution, outcome)
    total.set(field, (total.get(field) ?? 0) + number)
  }
  return total
}

/** What every store owes to the runs of dataflows (design §6, invariant 7: the books hold in every run). */
export function testRuns(create: CreateSubject): void {
  describe('runs', () => {
    test('each balances after every step, over many hours, and together they are the books', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
          const subject = await create(short)
          const model: Model = { numbers: new Map(), ranges: [] }
          for (const one of actions) {
            await act(subject, model, one)
            const ports = subject.ports()
            await expectBalances(ports, model)
            const books = [...(await ports.store.books(0))].filter(([, number]) => number !== 0)
            expect(await together(ports)).toEqual(new Map(books))
          }
        }),
        { seed: 20_261_123, numRuns: 30 },
      )
    })

    test('a row that is settled hours later counts in the run in which it was received', async () => {
      const subject = await create(short)
      const ports = subject.ports()
      const { bucket, ranges } = await receive(ports, 'f', 2, 0)
      await subject.pass(3 * short.lengthMs)
      const later = await receive(ports, 'f', 1, 0)
      expect(later.bucket.hour).toBeGreaterThanOrEqual(bucket.hour! + 3)
      const [before] = await ports.runs.parts(0, 'f', [bucket.hour!])
      await settle(ports, ranges[0]!, 1, 'activated')
      const [first, second] = await ports.runs.parts(0, 'f', [bucket.hour!, later.bucket.hour!])
      expect(Object.fromEntries(first!.numbers)).toMatchObject({
        's|received': 2,
        's|pending': 1,
        's|activated': 1,
        't|pending': 2,
      })
      expect(first!.changedMs).toBeGreaterThanOrEqual(before!.changedMs + 3 * short.lengthMs)
      expect(second!.numbers.get('s|activated')).toBeUndefined()
    })

    test('what is told again counts in the hour in which it is told', async () => {
      const subject = await create(short)
      const ports = subject.ports()
      const { bucket } = await receive(ports, 'f', 1, 0)
      await subject.pass(2 * short.lengthMs)
      await tellAgain(ports, 'f')
      const [hour] = await ports.runs.hours(0, 'f', always)
      expect(hour).toBeGreaterThanOrEqual(bucket.hour! + 2)
      const [part] = await ports.runs.parts(0, 'f', [hour!])
      expect([...part!.numbers]).toEqual([['s|resent', 2]])
    })

    test('hours are told newest first, of one dataflow and partition, in a range, as many as are asked for', async () => {
      const subject = await create(short)
      const ports = subject.ports()
      const hours: number[] = []
      for (let round = 0; round < 4; round++) {
        hours.unshift((await receive(ports, 'f', 1, 0)).bucket.hour!)
        await subject.pass(short.lengthMs)
      }
      await receive(ports, 'g', 1, 0)
      const told = (fromHour: number, toHour: number, limit: number, partition = 0) =>
        ports.runs.hours(partition, 'f', { fromHour, toHour, limit })
      expect(await told(0, always.toHour, 100)).toEqual(hours)
      expect(await told(0, always.toHour, 3)).toEqual(hours.slice(0, 3))
      expect(await told(hours[2]!, hours[1]!, 100)).toEqual(hours.slice(1, 3))
      expect(await told(0, always.toHour, 100, 1)).toEqual([])
      expect(await ports.runs.parts(1, 'f', hours)).toEqual(hours.map(() => undefined))
      expect(await ports.runs.parts(0, 'f', [])).toEqual([])
    })

    test('a run is gone when it has been kept long enough; what is settled then is in the books only', async () => {
      const subject = await create({ lengthMs: 8, keptMs: 40 })
      const ports = subject.ports()
      const { bucket, ranges } = await receive(ports, 'f', 1, 0)
      await subject.pass(30)
      // Keeps the dataflow's index.
      await receive(ports, 'f', 1, 0)
      await subject.pass(30)
      expect(await ports.runs.parts(0, 'f', [bucket.hour!])).toEqual([undefined])
      await settle(ports, ranges[0]!, 0, 'activated')
      expect(await ports.runs.parts(0, 'f', [bucket.hour!])).toEqual([undefined])
      expect((await ports.store.books(0)).get('f|s|activated')).toBe(1)
      expect((await ports.store.books(0)).get('f|s|pending')).toBe(1)
      // The next run takes the hour of the one that is gone out of the index.
      await receive(ports, 'f', 1, 0)
      expect(await ports.runs.hours(0, 'f', always)).not.toContain(bucket.hour)
    })
  })
}
