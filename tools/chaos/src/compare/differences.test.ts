import { expect, test } from 'vitest'
import { differencesOf } from './differences.ts'

const heldBy = (bySegment: Record<string, readonly string[]>): Map<string, Map<string, string[]>> =>
  new Map([['marketo', new Map(Object.entries(bySegment).map(([name, ids]) => [name, [...ids]]))]])

test('what is missing is lost, what is too many is stale, and what neither has is no difference', () => {
  const expected = { marketo: { one: ['ECID:1', 'ECID:2'], 'upload:two': ['ECID:3'], none: [] } }
  expect(
    differencesOf(
      expected,
      heldBy({ 'ups:one': ['ECID:2', 'ECID:1'], 'upload:two': ['ECID:3'], 'ups:empty': [] }),
    ),
  ).toEqual([])
  expect(
    differencesOf(expected, heldBy({ 'ups:one': ['ECID:1', 'ECID:9'], 'ups:other': ['ECID:4'] })),
  ).toEqual([
    { solution: 'marketo', segment: 'ups:one', lost: 1, stale: 1, some: ['ECID:2', 'ECID:9'] },
    { solution: 'marketo', segment: 'upload:two', lost: 1, stale: 0, some: ['ECID:3'] },
    { solution: 'marketo', segment: 'ups:other', lost: 0, stale: 1, some: ['ECID:4'] },
  ])
})

test('a solution that holds nothing at all has lost everything', () => {
  expect(differencesOf({ target: { one: ['ECID:1'] } }, new Map())).toEqual([
    { solution: 'target', segment: 'ups:one', lost: 1, stale: 0, some: ['ECID:1'] },
  ])
})
