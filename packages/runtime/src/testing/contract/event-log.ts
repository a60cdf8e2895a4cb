import { describe, expect, test } from 'vitest'
import { logStart, type EventLog, type LogEntry } from '../../ports/event-log.ts'
import { commitOf, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const noBounds = { logBytesMax: 0, outboxRowsMax: 0 }
const batch = (
  text: string,
  partition = 0,
): { partition: number; payload: Buffer; records: number } => ({
  partition,
  payload: Buffer.from(text),
  records: 1,
})
const textsOf = (entries: readonly LogEntry[]): string[] =>
  entries.map(({ payload }) => Buffer.from(payload).toString())

/** Reads what is there, without waiting. */
function readNow(log: EventLog, partition = 0, afterId = logStart): Promise<readonly LogEntry[]> {
  const { signal } = new AbortController()
  return log.read(partition, afterId, { maxEntries: 100, waitMs: 0, signal })
}

/** What every event log owes. */
export function testEventLog(create: CreateSubject): void {
  describe('event log', () => {
    test('gives entries in the order of their appends, each with its bytes and a greater id', async () => {
      const { log } = (await create()).ports()
      const payloads = [Buffer.from([0, 255, 10, 13]), Buffer.from(''), Buffer.from('ünï')]
      for (const payload of payloads) await log.append([{ partition: 0, payload, records: 1 }])
      const entries = await readNow(log)
      expect(entries.map(({ payload }) => Buffer.from(payload))).toEqual(payloads)
      const ids = entries.map(({ id }) => id.split('-').map(Number))
      for (const [index, [ms = 0, sequence = 0]] of ids.entries()) {
        const [beforeMs = 0, beforeSequence = 0] = ids[index - 1] ?? []
        expect(ms > beforeMs || (ms === beforeMs && sequence > beforeSequence)).toBe(true)
      }
    })

    test('reads only what comes after an id, and no more than asked for', async () => {
      const { log } = (await create()).ports()
      await log.append(['a', 'b', 'c', 'd', 'e'].map((text) => batch(text)))
      const { signal } = new AbortController()
      const first = await log.read(0, logStart, { maxEntries: 2, waitMs: 0, signal })
      expect(textsOf(first)).toEqual(['a', 'b'])
      const second = await log.read(0, first[1]!.id, { maxEntries: 2, waitMs: 0, signal })
      expect(textsOf(second)).toEqual(['c', 'd'])
      const third = await readNow(log, 0, second[1]!.id)
      expect(textsOf(third)).toEqual(['e'])
      expect(await readNow(log, 0, third[0]!.id)).toEqual([])
    })

    test('keeps partitions apart', async () => {
      const { log } = (await create()).ports()
      await log.append([batch('a', 0), batch('b', 1), batch('c', 0)])
      expect(textsOf(await readNow(log, 0))).toEqual(['a', 'c'])
      expect(textsOf(await readNow(log, 1))).toEqual(['b'])
      expect(await readNow(log, 2)).toEqual([])
    })

    test('keeps what was appended, whatever becomes of the buffer', async () => {
      const { log } = (await create()).ports()
      const payload = Buffer.from('abc')
      await log.append([{ partition: 0, payload, records: 1 }])
      payload.fill(0)
      const [entry] = await readNow(log)
      expect(textsOf([entry!])).toEqual(['abc'])
      Buffer.from(entry!.payload.buffer, entry!.payload.byteOffset, entry!.payload.byteLength).fill(
        0,
      )
      expect(textsOf(await readNow(log))).toEqual(['abc'])
    })

    test('takes bytes up to the bound, and refuses each append by itself', async () => {
      const { log } = (await create()).ports()
      const bounds = { ...noBounds, logBytesMax: 10 }
      expect(await log.append([batch('123456')], bounds)).toEqual(['appended'])
      const outcomes = await log.append(
        [batch('12345'), batch('12345', 1), batch('1234'), batch('1')],
        bounds,
      )
      expect(outcomes).toEqual(['log-full', 'appended', 'appended', 'log-full'])
      expect(textsOf(await readNow(log))).toEqual(['123456', '1234'])
    })

    test('has room again when what it holds is stepped', async () => {
      const ports = (await create()).ports()
      const bounds = { ...noBounds, logBytesMax: 10 }
      await ports.log.append([batch('1234567890')], bounds)
      expect(await ports.log.append([batch('1')], bounds)).toEqual(['log-full'])
      const counters = new Map([['steppedBytes', 4]])
      await ports.store.commit(0, commitOf({ owner: await own(ports, 0), counters }))
      expect(await ports.log.append([batch('12345')], bounds)).toEqual(['log-full'])
      expect(await ports.log.append([batch('1234')], bounds)).toEqual(['appended'])
    })

    test('refuses while the outbox holds as many rows as it may', async () => {
      const ports = (await create()).ports()
      const bounds = { ...noBounds, outboxRowsMax: 3 }
      const owner = await own(ports, 0)
      await ports.store.commit(0, commitOf({ owner, counters: new Map([['outboxRows', 2]]) }))
      expect(await ports.log.append([batch('a')], bounds)).toEqual(['appended'])
      const more = { owner, expectedOffset: '1-0', offset: '2-0' }
      await ports.store.commit(0, commitOf({ ...more, counters: new Map([['outboxRows', 1]]) }))
      expect(await ports.log.append([batch('b'), batch('c', 1)], bounds)).toEqual([
        'outbox-full',
        'appended',
      ])
    })

    test('always takes the entries of the system, and counts all that is appended', async () => {
      const ports = (await create()).ports()
      await ports.log.append([{ ...batch('1234567890'), records: 7 }], {
        logBytesMax: 10,
        outboxRowsMax: 0,
      })
      expect(await ports.log.append([{ ...batch('12345'), records: 2 }])).toEqual(['appended'])
      expect(await ports.store.counters(0)).toEqual(
        new Map([
          ['appendedRecords', 9],
          ['appendedBytes', 15],
        ]),
      )
    })

    test('trims what is committed and nothing after it', async () => {
      const { log } = (await create()).ports()
      await log.append(['a', 'b', 'c', 'd'].map((text) => batch(text)))
      const entries = await readNow(log)
      await log.trim(0, logStart)
      expect(await readNow(log)).toEqual(entries)
      await log.trim(0, entries[1]!.id)
      expect(await readNow(log)).toEqual(entries.slice(2))
      await log.trim(0, entries[0]!.id)
      expect(await readNow(log)).toEqual(entries.slice(2))
      await log.trim(0, entries[3]!.id)
      expect(await readNow(log)).toEqual([])
      await log.append([batch('e')])
      expect(textsOf(await readNow(log, 0, entries[3]!.id))).toEqual(['e'])
    })
  })
}
