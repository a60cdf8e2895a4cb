import { expect, test } from 'vitest'
import type { BucketFile } from './bucket-file.ts'
import { newestOf, progressOf } from './contested-pair.ts'

const hourMs = 3_600_000
const nowMs = Date.parse('2026-11-25T10:00:00Z')

/** A file written so many hours ago, with a receipt so many hours ago. */
function file(hoursAgo: number, receiptHoursAgo?: number): BucketFile {
  const storedMs = nowMs - hoursAgo * hourMs
  const base = { unixSeconds: storedMs / 1000, storedMs, bytes: 1, untilMs: storedMs + 48 * hourMs }
  const key = `${hoursAgo}`
  return receiptHoursAgo === undefined
    ? { key, ...base }
    : { key, ...base, receiptMs: nowMs - receiptHoursAgo * hourMs }
}

const adds = (one: BucketFile) => ({ file: one, status: 'realized' }) as const
const removes = (one: BucketFile) => ({ file: one, status: 'exited' }) as const

test.each([
  ['while the older file is open', [adds(file(5)), removes(file(4))], 'open'],
  ['also when the newer one is processed', [adds(file(5)), removes(file(4, 1))], 'open'],
  ['once the older one is processed', [adds(file(5, 1)), removes(file(4))], 'repair'],
  ['in whatever order both were', [adds(file(5, 2)), removes(file(4, 1))], 'repair'],
  ['once the older one is 48 h old', [adds(file(48)), removes(file(4))], 'repair'],
  ['when it was processed before the newer one', [adds(file(5, 4.5)), removes(file(4))], 'sent'],
  ['and that one is processed', [adds(file(5, 4.5)), removes(file(4, 1))], 'applied'],
  ['by age alone', [adds(file(60)), removes(file(12, 1))], 'applied'],
  ['when it was processed in the same moment', [adds(file(5, 4)), removes(file(4))], 'repair'],
  ['after the repair', [adds(file(5, 2)), removes(file(4, 1)), removes(file(1))], 'sent'],
  ['and it is done', [adds(file(5, 2)), removes(file(4, 1)), removes(file(1, 0.5))], 'applied'],
  ['when the state came back', [adds(file(5)), removes(file(4)), adds(file(3))], 'open'],
  [
    'with several that say otherwise, until the last is processed',
    [adds(file(5, 2)), adds(file(4)), removes(file(3)), removes(file(1))],
    'open',
  ],
] as const)('%s: %j is %s', (_what, said, progress) => {
  expect(progressOf({ id: 'u', sid: '24', said }, nowMs)).toBe(progress)
})

test('the newest is what the last file by name says', () => {
  expect(newestOf({ id: 'u', sid: '24', said: [adds(file(5)), removes(file(4))] })).toBe('exited')
  expect(newestOf({ id: 'u', sid: '24', said: [removes(file(5)), adds(file(4))] })).toBe('realized')
})
