import { expect, test } from 'vitest'
import type { Receipt } from './receipt.ts'
import { excluded, failed, misconfigured, refusal, retryRow, retrySolution } from './verdict.ts'
import { worstReceipt } from './worst-receipt.ts'

const fromBestToWorst: readonly Receipt[] = [
  { status: 'delivered', applied: true },
  refusal('E', excluded),
  refusal('F', failed),
  refusal('R', retryRow(1, false)),
  refusal('S', retrySolution(1, false)),
  refusal('M', misconfigured('x')),
]

test('the worse of any two parts is the row’s receipt, in either order', () => {
  for (const [better, left] of fromBestToWorst.entries()) {
    for (const right of fromBestToWorst.slice(better)) {
      expect(worstReceipt([left, right])).toEqual(right)
      expect(worstReceipt([right, left])).toEqual(right)
    }
  }
})

test('doubt of any part stays, and so does the longest wait', () => {
  const row = refusal('R', retryRow(9_000, true))
  const solution = refusal('S', retrySolution(5, false))
  expect(worstReceipt([row, solution, row])).toMatchObject({
    code: 'S',
    scope: 'solution',
    afterMs: 9_000,
    inDoubt: true,
  })
})

test('a row is applied only when all its parts are', () => {
  const done: Receipt = { status: 'delivered', applied: true, requestId: 'a' }
  const taken: Receipt = { status: 'delivered', applied: false }
  expect(worstReceipt([done, taken])).toMatchObject({ applied: false, requestId: 'a' })
  expect(worstReceipt([done, done])).toEqual(done)
})
