import { describe, expect, test } from 'vitest'
import { committer, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const rows = (dataflow: string, dueMs: number, chunk: string) => ({
  dataflow,
  dueMs,
  chunk: Buffer.from(chunk),
  rows: 1,
})

/** What every partition store owes to the rows that commits leave. */
export function testOpenedBuckets(create: CreateSubject): void {
  describe('buckets that commits open', () => {
    test('each is told once, by the commit that opened it', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const first = await commit({
        outbox: [
          rows('f', 1_000, '1'),
          rows('g', 1_000, '2'),
          rows('f', 1_000, '3'),
          rows('f', 2_000, '4'),
        ],
      })
      const opened = [
        { dataflow: 'f', dueMs: 1_000, generation: 1, hour: 0 },
        { dataflow: 'g', dueMs: 1_000, generation: 2, hour: 0 },
        { dataflow: 'f', dueMs: 2_000, generation: 3, hour: 0 },
      ]
      expect(first.opened).toEqual(opened)
      const second = await commit({ outbox: [rows('f', 1_000, '5'), rows('h', 0, '6')] })
      expect(second.opened).toEqual([{ dataflow: 'h', dueMs: 0, generation: 4, hour: 0 }])
      const texts = async (bucket: (typeof opened)[number]) =>
        (await ports.outbox.chunks(0, bucket, 0, -1)).map(String)
      expect(await Promise.all(opened.map(texts))).toEqual([['1', '3', '5'], ['2'], ['4']])
    })

    test('after a bucket is sealed the same due time opens another generation', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const [sealed] = (await commit({ outbox: [rows('f', 1_000, 'old')] })).opened
      expect(await ports.outbox.seal(0, sealed!)).toBe(true)
      const [next] = (await commit({ outbox: [rows('f', 1_000, 'new')] })).opened
      expect(next).toEqual({ ...sealed, generation: 2 })
      expect((await ports.outbox.chunks(0, sealed!, 0, -1)).map(String)).toEqual(['old'])
      expect((await ports.outbox.chunks(0, next!, 0, -1)).map(String)).toEqual(['new'])
    })

    test('generations are counted for each partition, and never come again', async () => {
      const ports = (await create()).ports()
      const seen = new Set<number>()
      const commit = committer(ports.store, 0, await own(ports, 0))
      for (let round = 0; round < 3; round++) {
        const [bucket] = (await commit({ outbox: [rows('f', 1_000, 'x')] })).opened
        seen.add(bucket!.generation)
        await ports.outbox.seal(0, bucket!)
        await ports.outbox.plan(0, bucket!, 1, [])
      }
      expect(seen).toEqual(new Set([1, 2, 3]))
      const elsewhere = committer(ports.store, 1, await own(ports, 1))
      const [other] = (await elsewhere({ outbox: [rows('f', 1_000, 'x')] })).opened
      expect(other!.generation).toBe(1)
    })
  })
}
