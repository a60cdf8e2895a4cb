import { expect, test } from 'vitest'
import type { Move } from './progress.ts'
import { shareOf, takeOversOf } from './take-over.ts'

const move = (partition: number, from: string, to: string, atMs: number): Move => ({
  partition,
  from,
  to,
  atMs,
  committedMs: atMs + 10,
})

test('of a worker that was killed counts the first move of each partition, also to itself under a new nonce', () => {
  const moves = [
    move(0, 'a:1', 'b:1', 500),
    move(0, 'a:2', 'b:2', 4_000),
    move(1, 'a:1', 'a:3', 5_000),
    move(2, 'b:1', 'a:3', 5_000),
    move(0, 'b:2', 'a:3', 5_100),
    move(0, 'a:3', 'c:1', 9_000),
    move(3, 'b:1', 'a:3', 10_000),
    move(3, 'a:3', 'c:1', 90_000),
  ]
  const owners = ['a:2', 'a:1', 'b:1', 'b:1']
  expect(takeOversOf({ worker: 'a', atMs: 1_000, owners }, moves)).toEqual([
    { worker: 'a', partition: 0, movedMs: 3_000, committedMs: 3_010 },
    { worker: 'a', partition: 1, movedMs: 4_000, committedMs: 4_010 },
  ])
})

test('a share is what a worker takes when it comes; names that begin alike are others', () => {
  const moves = [
    move(0, 'w:0', 'x:1', 900),
    move(0, '', 'w:1', 1_500),
    move(1, 'x:1', 'w:1', 1_700),
    move(2, 'x:1', 'w-2:1', 2_000),
    move(3, 'x:1', 'w:1', 20_000),
  ]
  expect(shareOf({ worker: 'w', atMs: 1_000 }, moves)).toEqual({
    worker: 'w',
    partitions: 2,
    tookMs: 700,
  })
  expect(shareOf({ worker: 'nobody', atMs: 1_000 }, moves)).toBeUndefined()
})
