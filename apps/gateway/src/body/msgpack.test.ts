import { Packr } from 'msgpackr'
import { expect, test } from 'vitest'
import { readMsgpack } from './msgpack.ts'

const packr = new Packr({ useRecords: false })

function all(body: Buffer): unknown[] {
  const updates = readMsgpack(body)
  return Array.from({ length: updates.count }, () => updates.next())
}

test('one map is one update, an array is as many as it holds', () => {
  expect(all(packr.pack({ a: 1 }))).toEqual([{ a: 1 }])
  expect(all(packr.pack([{ a: 1 }, { b: ['x', null] }]))).toEqual([{ a: 1 }, { b: ['x', null] }])
  expect(all(packr.pack([]))).toEqual([])
})

test('a key __proto__ stays an own key and changes no prototype', () => {
  const body = packr.pack([new Map([['__proto__', { polluted: true }]]), { a: { b: 1 } }])
  const [first, second] = all(body)
  expect(Object.hasOwn(Object(first), '__proto__')).toBe(true)
  expect(Object.getPrototypeOf(first)).toBe(Object.prototype)
  expect(second).toEqual({ a: { b: 1 } })
})

test.each([
  ['nothing of it is msgpack', Buffer.from([0xc1, 0xc1, 0xc1])],
  ['it ends early', packr.pack({ a: 'long enough' }).subarray(0, 5)],
  ['something follows it', Buffer.concat([packr.pack({ a: 1 }), packr.pack({ a: 2 })])],
  ['it claims four billion elements', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
  ['it claims four billion keys', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])],
  ['it nests a million deep', Buffer.alloc(1_000_000, 0x91)],
  [
    'it nests a million deep and says __proto__',
    Buffer.concat([Buffer.alloc(1_000_000, 0x91), packr.pack('__proto__')]),
  ],
])('a body is refused where %s', (_, body) => {
  expect(() => readMsgpack(body)).toThrow(
    expect.objectContaining({ code: 'MALFORMED_MSGPACK', status: 400 }),
  )
})

test('a refusal quotes nothing of the body', () => {
  const body = Buffer.concat([packr.pack({ id: 'person@example.com' }), packr.pack(1)])
  expect(() => readMsgpack(body)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('person') }),
  )
})
