import { expect, test } from 'vitest'
import { readDcsAnswer } from './dcs-answer.ts'

function answer(body: string, headers: Readonly<Record<string, string>> = {}) {
  return readDcsAnswer({ kind: 'response', status: 200, headers, body, bytes: new Uint8Array() })
}

test('a success has no code and a transaction id', () => {
  const body =
    '{"stuff":[],"uuid":"22920112968019678612904394744954398990","dcs_region":7,"tid":"31ZpxW5bQGc="}'
  expect(answer(body)).toEqual({ codes: [], transactionId: '31ZpxW5bQGc=' })
})

test('codes are found in the body, in the header, and in both, each once', () => {
  expect(answer('{"errors":[{"code":101,"msg":"x"}]}')).toEqual({ codes: [101] })
  expect(answer('{}', { 'x-error': '101, 102' })).toEqual({ codes: [101, 102] })
  expect(answer('{"errors":[{"code":"0"},{"code":303}]}', { 'x-error': '303' })).toEqual({
    codes: [0, 303],
  })
})

test('a pixel with a code in the header is read by its header; one without is unreadable', () => {
  expect(answer('GIF89a', { 'x-error': '1' })).toEqual({ codes: [1] })
  expect(answer('GIF89a')).toBeUndefined()
  expect(answer('')).toBeUndefined()
  expect(answer('{"errors":"none"}')).toBeUndefined()
})
