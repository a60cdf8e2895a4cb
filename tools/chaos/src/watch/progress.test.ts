import { expect, test } from 'vitest'
import { followProgress, type PartitionSeen } from './progress.ts'

const seen = (owner: string, offset: number, last: number): PartitionSeen => ({
  owner,
  offset: String(offset),
  last: String(last),
})

test('time counts as a gap only while input waits', () => {
  const progress = followProgress(1)
  progress.see(0, [seen('a', 5, 5)])
  progress.see(10_000, [seen('a', 5, 5)])
  progress.see(10_100, [seen('a', 5, 6)])
  progress.see(10_500, [seen('a', 5, 9)])
  progress.see(10_900, [seen('a', 9, 9)])
  expect(progress.longest(0).one).toEqual({ ms: 800, partition: 0, untilMs: 10_900 })
  expect(progress.longest(0).all.ms).toBe(800)
  expect(progress.longest(11_000).one.ms).toBe(0)
})

test('one partition that stands still is no gap of all while another one commits', () => {
  const progress = followProgress(2)
  for (let step = 0; step < 20; step += 1) {
    progress.see(step * 100, [seen('a', 1, 2), seen('b', step, step + 1)])
  }
  progress.see(2_000, [seen('a', 2, 2), seen('b', 20, 20)])
  const { all, one } = progress.longest(0)
  expect(one).toEqual({ ms: 2_000, partition: 0, untilMs: 2_000 })
  expect(all.ms).toBe(100)
})

test('what nobody could see counts anew', () => {
  const progress = followProgress(1)
  progress.see(0, [seen('a', 1, 2)])
  progress.blind()
  progress.see(5_000, [seen('a', 1, 2)])
  progress.see(5_400, [seen('a', 2, 2)])
  expect(progress.longest(0).one.ms).toBe(400)
})

test('a move names who had it, also where nobody had it in between, and its first commit', () => {
  const progress = followProgress(2)
  progress.see(0, [seen('a:1', 1, 2), seen('b:1', 1, 1)])
  progress.see(100, [seen('', 1, 2), seen('b:1', 1, 1)])
  progress.see(200, [seen('c:1', 1, 3), seen('b:1', 1, 1)])
  progress.see(300, [seen('c:1', 3, 3), seen('b:1', 1, 1)])
  progress.see(400, [seen('c:1', 4, 4), seen('b:1', 1, 1)])
  expect(progress.moves()).toEqual([
    { partition: 0, from: 'a:1', to: 'c:1', atMs: 200, committedMs: 300 },
  ])
  expect(progress.owners()).toEqual(['c:1', 'b:1'])
})
