import { describe, expect, test } from 'vitest'
import type { BackfillPlace, BackfillProgress, BackfillRows } from '../../ports/backfills.ts'
import { bookField } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, committer, own } from './commits.ts'
import { delivery, toldOf } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const place: BackfillPlace = { dataflow: 'flow', order: 'o1', solution: 's' }
const begun: BackfillProgress = {
  phase: 'profiles',
  cursor: '0',
  runId: '',
  since: '0-0',
  startedMs: 1,
  endedMs: 0,
  scanned: 0,
  profiles: 3,
  rows: 0,
  moved: 0,
  pages: 0,
}
const next: BackfillProgress = { ...begun, cursor: '17', runId: 'x', pages: 1, rows: 5 }
const rows: BackfillRows = {
  dueMs: 7_000,
  chunks: [Buffer.from('one'), Buffer.from('two')],
  count: 5,
}

async function numbers({ store, runs }: Ports): Promise<unknown> {
  const books = await store.books(0)
  const [run] = await runs.parts(0, 'flow', [0])
  for (const field of ['received', 'pending']) {
    expect(run?.numbers.get(`s|${field}`)).toBe(books.get(bookField('flow', 's', field)))
  }
  return [
    books.get(bookField('flow', 's', 'received')),
    books.get(bookField('flow', 's', 'pending')),
    (await store.counters(0)).get('outboxRows'),
  ]
}

/** What every store of backfills owes. */
export function testBackfills(create: CreateSubject): void {
  describe('backfills', () => {
    test('a page becomes a sealed bucket, is counted, and moves the progress: once', async () => {
      const ports = (await create()).ports()
      const { backfills, outbox } = ports
      expect(await backfills.open(0, place, 0)).toMatchObject({ progress: undefined })
      const other = { dueMs: 9_000, chunks: [Buffer.from('three')], count: 1 }
      const outcome = await backfills.advance(0, place, undefined, next, [rows, other], 100)
      const buckets = outcome.status === 'advanced' ? outcome.buckets : []
      const [bucket, second] = buckets
      expect(bucket).toMatchObject({
        dataflow: 'flow',
        dueMs: 7_000,
        backfill: { order: 'o1', solution: 's' },
      })
      expect(second).toMatchObject({ dueMs: 9_000, backfill: { order: 'o1', solution: 's' } })
      expect(await outbox.buckets(0)).toHaveLength(2)
      expect(await outbox.buckets(0)).toEqual(
        expect.arrayContaining(buckets.map((one) => ({ bucket: one, sealed: true }))),
      )
      expect((await outbox.chunks(0, bucket!, 0, -1)).map(String)).toEqual(['one', 'two'])
      expect((await outbox.chunks(0, second!, 0, -1)).map(String)).toEqual(['three'])
      expect(await numbers(ports)).toEqual([6, 6, 6])
      expect(await outbox.seal(0, bucket!)).toBe(true)

      // Whoever read the same page, or did not hear the answer.
      for (const before of [undefined, begun]) {
        expect(await backfills.advance(0, place, before, next, [rows], 100)).toEqual({
          status: 'moved',
        })
      }
      expect(await numbers(ports)).toEqual([6, 6, 6])
      expect((await backfills.open(0, place, 0)).progress).toEqual(next)
    })

    test('a page without rows moves the progress alone', async () => {
      const ports = (await create()).ports()
      const { backfills, outbox } = ports
      for (const _ of [1, 2]) {
        const before = (await backfills.open(0, place, 0)).progress
        const after = { ...next, pages: (before?.pages ?? 0) + 1 }
        expect(await backfills.advance(0, place, before, after, [], 0)).toEqual({
          status: 'advanced',
          buckets: [],
        })
      }
      expect(await outbox.buckets(0)).toEqual([])
      expect(await numbers(ports)).toEqual([undefined, undefined, undefined])
    })

    test('no commit writes to a page’s bucket, nor does a page to a commit’s', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const live = [{ dataflow: 'flow', dueMs: 7_000, chunk: Buffer.from('live'), rows: 1 }]
      const [stream] = (await commit({ outbox: live })).opened
      const outcome = await ports.backfills.advance(0, place, undefined, next, [rows], 100)
      const [bucket] = outcome.status === 'advanced' ? outcome.buckets : []
      expect((await commit({ outbox: live })).opened).toEqual([])
      expect(await ports.outbox.chunks(0, bucket!, 0, -1)).toHaveLength(2)
      expect(await ports.outbox.chunks(0, stream!, 0, -1)).toHaveLength(2)
    })

    test('a full outbox takes no page, an empty one any', async () => {
      const ports = (await create()).ports()
      const advance = (before: BackfillProgress | undefined, pages: number) =>
        ports.backfills.advance(0, place, before, { ...next, pages }, [rows], 7)
      expect((await advance(undefined, 1)).status).toBe('advanced')
      expect(await advance({ ...next, pages: 1 }, 2)).toEqual({ status: 'full' })
      expect(await numbers(ports)).toEqual([5, 5, 5])
      expect((await ports.backfills.open(0, place, 0)).progress?.pages).toBe(1)
      for (const { bucket } of await ports.outbox.buckets(0)) {
        await ports.outbox.plan(0, bucket, 5, [])
      }
      const before = { ...next, pages: 1 }
      const after = { ...next, pages: 2 }
      const outcome = await ports.backfills.advance(0, place, before, after, [rows], 1)
      expect(outcome.status).toBe('advanced')
    })

    test('an order that reached the partition is known to every commit after the offset it is told', async () => {
      const ports = (await create()).ports()
      const owner = await own(ports, 0)
      await committer(ports.store, 0, owner)({})
      await ports.dataflows.put({
        id: 'flow',
        name: 'All',
        enabled: true,
        activationDelayMs: 0,
        solutions: [],
        segments: {},
      })
      const version = await ports.dataflows.version()
      expect((await ports.backfills.open(0, place, version)).offset).toBe('1-0')
      const commit = commitOf({ owner, expectedOffset: '1-0', offset: '2-0' })
      const older = { ...commit, dataflowsVersion: version - 1 }
      expect(await ports.store.commit(0, older)).toEqual({ status: 'outdated' })
      const newer = { ...commit, dataflowsVersion: version }
      expect((await ports.store.commit(0, newer)).status).toBe('committed')
    })

    test('every profile and every entry is met, part after part', async () => {
      const ports = (await create()).ports()
      const keys = Array.from({ length: 1_000 }, (_, index) => `ECID:${index}`)
      const profiles = keys.map((profileKey) => ({ profileKey, packed: Buffer.from(profileKey) }))
      await committer(ports.store, 0, await own(ports, 0))({ profiles })
      const one = delivery(ports, 7)
      await one.claim(keys.slice(1))
      await one.settle({ keys: keys.slice(1) })
      expect(await ports.backfills.open(0, place, 0)).toMatchObject({ profiles: 1_000, told: 999 })

      const scans = [
        [keys, (cursor: string) => ports.backfills.scanProfiles(0, cursor, 100)],
        [
          keys.slice(1),
          (cursor: string) => ports.backfills.scanLedger(0, 'flow', 's', cursor, 100),
        ],
      ] as const
      for (const [expected, scan] of scans) {
        const found = new Map<string, Buffer>()
        const runs = new Set<string>()
        let cursor = '0'
        let parts = 0
        do {
          const part = await scan(cursor)
          cursor = part.cursor
          runs.add(part.runId)
          parts += 1
          for (const { profileKey, packed } of part.found) found.set(profileKey, packed)
        } while (cursor !== '0')
        expect([...found.keys()].toSorted()).toEqual(expected.toSorted())
        expect(parts).toBeGreaterThan(5)
        expect([...runs]).toEqual([expect.stringMatching(/^\w+$/)])
      }
      const { found } = await ports.backfills.scanLedger(0, 'flow', 's', '0', 1)
      expect(found[0]?.packed).toEqual(toldOf(7))
      expect(await ports.backfills.scanLedger(0, 'flow', 'other', '0', 1)).toMatchObject({
        cursor: '0',
        found: [],
      })
    })

    test('progress is kept by order and solution until its order is gone', async () => {
      const { backfills, dataflows } = (await create()).ports()
      const other = { ...place, order: 'o2' }
      for (const one of [place, other]) await backfills.advance(0, one, undefined, next, [], 0)
      expect(await backfills.all(1)).toEqual([])
      const kept = async (): Promise<readonly string[]> =>
        (await backfills.all(0)).map((one) => one.place.order).toSorted()
      expect(await kept()).toEqual(['o1', 'o2'])

      // Whoever does not know the newest dataflows may not know the order.
      await dataflows.put({
        id: 'flow',
        name: 'All',
        enabled: true,
        activationDelayMs: 0,
        solutions: [],
        segments: {},
      })
      await backfills.prune(0, [], 0)
      expect(await kept()).toEqual(['o1', 'o2'])
      await backfills.prune(0, [other], await dataflows.version())
      expect(await kept()).toEqual(['o2'])
    })
  })
}
