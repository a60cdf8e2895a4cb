import { assert, constantFrom, nat, property, record, uniqueArray } from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { mayRemove, opposedHashes, pairHash, pairIndex, stateIn } from './pair-index.ts'
import type { PairState } from './sync-lines.ts'

test('pairs that differ in a digit, or in where id and trait meet, have other hashes', () => {
  const hashes = new Set<number>()
  for (let n = 0; n < 200_000; n += 1)
    hashes.add(pairHash(`${10 ** 6 + n}`.padStart(38, '7'), '24'))
  expect(hashes.size).toBe(200_000)
  expect(pairHash('12', '3')).not.toBe(pairHash('1', '23'))
  expect(Math.max(...[...hashes].slice(0, 1_000)) * 2 + 1).toBeLessThan(Number.MAX_SAFE_INTEGER)
})

test('removals of a file are found, its adds and other pairs are not', () => {
  const index = pairIndex([
    { id: 'a', sid: '1', status: 'exited' },
    { id: 'a', sid: '2', status: 'realized' },
  ])
  expect(mayRemove(index, 'a', '1')).toBe(true)
  expect(mayRemove(index, 'a', '2')).toBe(false)
  expect(mayRemove(index, 'b', '1')).toBe(false)
  expect(mayRemove(pairIndex([]), 'a', '1')).toBe(false)
})

test('opposed are exactly the pairs of which two files say different things', () => {
  const pair: Arbitrary<PairState> = record({
    id: nat({ max: 5 }).map(String),
    sid: nat({ max: 2 }).map(String),
    status: constantFrom<PairState['status']>('realized', 'exited'),
  })
  const file = uniqueArray(pair, { selector: ({ id, sid }) => `${id}/${sid}` })
  assert(
    property(file, file, (one, other) => {
      const expected = one.flatMap(({ id, sid, status }) =>
        other.some((each) => each.id === id && each.sid === sid && each.status !== status)
          ? [pairHash(id, sid)]
          : [],
      )
      const [left, right] = [pairIndex(one), pairIndex(other)]
      expect(new Set(opposedHashes(left, right))).toEqual(new Set(expected))
      expect(new Set(opposedHashes(right, left))).toEqual(new Set(expected))
      for (const { id, sid, status } of one) expect(stateIn(left, pairHash(id, sid))).toBe(status)
    }),
    { seed: 20261123 },
  )
})
