import { describe, expect, test } from 'vitest'
import { committer, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

/** More arguments than one call inside a script may take at once, in each group of them. */
const many = 4_500
const keys = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

/** A partition store takes commits of any size that a slice may have. */
export function testLargeCommits(create: CreateSubject): void {
  describe('large commits', () => {
    test('more than 8,000 profiles with their timers, and as many segments as there may be', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const profileKeys = keys('p', 8_200)
      const segments = keys('ups:', 4_000)
      const outcome = await commit({
        profiles: profileKeys.map((profileKey) => ({
          profileKey,
          packed: Buffer.from(profileKey),
        })),
        timers: profileKeys.map((profileKey, index) => ({ profileKey, dueMs: index + 1 })),
        newSegments: segments,
      })
      expect(outcome.nextDueMs).toBe(1)
      const loaded = await ports.store.load(0, profileKeys)
      expect(loaded.map(String)).toEqual(profileKeys)
      expect((await ports.store.open(0)).segments).toEqual(segments)
      const due = await ports.store.dueProfiles(0, 10_000)
      expect(due.map(({ profileKey }) => profileKey)).toEqual(profileKeys)

      const removal = await commit({
        profiles: profileKeys.slice(1).map((profileKey) => ({ profileKey, packed: undefined })),
        timers: profileKeys.slice(0, -1).map((profileKey) => ({ profileKey, dueMs: 0 })),
      })
      expect(removal.nextDueMs).toBe(8_200)
      const left = await ports.store.load(0, profileKeys)
      expect(left.filter((packed) => packed !== undefined).map(String)).toEqual(['p0'])
    })

    test('thousands of counters, books and chunks', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      const numbers = new Map(keys('n', many).map((field, index) => [field, index + 1]))
      const books = new Map(keys('f|n', many).map((field, index) => [field, index + 1]))
      const { opened } = await commit({
        counters: numbers,
        books,
        outbox: keys('chunk', many).map((chunk, index) => ({
          dataflow: 'f',
          dueMs: index % 3,
          chunk: Buffer.from(chunk),
          rows: 1,
        })),
      })
      expect(await ports.store.books(0)).toEqual(books)
      expect((await ports.runs.parts(0, 'f', [0]))[0]?.numbers).toEqual(numbers)
      expect(await ports.store.counters(0)).toEqual(new Map([...numbers, ['generation', 3]]))
      expect(opened).toHaveLength(3)
      const chunks = await ports.outbox.chunks(0, opened[1]!, 0, -1)
      expect(chunks.map(String)).toEqual(keys('chunk', many).filter((_, index) => index % 3 === 1))
    })
  })
}
