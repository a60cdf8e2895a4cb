import { expect, test } from 'vitest'
import { parseTraceParent, traceParentOf } from './trace-parent.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test('a trace context is read, and written as it was', () => {
  for (const flags of ['00', '01']) {
    const text = `00-${traceId}-${spanId}-${flags}`
    const parsed = parseTraceParent(text)
    expect(parsed).toEqual({ traceId, spanId, traceFlags: Number(flags) })
    expect(parsed && traceParentOf(parsed)).toBe(text)
  }
})

test('a newer version is read as far as it is like this one', () => {
  expect(parseTraceParent(`01-${traceId}-${spanId}-01-more`)).toMatchObject({ traceId, spanId })
})

test.each([
  '',
  'person@example.com',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
])('%s counts as none', (text) => {
  expect(parseTraceParent(text)).toBeUndefined()
})
