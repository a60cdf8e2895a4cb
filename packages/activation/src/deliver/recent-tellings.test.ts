import { expect, test } from 'vitest'
import { createRecentTellings } from './recent-tellings.ts'

function telling(profileKey: string, toldMs: number) {
  const place = { partition: 0, dataflow: 'f', segment: 'ups:a' }
  return { ...place, profileKey, revisionMs: 0, receiptMs: toldMs, receiptSequence: 0, toldMs }
}

test('each membership is remembered as it was told last, the newest of all, and not for long', () => {
  const tellings = createRecentTellings(2, 100)
  const keys = () =>
    Array.from(tellings.all(), ({ profileKey, toldMs }) => `${profileKey}@${toldMs}`)
  const first = telling('p', 1)
  tellings.note(first)
  tellings.note(telling('q', 2))
  tellings.note(telling('p', 3))
  expect(keys()).toEqual(['q@2', 'p@3'])
  tellings.forget(first)
  expect(keys()).toEqual(['q@2', 'p@3'])
  tellings.note(telling('r', 4))
  expect(keys()).toEqual(['p@3', 'r@4'])
  tellings.note(telling('s', 104))
  expect(keys()).toEqual(['r@4', 's@104'])
  tellings.note(telling('t', 205))
  expect(keys()).toEqual(['t@205'])
})
