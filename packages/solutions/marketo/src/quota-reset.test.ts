import { expect, test } from 'vitest'
import { msUntilQuotaReset } from './quota-reset.ts'

const hourMs = 3_600_000

test.each([
  ['2026-11-23T05:59:59.000Z', 1_000],
  ['2026-11-23T06:00:00.000Z', 24 * hourMs],
  ['2026-11-23T18:00:00.000Z', 12 * hourMs],
  ['2026-07-01T05:00:00.000Z', 1 * hourMs],
])('at %s the quota resets in %i ms', (at, expected) => {
  expect(msUntilQuotaReset(Date.parse(at))).toBe(expected)
})
