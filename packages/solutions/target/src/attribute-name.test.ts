import { array, assert, constantFrom, property, tuple, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { attributeName, maxAttributeName } from './attribute-name.ts'

test.each([
  ['ups:7841ba61', 'aepseg_7841ba61'],
  ['ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93', 'aepseg_7841ba61__23c1__4bb3__a495__00d3a5fe1e93'],
  ['CustomerAudienceUpload:42', 'aepseg_CustomerAudienceUpload_3a42'],
  ['ups:a_b', 'aepseg_a_5fb'],
  ['ups:ä', 'aepseg__c3_a4'],
])('%s is %s', (segment, name) => {
  expect(attributeName(segment)).toBe(name)
})

/** Ids of few letters, so that what could be mistaken for an escape comes often. */
const letters = ['-', '_', 'h', '5', 'f', '2', 'd', ':', 'A', 'a', 'é', '😀']
const id = array(constantFrom(...letters), { minLength: 1, maxLength: 256 }).map((characters) =>
  characters.join(''),
)
const namespace = constantFrom('ups', 'a', 'A_', 'aepseg')
const segment = tuple(namespace, id).map((parts) => parts.join(':'))

test('any segment has a name that Target takes', () => {
  assert(
    property(segment, (one) => {
      const name = attributeName(one)
      expect(name).toMatch(/^aepseg_[A-Za-z0-9_]+$/)
      expect(name.length).toBeLessThanOrEqual(maxAttributeName)
    }),
    { seed: 5 },
  )
})

test('no two segments share a name', () => {
  assert(
    property(uniqueArray(segment, { minLength: 2, maxLength: 40 }), (segments) => {
      expect(new Set(segments.map(attributeName)).size).toBe(segments.length)
    }),
    { seed: 5 },
  )
})

test('the name of an id that was hashed is nobody’s id', () => {
  const long = `ups:${'x'.repeat(200)}`
  const name = attributeName(long)
  expect(name).toMatch(/^aepseg__h[0-9a-f]{64}$/)
  for (const rest of [name, name.slice('aepseg_'.length), `-h${name.slice(-64)}`]) {
    expect(attributeName(`ups:${rest}`)).not.toBe(name)
  }
})
