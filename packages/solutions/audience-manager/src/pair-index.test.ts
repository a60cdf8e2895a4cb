import { array, assert, constantFrom, nat, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { contestedHashes, mayRemove, pairHash, pairIndex } from './pair-index.ts'
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

test('contested are exactly the pairs that stand with both states, in whatever files', () => {
  const pair: ReturnType<typeof record<PairState>> = record({
    id: nat({ max: 5 }).map(String),
    sid: nat({ max: 2 }).map(String),
    status: constantFrom<PairState['status']>('realized', 'exited'),
  })
  assert(
    property(array(array(pair), { maxLength: 5 }), (files) => {
      const states = new Map<number, Set<string>>()
      for (const { id, sid, status } of files.flat()) {
        const hash = pairHash(id, sid)
        states.set(hash, (states.get(hash) ?? new Set()).add(status))
      }
      const both = [...states].flatMap(([hash, { size }]) => (size === 2 ? [hash] : []))
      expect(contestedHashes(files.map(pairIndex))).toEqual(new Set(both))
    }),
    { seed: 20261123 },
  )
})
