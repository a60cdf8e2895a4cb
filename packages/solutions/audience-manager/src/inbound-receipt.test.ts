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
    recordsReceived: 3,
    'Format Errors': 1,
    removedTraits: 2,
  })
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
  expect(receiptEvent('f', { [name]: 1 }).level).toBe('warn')
  expect(receiptEvent('f', { [name]: 0, recordsReceived: 5 }).level).toBe('info')
})

test('a receipt that cannot be read is worth a warning', () => {
  expect(receiptEvent('f', undefined)).toMatchObject({ level: 'warn', fields: { file: 'f' } })
})
