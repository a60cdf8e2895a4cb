import { expect, test } from 'vitest'
import { createDictionary, segmentsLimit } from './dictionary.ts'

test('a segment keeps its index, and a new one gets the next', () => {
  const dictionary = createDictionary(['ups:a', 'ups:b'])
  expect(['ups:b', 'ups:c', 'ups:a', 'ups:c', 'ups:d'].map(dictionary.indexOf)).toEqual([
    1, 2, 0, 2, 3,
  ])
  expect(dictionary.segments).toEqual(['ups:a', 'ups:b', 'ups:c', 'ups:d'])
})

test('what was taken in since the last commit is told, in its order', () => {
  const dictionary = createDictionary(['ups:a'])
  expect(dictionary.uncommitted()).toEqual([])
  dictionary.indexOf('ups:c')
  dictionary.indexOf('ups:b')
  expect(dictionary.uncommitted()).toEqual(['ups:c', 'ups:b'])
  dictionary.committed()
  expect(dictionary.uncommitted()).toEqual([])
  dictionary.indexOf('ups:d')
  expect(dictionary.uncommitted()).toEqual(['ups:d'])
})

test('beyond 4,000 segments a new one has no index, and the known ones keep theirs', () => {
  const dictionary = createDictionary([])
  const segments = Array.from({ length: segmentsLimit }, (_, index) => `ups:${index}`)
  expect(segments.map(dictionary.indexOf)).toEqual(segments.map((_, index) => index))
  expect(dictionary.indexOf('ups:one-more')).toBe(-1)
  expect(dictionary.indexOf('ups:3999')).toBe(3_999)
  expect(dictionary.segments).toHaveLength(4_000)
  expect(dictionary.uncommitted()).toHaveLength(4_000)
})

test('the list that it was made of stays as it is', () => {
  const stored = ['ups:a']
  createDictionary(stored).indexOf('ups:b')
  expect(stored).toEqual(['ups:a'])
})
