import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { catalogueNames, maxName } from './catalogue-name.ts'

const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

test('what Audience Manager advises against is replaced', () => {
  expect(catalogueNames('Loyal, high-value | EMEA\t– 2026', id)).toEqual([
    'Loyal high value EMEA 2026',
    'Loyal high value EMEA 2026 7841ba61 23c1 4bb3 a495 00d3a5fe1e93',
  ])
})

test('a name of nothing but such characters falls back to the id', () => {
  expect(catalogueNames(' -,|\t ', id)[0]).toBe('Segment 7841ba61 23c1 4bb3 a495 00d3a5fe1e93')
})

test('any name comes out bounded, well formed, clean, and the second choice differs', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 600 }), (displayName) => {
      const [first, second] = catalogueNames(displayName, id)
      for (const name of [first, second]) {
        expect(name.length).toBeLessThanOrEqual(maxName)
        expect(name.length).toBeGreaterThan(0)
        expect(name.isWellFormed()).toBe(true)
        expect(name).not.toMatch(/[\p{Cc}\p{Pd},|]/u)
      }
      expect(second).not.toBe(first)
    }),
    { seed: 20261123, numRuns: 60 },
  )
})
