import { expect, test } from 'vitest'
import { lineTimeMs } from './line-time.ts'

const hourMs = 3_600_000
const nowMs = Date.parse('2026-11-23T10:30:00Z')

test('a change has the time of its revision', () => {
  for (const status of ['realized', 'exited'] as const) {
    expect(lineTimeMs({ status, revisionMs: nowMs - 1 }, nowMs)).toBe(nowMs - 1)
    expect(lineTimeMs({ status, revisionMs: nowMs + 1 }, nowMs)).toBe(nowMs + 1)
  }
  expect(lineTimeMs({ status: 'exited', revisionMs: 1 }, nowMs)).toBe(1)
})

test('a member that is sent again a day or more later has a newer time, in the past, and one for all repeats of an hour', () => {
  const revisionMs = nowMs - 24 * hourMs
  const refreshed = lineTimeMs({ status: 'realized', revisionMs }, nowMs)
  expect(new Date(refreshed).toISOString()).toBe('2026-11-22T22:00:00.000Z')
  expect(lineTimeMs({ status: 'realized', revisionMs }, nowMs + 29 * 60_000)).toBe(refreshed)
  expect(lineTimeMs({ status: 'realized', revisionMs }, nowMs + hourMs)).toBe(refreshed + hourMs)
})

test('each refresh renews the last one', () => {
  const revisionMs = nowMs
  const times = [0, 7, 14, 21].map((days) =>
    lineTimeMs({ status: 'realized', revisionMs }, nowMs + days * 24 * hourMs),
  )
  expect(times).toEqual(times.toSorted((left, right) => left - right))
  expect(new Set(times).size).toBe(4)
})
