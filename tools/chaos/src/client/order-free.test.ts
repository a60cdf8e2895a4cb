import { randomFrom, sampleDefaults, sampleLines } from '@segue/dev'
import { replayLines } from '@segue/oracle'
import { expect, test } from 'vitest'
import { orderFree } from './order-free.ts'

const baseTimeMs = Date.parse('2026-11-23T12:00:00Z')

test('in any order the lines end in the same members, by the oracle; without leaving any out they do not', async () => {
  const all = [
    ...sampleLines({
      ...sampleDefaults,
      seed: 5,
      profiles: 150,
      updates: 6_000,
      segments: 6,
      consentShare: 0.05,
      baseTimeMs,
    }),
  ]
  const kept = orderFree(all, baseTimeMs).map(({ text }) => text)
  expect(kept.length).toBeGreaterThan(all.length * 0.9)

  const random = randomFrom(5, 'order')
  const shuffled = (lines: readonly string[]): readonly string[] =>
    lines
      .map((line) => ({ line, at: random.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ line }) => line)
  const membersOf = async (lines: readonly string[]): Promise<unknown> =>
    (await replayLines(lines, { endMs: baseTimeMs })).members
  for (let order = 0; order < 5; order += 1) {
    expect(await membersOf(shuffled(kept))).toEqual(await membersOf(kept))
  }
  expect(await membersOf(shuffled(all))).not.toEqual(await membersOf(all))
})
