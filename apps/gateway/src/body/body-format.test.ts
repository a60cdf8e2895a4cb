import { expect, test } from 'vitest'
import { bodyReader } from './body-format.ts'
import { readJson } from './json.ts'
import { readMsgpack } from './msgpack.ts'
import { readNdjson } from './ndjson.ts'

test.each([
  ['application/json', readJson],
  ['application/json; charset=utf-8', readJson],
  ['Application/JSON;Charset="UTF-8"', readJson],
  ['application/json; profile=x', readJson],
  ['application/x-ndjson', readNdjson],
  ['application/jsonl', readNdjson],
  ['application/msgpack', readMsgpack],
  ['application/vnd.msgpack', readMsgpack],
])('%s has its reader', (contentType, reader) => {
  expect(bodyReader(contentType).read).toBe(reader)
})

test.each([undefined, '', 'text/plain', 'application/jsonx', 'application/json; charset=latin1'])(
  '%s is refused',
  (contentType) => {
    expect(() => bodyReader(contentType)).toThrow(
      expect.objectContaining({ code: 'MEDIA_TYPE_UNSUPPORTED', status: 415 }),
    )
  },
)

test('JSON is one update or an array of them', () => {
  expect(readJson(Buffer.from('[1,2]'))).toMatchObject({ count: 2 })
  const one = readJson(Buffer.from('\uFEFF{"a":1}'))
  expect(one.count).toBe(1)
  expect(one.next()).toEqual({ a: 1 })
})

test.each([Buffer.from('{"a":'), Buffer.from([0x22, 0xff, 0x22]), Buffer.from('')])(
  'what is not JSON in UTF-8 is refused as a whole, and not quoted',
  (body) => {
    expect(() => readJson(body)).toThrow(
      expect.objectContaining({
        code: 'MALFORMED_JSON',
        message: expect.stringMatching(/^the body is not (JSON|UTF-8)$/),
      }),
    )
  },
)
