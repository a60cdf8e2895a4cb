import { simulatedClock } from '@segue/runtime/testing'
import { expect, test } from 'vitest'
import { createRecentTellings } from './recent-tellings.ts'

const keptMs = 100

function subject() {
  const clock = simulatedClock(0)
  const tellings = createRecentTellings(clock, 4, keptMs)
  const note = (profileKey: string, receiptMs: number) => {
    const place = { partition: 0, dataflow: 'f', segment: 'ups:a' }
    const noted = { ...place, profileKey, revisionMs: 0, receiptMs, receiptSequence: 0 }
    tellings.note(noted)
    return noted
  }
  const keys = () =>
    Array.from(
      tellings.all(),
      ({ profileKey, receiptMs }) => `${profileKey}@${receiptMs}`,
    ).toSorted()
  return { clock, tellings, note, keys }
}

test('each membership is remembered as it was told last, the newest of all', () => {
  const { tellings, note, keys } = subject()
  const first = note('p', 1)
  note('q', 2)
  const again = note('p', 3)
  expect(keys()).toEqual(['p@3', 'q@2'])
  // Told again since: that is what is to be known.
  tellings.forget(first)
  expect(keys()).toContain('p@3')
  note('r', 4)
  note('s', 5)
  expect(keys()).toEqual(['p@3', 'r@4', 's@5'])
  tellings.forget(again)
  expect(keys()).toEqual(['r@4', 's@5'])
})

test('nothing is remembered for long, though nothing more is told', async () => {
  const { clock, tellings, note, keys } = subject()
  note('p', 1)
  await clock.advance(keptMs - 1)
  note('q', 2)
  await clock.advance(1)
  expect(keys()).toEqual(['p@1', 'q@2'])
  note('r', 3)
  await clock.advance(keptMs)
  expect(keys()).toEqual(['r@3'])
  await clock.advance(keptMs)
  expect(keys()).toEqual([])
  note('s', 4)
  expect(keys()).toEqual(['s@4'])
  tellings.end()
  note('t', 5)
  expect(keys()).toEqual([])
})
