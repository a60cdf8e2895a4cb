import { expect, test } from 'vitest'
import { createRecentTellings } from './recent-tellings.ts'

function telling(profileKey: string, toldMs: number) {
  const place = { partition: 0, dataflow: 'f', segment: 'ups:a' }
  return { ...place, profileKey, revisionMs: 0, receiptMs: toldMs, receiptSequence: 0, toldMs }
}

test('each membership is remembered as it was told last, the newest of all, and not for long', () => {
  const tellings = createRecentTellings(4, 100)
  const note = (profileKey: string, toldMs: number) => {
    const noted = telling(profileKey, toldMs)
    tellings.note(noted)
    return noted
  }
  const keys = () =>
    Array.from(tellings.all(), ({ profileKey, toldMs }) => `${profileKey}@${toldMs}`).toSorted()
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
  note('t', 105)
  note('u', 160)
  expect(keys()).toEqual(['s@5', 't@105', 'u@160'])
  note('v', 500)
  expect(keys()).toEqual(['v@500'])
})
