import { describe, expect, test } from 'vitest'
import type { BackfillProgress } from '../../ports/backfills.ts'
import { backlogFullOutcome, bucketWeightMin, reconcileOrderId } from '../../ports/backlogs.ts'
import type { PlannedRange } from '../../ports/outbox.ts'
import { bookField, type Bucket } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { committer, own } from './commits.ts'
import { delivery } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const bound = { heldRowsMax: 50 } as const
const progressOf = (rows: number): string => '0'.repeat(rows)
const range = (bucket: Bucket, solution: string, from: number, rows: number): PlannedRange => ({
  bucket,
  solution,
  from,
  to: from,
  progress: progressOf(rows),
})

/** Commits and seals a bucket whose rows are for solutions `s` and `t`, counted as received and pending for both. */
async function bucketMaker(ports: Ports): Promise<(rows: number) => Promise<Bucket>> {
  const commit = committer(ports.store, 0, await own(ports, 0))
  let dueMs = 0
  return async (rows) => {
    dueMs += 1_000
    const counted = ['s', 't'].flatMap((solution) =>
      ['received', 'pending'].map((field) => [bookField('flow', solution, field), rows] as const),
    )
    const { opened } = await commit({
      outbox: [{ dataflow: 'flow', dueMs, chunk: Buffer.from('rows'), rows }],
      counters: new Map([['outboxRows', rows]]),
      books: new Map(counted),
    })
    await ports.outbox.seal(0, opened[0]!)
    return opened[0]!
  }
}

async function settle(ports: Ports, { progress, ...planned }: PlannedRange): Promise<void> {
  const outcomes = Array.from(progress, (_, row) => ({
    row,
    profileKey: `p${row}`,
    outcome: 'coalesced',
  }))
  const all = { rows: [{ range: planned, outcomes }] }
  await delivery(ports, 1).settle(all)
  // Told twice: whoever did not hear the answer.
  await delivery(ports, 1).settle(all)
}

async function numbers(ports: Ports, solution: string): Promise<readonly (number | undefined)[]> {
  const books = await ports.store.books(0)
  const hours = await ports.runs.hours(0, 'flow', {
    fromHour: 0,
    toHour: Number.MAX_SAFE_INTEGER,
    limit: 10,
  })
  const [run] = await ports.runs.parts(0, 'flow', hours)
  return ['received', 'pending', backlogFullOutcome].map((outcome) => {
    const number = books.get(bookField('flow', solution, outcome))
    expect(run?.numbers.get(`${solution}|${outcome}`)).toBe(number)
    return number
  })
}

/** What every keeper of backlogs owes. */
export function testBacklogs(create: CreateSubject): void {
  describe('backlogs', () => {
    test('a bucket is held for each solution that has rows in it, until its last range is settled', async () => {
      const ports = (await create()).ports()
      const make = await bucketMaker(ports)
      expect(await ports.backlogs.all(0)).toEqual([])
      const large = await make(60)
      const ranges = [range(large, 's', 0, 40), range(large, 's', 1, 20), range(large, 't', 0, 40)]
      await ports.outbox.plan(0, large, 60, ranges, bound)
      await ports.outbox.plan(0, large, 60, ranges, bound)
      const small = await make(1)
      const one = range(small, 't', 0, 1)
      await ports.outbox.plan(0, small, 1, [one], { heldRowsMax: 150 })
      const held = async (): Promise<readonly (readonly [string, number])[]> =>
        (await ports.backlogs.all(0)).map(({ solution, heldRows }) => [solution, heldRows])
      expect(await held()).toEqual([
        ['s', 60],
        ['t', 60 + bucketWeightMin],
      ])
      await settle(ports, ranges[0]!)
      expect((await held())[0]).toEqual(['s', 60])
      await settle(ports, ranges[1]!)
      expect(await held()).toEqual([['t', 60 + bucketWeightMin]])
      await settle(ports, one)
      await settle(ports, ranges[2]!)
      expect(await ports.backlogs.all(0)).toEqual([])
      expect(await ports.outbox.buckets(0)).toEqual([])
    })

    test('over the bound a solution’s rows are left out, counted and marked; no other solution notices', async () => {
      const ports = (await create()).ports()
      const make = await bucketMaker(ports)
      const first = await make(60)
      await ports.outbox.plan(0, first, 60, [range(first, 's', 0, 60)], bound)
      const second = await make(10)
      const ranges = [range(second, 's', 0, 7), range(second, 't', 0, 10)]
      const oldest = { ...bound, oldestMs: new Map(Object.entries({ t: 1, s: 1_795_444_111_000 })) }
      for (const _ of ['once', 'and by somebody who did not hear the answer']) {
        expect(await ports.outbox.plan(0, second, 10, ranges, oldest)).toEqual([ranges[1]])
      }
      expect(await numbers(ports, 's')).toEqual([70, 63, 7])
      expect(await numbers(ports, 't')).toEqual([70, 70, undefined])
      const [marked, other] = await ports.backlogs.all(0)
      expect(marked).toMatchObject({ solution: 's', heldRows: 60 })
      expect(marked?.due).toMatchObject({ rows: 7, fromMs: 1_795_444_111_000 })
      expect(marked?.due?.last).toBe(marked?.due?.first)
      expect(other).toEqual({ dataflow: 'flow', solution: 't', heldRows: bucketWeightMin })

      // A bucket of which nothing is left to do is gone at once.
      const third = await make(5)
      expect(await ports.outbox.plan(0, third, 5, [range(third, 's', 0, 5)], bound)).toEqual([])
      expect(await ports.outbox.planned(0, third)).toBeUndefined()
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(70)
      const [again] = await ports.backlogs.all(0)
      expect(again?.due?.fromMs).toBe(0)
      expect(again?.due).toMatchObject({
        first: marked?.due?.first,
        sinceMs: marked?.due?.sinceMs,
        rows: 12,
      })
      expect(again?.due?.last).toBeGreaterThan(marked?.due?.last ?? Infinity)
      expect(await numbers(ports, 's')).toEqual([75, 63, 12])
    })

    test('below the bound nothing is left out, without one never, and nothing of a backfill', async () => {
      const ports = (await create()).ports()
      const make = await bucketMaker(ports)
      const full = await make(49)
      await ports.outbox.plan(0, full, 49, [range(full, 's', 0, 49)], bound)
      for (const [rows, given] of [
        [1, bound],
        [9, { heldRowsMax: 0 }],
      ] as const) {
        const bucket = await make(rows)
        const ranges = [range(bucket, 's', 0, rows)]
        expect(await ports.outbox.plan(0, bucket, rows, ranges, given)).toEqual(ranges)
      }
      const page = { dueMs: 0, chunks: [Buffer.from('rows')], count: 3 }
      const place = { dataflow: 'flow', order: 'o', solution: 's' }
      const outcome = await ports.backfills.advance(0, place, undefined, ended, [page], 1_000)
      const bucket = outcome.status === 'advanced' ? outcome.buckets[0]! : full
      const ranges = [range(bucket, 's', 0, 3)]
      expect(await ports.outbox.plan(0, bucket, 3, ranges, bound)).toEqual(ranges)
      expect((await ports.backlogs.all(0))[0]).toEqual({
        dataflow: 'flow',
        solution: 's',
        heldRows: 49 + 3 * bucketWeightMin,
      })
    })

    test('a mark goes with its reconcile, unless something was left out meanwhile', async () => {
      const ports = (await create()).ports()
      const make = await bucketMaker(ports)
      const full = await make(60)
      const held = range(full, 's', 0, 60)
      await ports.outbox.plan(0, full, 60, [held], bound)
      const leaveOut = async (): Promise<number> => {
        const bucket = await make(2)
        await ports.outbox.plan(0, bucket, 2, [range(bucket, 's', 0, 2)], bound)
        return (await ports.backlogs.all(0))[0]?.due?.last ?? 0
      }
      const first = await leaveOut()
      const places = [reconcileOrderId(first), 'of-the-configuration'].map((order) => ({
        dataflow: 'flow',
        order,
        solution: 's',
      }))
      for (const place of [...places, { ...places[0]!, solution: 'other' }]) {
        await ports.backfills.advance(0, place, undefined, ended, [], 0)
      }
      const kept = async (): Promise<readonly string[]> =>
        (await ports.backfills.all(0)).map(({ place }) => `${place.order} ${place.solution}`)
      await ports.backfills.prune(0, [places[1]!], await ports.dataflows.version())
      expect(await kept()).toHaveLength(3)

      const second = await leaveOut()
      expect(await ports.backlogs.finish(0, 'flow', 's', first)).toBe(false)
      expect((await ports.backlogs.all(0))[0]?.due).toMatchObject({ first, last: second, rows: 4 })
      expect((await kept()).toSorted()).toEqual([
        'of-the-configuration s',
        `${reconcileOrderId(first)} other`,
      ])
      expect(await ports.backlogs.finish(0, 'flow', 's', second)).toBe(true)
      expect(await ports.backlogs.finish(0, 'flow', 's', second)).toBe(true)
      expect(await ports.backlogs.finish(1, 'flow', 's', 1)).toBe(true)
      expect(await ports.backlogs.all(0)).toEqual([
        { dataflow: 'flow', solution: 's', heldRows: 60 },
      ])
      await settle(ports, held)
      expect(await ports.backlogs.all(0)).toEqual([])
    })

    test('a dataflow that is forgotten leaves no backlog', async () => {
      const ports = (await create()).ports()
      const make = await bucketMaker(ports)
      for (const rows of [60, 2]) {
        const bucket = await make(rows)
        await ports.outbox.plan(0, bucket, rows, [range(bucket, 's', 0, rows)], bound)
      }
      expect(await ports.backlogs.all(0)).toHaveLength(1)
      await ports.ledger.forget(0, 'flow', 's')
      expect(await ports.backlogs.all(0)).toEqual([])
    })
  })
}

const ended: BackfillProgress = {
  phase: 'ended',
  cursor: '0',
  runId: '',
  since: '0-0',
  startedMs: 1,
  endedMs: 2,
  scanned: 0,
  profiles: 0,
  rows: 0,
  moved: 0,
  pages: 1,
}
