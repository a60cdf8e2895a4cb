import { expect, test } from 'vitest'
import { readInboundReceipt, receiptEvent } from './inbound-receipt.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('counters are the numbers at the top and one level below', () => {
  const text = JSON.stringify({
    file: 'x',
    recordsReceived: 3,
    counters: { 'Format Errors': 1, removedTraits: 2, note: 'y' },
  })
  expect(readInboundReceipt(bytes(text))).toEqual({
    counters: { recordsReceived: 3, 'Format Errors': 1, removedTraits: 2 },
  })
})

const problemOf = (problem: unknown) => readInboundReceipt(bytes(JSON.stringify({ problem })))

test('a problem is a code, and nothing else', () => {
  expect(problemOf('NOT_GZIP')).toEqual({ counters: {}, problem: 'NOT_GZIP' })
  for (const other of ['', 'a sentence of somebody', 5, null, { a: 1 }]) {
    expect(problemOf(other)).toEqual({ counters: expect.anything() })
  }
})

test('what is no JSON object is no receipt', () => {
  for (const text of ['', 'done', '[1]', '"x"', 'null', '{"a":']) {
    expect(readInboundReceipt(bytes(text))).toBeUndefined()
  }
})

test.each([
  'formatErrors',
  'format_errors',
  'Format Errors',
  'invalidAamId',
  'Invalid Device ID',
  'noMatchingAamId',
  'noTraitRealized',
  'traits_failed_validation',
])('%s above zero makes the event a warning', (name) => {
  expect(receiptEvent('f', { counters: { [name]: 1 } }).level).toBe('warn')
  expect(receiptEvent('f', { counters: { [name]: 0, recordsReceived: 5 } }).level).toBe('info')
})

test('a receipt that cannot be read is worth a warning', () => {
  expect(receiptEvent('f', undefined)).toMatchObject({ level: 'warn', fields: { file: 'f' } })
})
