import { describe, expect, test } from 'vitest'
import type { PlannedRange, Range } from '../../ports/outbox.ts'
import type { Bucket } from '../../ports/partition-store.ts'
import { fillBucket } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const threeChunks = ['one', 'two', 'three'].map((text) => ({ text, rows: 2 }))
const range = (bucket: Bucket, solution: string, from: number, progress: string): PlannedRange => ({
  bucket,
  solution,
  from,
  to: from,
  progress,
})
/** A plan's order among the ranges of one chunk is nobody's business. */
const sorted = (ranges: readonly PlannedRange[] | undefined): PlannedRange[] =>
  (ranges ?? []).toSorted(
    (one, other) => one.from - other.from || (one.solution < other.solution ? -1 : 1),
  )

/** What every outbox owes. */
export function testOutbox(create: CreateSubject): void {
  describe('outbox', () => {
    test('lists open and sealed buckets', async () => {
      const ports = (await create()).ports()
      expect(await ports.outbox.buckets(0)).toEqual([])
      const first = await fillBucket(ports, 0, threeChunks)
      const second = await fillBucket(ports, 0, threeChunks, { dataflow: 'a-b-1', dueMs: 0 })
      expect(await ports.outbox.seal(0, first)).toBe(true)
      const listed = await ports.outbox.buckets(0)
      expect(
        listed.toSorted((one, other) => one.bucket.generation - other.bucket.generation),
      ).toEqual([
        { bucket: first, sealed: true },
        { bucket: second, sealed: false },
      ])
    })

    test('sealing again is no error, sealing what is gone or never was says so', async () => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      expect(await ports.outbox.seal(0, { ...bucket, generation: 7 })).toBe(false)
      expect(await ports.outbox.seal(0, bucket)).toBe(true)
      expect(await ports.outbox.seal(0, bucket)).toBe(true)
      await ports.outbox.plan(0, bucket, 6, [])
      expect(await ports.outbox.seal(0, bucket)).toBe(false)
      expect(await ports.outbox.seal(1, bucket)).toBe(false)
    })

    test('gives chunks in their order, by position', async () => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      const texts = async (from: number, to: number): Promise<string[]> =>
        (await ports.outbox.chunks(0, bucket, from, to)).map(String)
      expect(await texts(0, -1)).toEqual(['one', 'two', 'three'])
      expect(await texts(0, 0)).toEqual(['one'])
      expect(await texts(1, 2)).toEqual(['two', 'three'])
      expect(await texts(2, 9)).toEqual(['three'])
      expect(await texts(3, 9)).toEqual([])
      expect(await ports.outbox.chunks(0, { ...bucket, generation: 2 }, 0, -1)).toEqual([])
    })

    test('the first plan counts, whoever plans later', async () => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      await ports.outbox.seal(0, bucket)
      expect(await ports.outbox.planned(0, bucket)).toBeUndefined()
      const plan = [
        range(bucket, 's', 0, '00'),
        range(bucket, 't', 0, '01'),
        range(bucket, 's', 1, '10'),
        range(bucket, 's', 2, '11'),
      ]
      // A range with nothing to do is settled from the first.
      const counts = plan.slice(0, 3)
      expect(sorted(await ports.outbox.plan(0, bucket, 6, plan))).toEqual(counts.slice(0, 3))
      const other = [range(bucket, 'u', 0, '00')]
      expect(sorted(await ports.outbox.plan(0, bucket, 6, other))).toEqual(counts)
      expect(sorted(await ports.outbox.planned(0, bucket))).toEqual(counts)
    })

    test('progress is told while a range is not settled', async () => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      await ports.outbox.seal(0, bucket)
      const planned = range(bucket, 's', 1, '01')
      await ports.outbox.plan(0, bucket, 6, [planned])
      const progressOf = (asked: Range): Promise<string | undefined> =>
        ports.outbox.progress(0, asked)
      expect(await progressOf(planned)).toBe('01')
      expect(await progressOf({ ...planned, from: 0 })).toBeUndefined()
      expect(await progressOf({ ...planned, solution: 't' })).toBeUndefined()
      expect(await progressOf({ ...planned, bucket: { ...bucket, generation: 9 } })).toBeUndefined()
    })

    test.for([
      ['has no range', (): PlannedRange[] => []],
      ['has nothing to do', (bucket: Bucket): PlannedRange[] => [range(bucket, 's', 0, '11')]],
    ] as const)('a bucket whose plan %s is settled and dropped at once', async ([, ranges]) => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      await ports.outbox.seal(0, bucket)
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(6)
      expect(await ports.outbox.plan(0, bucket, 6, ranges(bucket))).toEqual([])
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(0)
      expect(await ports.outbox.buckets(0)).toEqual([])
      expect(await ports.outbox.chunks(0, bucket, 0, -1)).toEqual([])
      expect(await ports.outbox.planned(0, bucket)).toBeUndefined()
      // Again, by somebody who did not hear the answer: nothing is counted twice.
      expect(await ports.outbox.plan(0, bucket, 6, ranges(bucket))).toEqual([])
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(0)
    })

    test('a bucket that is gone, or is not sealed, takes no plan', async () => {
      const ports = (await create()).ports()
      const bucket = await fillBucket(ports, 0, threeChunks)
      const plan = [range(bucket, 's', 0, '00')]
      expect(await ports.outbox.plan(0, bucket, 6, plan)).toEqual([])
      expect(await ports.outbox.planned(0, bucket)).toBeUndefined()
      expect(await ports.outbox.chunks(0, bucket, 0, -1)).toHaveLength(3)
      const gone = { ...bucket, generation: 2 }
      expect(await ports.outbox.plan(0, gone, 6, [range(gone, 's', 0, '00')])).toEqual([])
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(6)
    })
  })
}
