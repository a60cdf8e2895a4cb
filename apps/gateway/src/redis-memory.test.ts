import { expect, test } from 'vitest'
import { memoryState, percentOf } from './redis-memory.ts'

test('what Redis says of its memory is read, and no bound is no percent', () => {
  const said = '# Memory\r\nused_memory:450\r\nused_memory_rss:900\r\nmaxmemory:500\r\n'
  expect(percentOf(said)).toBe(90)
  expect(percentOf('used_memory:450\r\nmaxmemory:0\r\n')).toBeUndefined()
  expect(percentOf('')).toBeUndefined()
})

test('beyond the percentage it is nearly full, and each change is told once; what is not known changes nothing', () => {
  const told: string[] = []
  const { note, isNearlyFull } = memoryState(90, (message) => told.push(message))
  const after = [undefined, 10, 90, 90.5, 99, undefined, 91, 90, 20].map((percent) => {
    note(percent)
    return isNearlyFull()
  })
  expect(after).toEqual([false, false, false, true, true, true, true, false, false])
  expect(told).toEqual([
    expect.stringContaining('90 % of its maxmemory'),
    expect.stringContaining('again'),
  ])
})
