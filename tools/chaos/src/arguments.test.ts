import { expect, test } from 'vitest'
import { helpText, parseArguments } from './arguments.ts'
import { allKinds } from './plan/schedule.ts'

const parse = (...words: readonly string[]): ReturnType<typeof parseArguments> =>
  parseArguments(words, 0.5)

test('without flags there is a drawn seed and every kind of fault', () => {
  expect(parse()).toEqual({
    kind: 'chaos',
    rounds: 10,
    seed: 500_000,
    checkEvery: 5,
    updatesPerSecond: 200,
    kinds: allKinds,
    json: undefined,
  })
})

test('flags are read, and kinds keep their order', () => {
  expect(
    parse('--rounds', '50', '--seed', '7', '--only', 'kill-redis,kill-processor', '--json', 'f'),
  ).toMatchObject({ rounds: 50, seed: 7, kinds: ['kill-processor', 'kill-redis'], json: 'f' })
  expect(parse('--handover')).toEqual({ kind: 'handover', json: undefined })
})

test.each([
  [['--rounds', '0'], /--rounds is a whole number from 1/],
  [['--seed', '-1'], /--seed/],
  [['--only', 'kill-cat'], /--only knows kill-processor, .* not "kill-cat"/],
  [['--json', ''], /--json needs a file/],
  [['--unknown'], /unknown/i],
])('%j is refused with what it takes', (words, message) => {
  expect(() => parse(...words)).toThrow(message)
})

test('help names every kind', () => {
  for (const kind of allKinds) expect(helpText).toContain(kind)
})
