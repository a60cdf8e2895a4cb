import { expect, test } from 'vitest'
import { packBatch, unpackBatch } from '../codec/record-batch.ts'
import { memoryPorts } from '../testing/memory/memory-ports.ts'
import { simulatedClock } from '../testing/memory/simulated-clock.ts'
import { mendLog } from './mend-log.ts'
import { createRecentEntries } from './recent-entries.ts'

const read = { maxEntries: 10, waitMs: 0, signal: new AbortController().signal }

function payloadOf(profileKey: string): Buffer {
  return packBatch({ segments: [], records: [[0, profileKey, [], [], 0, 0]] })
}

test('an entry whose id was given to another one is missing', async () => {
  const { log } = memoryPorts({ partitionCount: 1, clock: simulatedClock(1_000) })
  await log.append([{ partition: 0, payload: payloadOf('new'), records: 1 }])
  const recent = createRecentEntries(1_000)
  // As where the replica's clock is behind that of the primary it follows.
  recent.note([{ id: '1000-0', payload: payloadOf('lost') }])
  recent.committed('1000-0')
  const loss = await mendLog(log, 0, '0-0', recent, read.signal)
  expect(loss).toEqual({ entriesBack: 1, entriesLost: 1, updatesAppended: 1 })
  const entries = await log.read(0, '0-0', read)
  expect(entries.map(({ payload }) => Buffer.from(payload))).toEqual([
    payloadOf('new'),
    payloadOf('lost'),
  ])
  // What was given back is read again under its new id; once is enough.
  expect(await mendLog(log, 0, '0-0', recent, read.signal)).toBeUndefined()
})

test('only updates are given back: what is due is found again, and an erasure is to be asked for again', async () => {
  const { log } = memoryPorts({ partitionCount: 1, clock: simulatedClock(1_000) })
  const recent = createRecentEntries(1_000)
  const records = [
    [1, 'due', 5, 0],
    [2, 'erased'],
    [3, 'acknowledged'],
  ] as const
  recent.note([{ id: '1-0', payload: packBatch({ segments: [], records }) }])
  const loss = await mendLog(log, 0, '0-0', recent, read.signal)
  expect(loss).toEqual({ entriesBack: 0, entriesLost: 1, updatesAppended: 0 })
  expect(await log.read(0, '0-0', read)).toEqual([])
})

test('a look that is ended finds nothing missing, and forgets nothing', async () => {
  const { log } = memoryPorts({ partitionCount: 1, clock: simulatedClock(1_000) })
  const recent = createRecentEntries(1_000)
  recent.note([{ id: '1-0', payload: payloadOf('p') }])
  expect(await mendLog(log, 0, '0-0', recent, AbortSignal.abort())).toBeUndefined()
  expect(recent.after('0-0')).toHaveLength(1)
  expect(await log.read(0, '0-0', read)).toEqual([])
})

test('the newest entries are remembered, within their bound, as they were', () => {
  const recent = createRecentEntries(100)
  const bytes = Buffer.alloc(40, 'a')
  recent.note([{ id: '1-0', payload: bytes }])
  bytes.fill('b')
  recent.note([
    { id: '1-0', payload: bytes },
    { id: '2-0', payload: bytes },
  ])
  expect(recent.after('0-0').map(({ payload }) => payload.toString()[0])).toEqual(['a', 'b'])
  recent.note([{ id: '10-0', payload: bytes }])
  expect(recent.after('0-0').map(({ id }) => id)).toEqual(['2-0', '10-0'])
  expect(recent.after('2-0').map(({ id }) => id)).toEqual(['10-0'])
})

test('of decisions on consent the one that came last counts, also where they came at one time', async () => {
  const { log } = memoryPorts({ partitionCount: 1, clock: simulatedClock(1_000) })
  const recent = createRecentEntries(1_000)
  const decisions = [
    [0, 'p', [], [], 2, 0],
    [0, 'q', [], [], 1, 0],
    [0, 'p', [], [], 1, 0],
    [0, 'q', [], [], 2, 0],
    [0, 'r', [], [], 1, 7],
  ] as const
  recent.note([{ id: '500-0', payload: packBatch({ segments: [], records: decisions }) }])
  await mendLog(log, 0, '0-0', recent, read.signal)
  const [entry] = await log.read(0, '0-0', read)
  expect(unpackBatch(entry!.payload).records).toEqual([
    [0, 'p', [], [], 0, 0],
    [0, 'q', [], [], 0, 0],
    [0, 'p', [], [], 1, 501],
    [0, 'q', [], [], 2, 500],
    [0, 'r', [], [], 1, 7],
  ])
})
