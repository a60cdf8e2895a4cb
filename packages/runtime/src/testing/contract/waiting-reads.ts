import { describe, expect, onTestFinished, test } from 'vitest'
import { logStart, type EventLog, type LogEntry } from '../../ports/event-log.ts'
import type { CreateSubject } from './subject.ts'

/** Longer than any test may take: what ends sooner was not ended by its wait. */
const longMs = 3_600_000

/** A signal that ends what is left of its reads with the test. */
function ending(): AbortController {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  return controller
}

function waitFor(
  log: EventLog,
  signal: AbortSignal,
  waitMs: number = longMs,
): Promise<readonly LogEntry[]> {
  return log.read(0, logStart, { maxEntries: 10, waitMs, signal })
}

const append = (log: EventLog, text: string, partition = 0): Promise<unknown> =>
  log.append([{ partition, payload: Buffer.from(text), records: 1 }])

/** What an event log owes to reads that wait. */
export function testWaitingReads(create: CreateSubject): void {
  describe('waiting reads of an event log', () => {
    test('an append wakes every read that waits for its partition, and no other', async () => {
      const subject = await create()
      const { log } = subject.ports('a')
      const { signal } = ending()
      const woken = waitFor(log, signal)
      const alsoWoken = waitFor(subject.ports('b').log, ending().signal)
      let endedElsewhere = false
      void log.read(1, logStart, { maxEntries: 1, waitMs: longMs, signal }).then(() => {
        endedElsewhere = true
        return endedElsewhere
      })
      await subject.pass(5)
      await append(log, 'x')
      for (const entries of await Promise.all([woken, alsoWoken])) {
        expect(entries.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['x'])
      }
      await subject.pass(5)
      expect(endedElsewhere).toBe(false)
    })

    test('a read that waits gives up in time, with nothing', async () => {
      const subject = await create()
      const reading = waitFor(subject.ports().log, ending().signal, 10)
      await subject.pass(20)
      expect(await reading).toEqual([])
    })

    test('a signal ends a read that waits, and one that has not begun', async () => {
      const subject = await create()
      const { log } = subject.ports()
      const controller = ending()
      const reading = waitFor(log, controller.signal)
      await subject.pass(5)
      controller.abort()
      expect(await reading).toEqual([])
      await append(log, 'x')
      expect(await waitFor(log, controller.signal)).toEqual([])
    })

    test('a read waits for no other read of its partition, and is not ended with it', async () => {
      const subject = await create()
      const { log } = subject.ports()
      const [one, other] = [ending(), ending()]
      const reading = waitFor(log, one.signal)
      const behind = waitFor(log, other.signal)
      await subject.pass(5)
      other.abort()
      expect(await behind).toEqual([])
      await append(log, 'x')
      expect(await reading).toHaveLength(1)
    })

    test('a read that finds entries does not wait', async () => {
      const { log } = (await create()).ports()
      await append(log, 'x')
      expect(await waitFor(log, ending().signal)).toHaveLength(1)
    })
  })
}
