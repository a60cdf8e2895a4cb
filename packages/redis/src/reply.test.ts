import { expect, test } from 'vitest'
import { asArray, asBuffer, asNumber, asNumbers, asOptionalBuffer, asText } from './reply.ts'

test('replies are read as what they are', () => {
  expect(asText(Buffer.from('text'))).toBe('text')
  expect(asNumber(Buffer.from('1795428000000'))).toBe(1_795_428_000_000)
  expect(asNumber(7)).toBe(7)
  expect(asOptionalBuffer(null)).toBeUndefined()
  expect(asNumbers([Buffer.from('a'), Buffer.from('-1')])).toEqual(new Map([['a', -1]]))
})

test('a reply of another shape is an error that does not repeat what was in it', () => {
  const secret = Buffer.from('secret')
  expect(() => asArray(secret)).toThrow('Redis answered a string where an array was expected')
  expect(() => asBuffer([secret])).toThrow('Redis answered an array where a string was expected')
  expect(() => asBuffer(null)).toThrow('Redis answered nothing where a string was expected')
  expect(() => asBuffer(7)).toThrow('Redis answered a number where a string was expected')
  expect(() => asNumber(secret)).toThrow('Redis answered text where a number was expected')
})
