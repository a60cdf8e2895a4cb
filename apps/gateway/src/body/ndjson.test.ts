import { expect, test } from 'vitest'
import { readNdjson } from './ndjson.ts'
import { malformed } from './updates.ts'

function all(body: Buffer | string): unknown[] {
  const updates = readNdjson(Buffer.from(body))
  return Array.from({ length: updates.count }, () => updates.next())
}

test('one update a line, with or without an end of the last one', () => {
  expect(all('{"a":1}\n{"a":2}\n')).toEqual([{ a: 1 }, { a: 2 }])
  expect(all('{"a":1}\n{"a":2}')).toEqual([{ a: 1 }, { a: 2 }])
})

test('blank lines are skipped and not counted, wherever they are', () => {
  expect(all('\n\n{"a":1}\r\n \t\r\n\n{"a":2}\r\n\r\n')).toEqual([{ a: 1 }, { a: 2 }])
  expect(all('\n \n')).toEqual([])
  expect(all('')).toEqual([])
})

test('a broken line is malformed by itself', () => {
  expect(all('{"a":1}\n{"a":\n{"a":3}')).toEqual([{ a: 1 }, malformed, { a: 3 }])
})

test('a line that is not UTF-8 is malformed by itself', () => {
  const broken = Buffer.concat([
    Buffer.from('{"a":"é"}\n{"a":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}\n{"a":3}'),
  ])
  expect(all(broken)).toEqual([{ a: 'é' }, malformed, { a: 3 }])
})

test('a byte order mark is no part of the first line', () => {
  expect(all('\uFEFF{"a":1}\n')).toEqual([{ a: 1 }])
})

test('lines hold any JSON; whether it is an update is for others to say', () => {
  expect(all('7\n[]\nnull\n"x"')).toEqual([7, [], null, 'x'])
})

test('a key __proto__ stays an own key and changes no prototype', () => {
  const [update] = all('{"__proto__":{"polluted":true}}')
  expect(Object.hasOwn(Object(update), '__proto__')).toBe(true)
  expect(Object.getPrototypeOf(update)).toBe(Object.prototype)
})
