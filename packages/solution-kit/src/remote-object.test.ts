import { expect, test } from 'vitest'
import { remoteObjects } from './remote-object.ts'

test('what is not known is left out, numbers are told as text', () => {
  expect(
    remoteObjects([
      {
        kind: 'trait',
        name: 'A',
        id: 7,
        in: { folder: 'F', 'data source': undefined },
        has: { x: '' },
      },
      { kind: 'signal', name: 'B', id: undefined, in: {} },
    ]),
  ).toEqual([
    { kind: 'trait', name: 'A', id: '7', in: { folder: 'F' } },
    { kind: 'signal', name: 'B' },
  ])
})

test('however much is said of however many, little is kept, with no character cut in two', () => {
  const long = '😀'.repeat(1_000)
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`field ${n}`, `x${long}`]))
  const kept = remoteObjects(
    Array.from({ length: 50 }, () => ({ kind: 'list', name: `x${long}`, in: many, has: many })),
  )
  expect(kept).toHaveLength(8)
  for (const { name, in: place = {}, has = {} } of kept) {
    const texts = [name, ...Object.values(place), ...Object.values(has)]
    expect(texts).toHaveLength(17)
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(500)
      expect(text.isWellFormed()).toBe(true)
    }
  }
})
