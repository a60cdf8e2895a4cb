import { expect, test } from 'vitest'
import { createProgress, progressLine, type ProgressCounts } from './progress.ts'

const counts: ProgressCounts = {
  events: 12_000,
  eventsTotal: 200_000,
  changes: 3_400,
  delivered: { marketo: 1_200, 'audience-manager': 2_000 },
  lag: 50,
}

function watch(terminal: boolean, columns = 200) {
  let written = ''
  const progress = createProgress({
    terminal,
    columns,
    plainEveryMs: 5_000,
    write: (text) => void (written += text),
  })
  return { progress, written: () => written }
}

test('a line says what came in, changed, was delivered and is left', () => {
  expect(progressLine(counts)).toBe(
    'events 12,000 of 200,000 · changes 3,400 · delivered marketo 1,200, audience-manager 2,000 · lag 50',
  )
  expect(progressLine({ events: 0, changes: 0, delivered: {}, lag: 0 })).toBe(
    'events 0 · changes 0 · delivered 0 · lag 0',
  )
})

test('a terminal has one line that is written over, never longer than it is wide', () => {
  const { progress, written } = watch(true, 20)
  progress.show(counts, 0)
  progress.show({ ...counts, events: 13_000 }, 1)
  expect(written()).toBe('\r\u001B[Kevents 12,000 of 20\r\u001B[Kevents 13,000 of 20')
})

test('text between is not torn, and the last counts stay', () => {
  const { progress, written } = watch(true)
  progress.show(counts, 0)
  progress.say('[processor] ready')
  progress.end()
  const line = progressLine(counts)
  expect(written()).toBe(`\r\u001B[K${line}\r\u001B[K[processor] ready\n${line}\r\u001B[K${line}\n`)
})

test('without a terminal there is a plain line every few seconds, and the last counts', () => {
  const { progress, written } = watch(false)
  progress.show(counts, 1_000)
  progress.show({ ...counts, lag: 49 }, 5_999)
  progress.show({ ...counts, lag: 48 }, 6_000)
  progress.show({ ...counts, lag: 48 }, 12_000)
  progress.show({ ...counts, lag: 0 }, 12_001)
  progress.show({ ...counts, lag: 1 }, 12_002)
  progress.end()
  progress.end()
  const lags = [...written().matchAll(/lag (\d+)\n/g)].map(([, lag]) => Number(lag))
  expect(lags).toEqual([50, 48, 0, 1])
})
