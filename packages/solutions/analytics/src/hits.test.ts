import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckedRow } from './check-row.ts'
import { collate } from './hits.ts'
import { hitFile, hitWriter } from './hit-file.ts'
import { testSettings } from './test-settings.ts'

const visitor = (n: number) =>
  ({ as: 'marketingCloudVisitorID', id: `${n}`.padStart(38, '4') }) as const

/** Rows of few visitors and segments within three seconds, so that transitions collide. */
const rows = fc.array(
  fc
    .record({
      people: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
      segment: fc.nat(3),
      status: fc.constantFrom('realized', 'exited'),
      ms: fc.constantFrom(0, 1, 999, 1_000, 1_001, 2_999),
    })
    .map(({ people, segment, status, ms }): CheckedRow => {
      const segmentId = `s${segment}`
      const revisionMs = 1_716_200_000_000 + ms
      return {
        row: { identities: [], segment: segmentId, remoteId: segmentId, status, revisionMs },
        segmentId,
        visitors: people.map(visitor),
      }
    }),
  { maxLength: 40 },
)

test('each visitor and segment has its newest transition, exited on a tie, in the order of revisions, in one group', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 4 }), (all, groups) => {
      const byGroup = collate(all, groups)
      const hits = [...byGroup.values()].flat()
      const expected = new Map<string, { status: string; revisionMs: number }>()
      for (const { row, segmentId, visitors } of all) {
        for (const { id } of visitors) {
          const key = `${id}/${segmentId}`
          const known = expected.get(key)
          const wins =
            known === undefined ||
            row.revisionMs > known.revisionMs ||
            (row.revisionMs === known.revisionMs && row.status === 'exited')
          if (wins) expected.set(key, row)
        }
      }
      expect(hits).toHaveLength(expected.size)
      for (const { visitor: who, segmentId, status, revisionMs } of hits) {
        expect(expected.get(`${who.id}/${segmentId}`)).toMatchObject({ status, revisionMs })
      }
      for (const group of byGroup.values()) {
        const times = group.map(({ revisionMs }) => revisionMs)
        expect(times).toEqual(times.toSorted((left, right) => left - right))
      }
      const groupsOf = new Map<string, Set<number>>()
      for (const [group, some] of byGroup) {
        for (const hit of some) {
          const known = groupsOf.get(hit.visitor.id) ?? new Set<number>()
          groupsOf.set(hit.visitor.id, known.add(group))
        }
      }
      for (const known of groupsOf.values()) expect(known.size).toBe(1)
    }),
    { seed: 11 },
  )
})

test('the same rows in another order are the same file, with the same key', () => {
  const { header, write } = hitWriter(testSettings())
  const fileOf = (some: readonly CheckedRow[]) =>
    hitFile('g', header, (collate(some, 1).get(1) ?? []).map(write))
  fc.assert(
    fc.property(
      rows.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([all, shuffled]) => {
        expect(fileOf(shuffled)).toMatchObject({ key: fileOf(all).key, text: fileOf(all).text })
      },
    ),
    { seed: 12 },
  )
})
