import { expect, test } from 'vitest'
import { describeFault, type Round } from './fault.ts'
import { allKinds, drawSchedule } from './schedule.ts'

const seeds = Array.from({ length: 40 }, (_, index) => index + 1)
const draw = (seed: number, rounds = 20): readonly Round[] =>
  drawSchedule({ seed, rounds, kinds: allKinds })

test('a seed gives the same rounds again, and another seed others; more rounds begin as fewer do', () => {
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(draw(7, 30).slice(0, 20)).toEqual(draw(7))
})

test('nothing has two things done to it at once, and rounds have faults that overlap', () => {
  let overlapping = 0
  for (const { faults } of seeds.flatMap((seed) => draw(seed))) {
    for (const [index, one] of faults.entries()) {
      for (const other of faults.slice(index + 1)) {
        const apart = one.atMs + one.forMs < other.atMs
        if (!apart) overlapping += 1
        const shared = one.on.filter((target) => other.on.includes(target))
        expect(apart ? [] : shared).toEqual([])
      }
    }
  }
  expect(overlapping).toBeGreaterThan(seeds.length * 10)
})

test('every kind comes in any run of ten rounds, and a processor is always paused for longer than its lease', () => {
  for (const seed of seeds) {
    const faults = draw(seed, 10).flatMap((round) => round.faults)
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(allKinds))
    const pauses = faults.filter(({ kind }) => kind === 'pause-processor')
    expect(Math.min(...pauses.map(({ forMs }) => forMs))).toBeGreaterThan(5_000)
  }
})

test('a fault is described in one line', () => {
  expect(
    describeFault({
      kind: 'kill-both',
      atMs: 1_240,
      forMs: 3_000,
      on: ['processor-1', 'gateway-2'],
      how: 'new-name',
    }),
  ).toBe('1.2 s kill-both processor-1 + gateway-2 for 3.0 s (new-name)')
})
