import { describe, expect, test } from 'vitest'
import { logStart } from '../../ports/event-log.ts'
import type { Commit, PartitionStore } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, committer, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const text = (value: string): Buffer => Buffer.from(value)

/** A commit that changes something of everything. */
const full: Partial<Commit> = {
  profiles: [{ profileKey: 'p', packed: text('packed') }],
  timers: [{ profileKey: 'p', dueMs: 5 }],
  newSegments: ['ups:a'],
  outbox: [{ dataflow: 'flow', dueMs: 1_000, chunk: text('chunk'), rows: 1 }],
  counters: new Map([['realized', 1]]),
  books: new Map([['flow|s|received', 1]]),
}

/** Everything of a partition that a commit may change. */
async function contentsOf({ store, outbox }: Ports, partition = 0): Promise<unknown> {
  const buckets = await outbox.buckets(partition)
  return {
    state: await store.open(partition),
    profiles: await store.load(partition, ['p', 'q']),
    nextDueMs: await store.nextDueMs(partition, 0),
    counters: await store.counters(partition),
    books: await store.books(partition),
    buckets,
    chunks: await Promise.all(buckets.map(({ bucket }) => outbox.chunks(partition, bucket, 0, -1))),
  }
}

const statusOf = async (store: PartitionStore, commit: Commit): Promise<string> =>
  (await store.commit(0, commit)).status

/** What every partition store owes to commits. */
export function testPartitionStore(create: CreateSubject): void {
  describe('partition store', () => {
    test('a partition that nobody wrote is empty', async () => {
      const ports = (await create()).ports()
      expect(await contentsOf(ports)).toEqual({
        state: { offset: logStart, segments: [] },
        profiles: [undefined, undefined],
        nextDueMs: 0,
        counters: new Map(),
        books: new Map(),
        buckets: [],
        chunks: [],
      })
      expect(await ports.store.load(0, [])).toEqual([])
      expect(await ports.store.dueProfiles(0, 10)).toEqual([])
    })

    test('a commit writes all of it', async () => {
      const ports = (await create()).ports()
      const owner = await own(ports, 0)
      const outcome = await ports.store.commit(0, commitOf({ owner, ...full }))
      const bucket = { dataflow: 'flow', dueMs: 1_000, generation: 1, hour: 0 }
      expect(outcome).toEqual({ status: 'committed', opened: [bucket], nextDueMs: 5 })
      expect(await contentsOf(ports)).toEqual({
        state: { offset: '1-0', segments: ['ups:a'] },
        profiles: [text('packed'), undefined],
        nextDueMs: 5,
        counters: new Map([
          ['realized', 1],
          ['generation', 1],
        ]),
        books: new Map([['flow|s|received', 1]]),
        buckets: [{ bucket, sealed: false }],
        chunks: [[text('chunk')]],
      })
    })

    test('a commit of anybody but the owner is fenced and writes nothing', async () => {
      const subject = await create()
      const ports = subject.ports('a')
      expect(await statusOf(ports.store, commitOf({ owner: 'a:1', ...full }))).toBe('fenced')
      const paused = await own(ports, 0)
      await subject.silence('a')
      await own(subject.ports('b'), 0)
      const before = await contentsOf(ports)
      expect(await statusOf(ports.store, commitOf({ owner: paused, ...full }))).toBe('fenced')
      expect(await contentsOf(ports)).toEqual(before)
    })

    test('a commit from another offset is refused as moved and writes nothing', async () => {
      const ports = (await create()).ports()
      const owner = await own(ports, 0)
      const before = await contentsOf(ports)
      const ahead = commitOf({ owner, ...full, expectedOffset: '1-0', offset: '2-0' })
      expect(await statusOf(ports.store, ahead)).toBe('moved')
      expect(await contentsOf(ports)).toEqual(before)
    })

    test('a commit that is repeated is refused as moved and is not counted twice', async () => {
      const ports = (await create()).ports()
      const commit = commitOf({ owner: await own(ports, 0), ...full })
      expect(await statusOf(ports.store, commit)).toBe('committed')
      const before = await contentsOf(ports)
      expect(await statusOf(ports.store, commit)).toBe('moved')
      expect(await contentsOf(ports)).toEqual(before)
    })

    test('fenced counts before moved, so that an owner that lost its partition learns it', async () => {
      const ports = (await create()).ports()
      await own(ports, 0)
      const stale = commitOf({ owner: 'nobody:1', expectedOffset: '9-9' })
      expect(await statusOf(ports.store, stale)).toBe('fenced')
    })

    test('partitions do not see each other', async () => {
      const ports = (await create()).ports()
      const owner = await own(ports, 0)
      const before = await contentsOf(ports, 1)
      await ports.store.commit(0, commitOf({ owner, ...full }))
      expect(await contentsOf(ports, 1)).toEqual(before)
      expect((await ports.store.commit(1, commitOf({ owner, ...full }))).status).toBe('fenced')
    })

    test('profiles are written, written over and removed, byte for byte', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
      await commit({
        profiles: [
          { profileKey: 'p', packed: every },
          { profileKey: 'q', packed: text('q') },
        ],
      })
      expect(await ports.store.load(0, ['q', 'nobody', 'p', 'q'])).toEqual([
        text('q'),
        undefined,
        every,
        text('q'),
      ])
      await commit({
        profiles: [
          { profileKey: 'q', packed: undefined },
          { profileKey: 'p', packed: text('anew') },
        ],
      })
      expect(await ports.store.load(0, ['p', 'q'])).toEqual([text('anew'), undefined])
    })

    test('what was committed and what is loaded shares no bytes with the caller', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const larger = Buffer.from('..packed..')
      await commit({
        profiles: [
          // Views into a larger buffer, as msgpackr hands them out; one of them plain, as a port may be given.
          { profileKey: 'p', packed: larger.subarray(2, 8) },
          { profileKey: 'q', packed: new Uint8Array(larger.buffer, larger.byteOffset, 0) },
        ],
      })
      larger.fill(0)
      const [loaded] = await ports.store.load(0, ['p'])
      expect(loaded).toEqual(text('packed'))
      loaded!.fill(0)
      expect(await ports.store.load(0, ['p', 'q'])).toEqual([text('packed'), text('')])
    })

    test('the dictionary grows in its order', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      await commit({ newSegments: ['ups:b', 'ups:a'], firstSegment: 0 })
      await commit({ newSegments: ['aam:1'], firstSegment: 2 })
      expect((await ports.store.open(0)).segments).toEqual(['ups:b', 'ups:a', 'aam:1'])
    })

    test('counters and books are added up, and what adds nothing leaves no field', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const field = 'flow|s|pending'
      await commit({
        counters: new Map([
          ['realized', 3],
          ['exited', 0],
        ]),
        books: new Map([[field, 2]]),
      })
      await commit({ counters: new Map([['realized', -5]]), books: new Map([[field, 40]]) })
      expect(await ports.store.counters(0)).toEqual(new Map([['realized', -2]]))
      expect(await ports.store.books(0)).toEqual(new Map([[field, 42]]))
    })
  })
}
