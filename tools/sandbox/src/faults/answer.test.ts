import { expect, test } from 'vitest'
import { faultAnswerText, parseFaultAnswer } from './answer.ts'

test.each([
  'ok',
  'latency:200',
  'hang',
  'drop',
  'garbage',
  '606',
  'apply-500',
  'apply-hang',
  'SlowDown',
])('%s is read, and written as it was', (text) => {
  expect(faultAnswerText(parseFaultAnswer(text))).toBe(text)
})

test('what is applied is only what says so', () => {
  expect(parseFaultAnswer('500')).toEqual({ kind: 'code', code: '500', applied: false })
  expect(parseFaultAnswer('apply-drop')).toEqual({ kind: 'drop', applied: true })
  expect(parseFaultAnswer('latency', 5)).toEqual({ kind: 'latency', ms: 5 })
})

test.each([
  '',
  'apply-',
  'latency',
  'latency:x',
  'latency:9999999',
  'two words',
  'apply-latency:5',
])('%j is refused', (text) => {
  expect(() => parseFaultAnswer(text)).toThrow(/answer|latency/)
})
