import { logStart, type AppendOutcome, type EventLog, type LogEntry } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'
import { loadScript } from './script.ts'

const appendScript = loadScript('append')

const outcomes = new Map<string, AppendOutcome>([
  ['LOG_FULL', 'log-full'],
  ['OUTBOX_FULL', 'outbox-full'],
])

/**
 * Partition logs as Redis Streams.
 *
 * Each partition that is read has a connection of its own, since a blocking read holds its connection; they are opened when
 * first needed and closed with the signal of the read.
 */
export function redisEventLog(redis: Redis, sandbox: string): EventLog {
  const readers = new Map<number, Redis>()
  return {
    append: async (appends, bounds) => {
      const settled = await Promise.allSettled(
        appends.map(({ partition, payload, records }) => {
          const keys = partitionKeys(sandbox, partition)
          return appendScript.run(
            redis,
            [keys.log, keys.counters],
            [payload, records, bounds?.logBytesMax ?? 0, bounds?.outboxRowsMax ?? 0],
          )
        }),
      )
      return settled.map((one) =>
        one.status === 'fulfilled'
          ? (outcomes.get(asText(one.value)) ?? 'appended')
          : new Error('the log did not answer', { cause: one.reason }),
      )
    },
    read: async (partition, afterId, { maxEntries, waitMs, signal }) => {
      if (signal.aborted) return []
      let reader = readers.get(partition)
      if (reader === undefined) {
        const opened = redis.duplicate({
          connectionName: `segue-log-${partition}`,
          // A blocking read is slow by intent.
          commandTimeout: undefined,
        })
        opened.on('error', () => {})
        readers.set(partition, opened)
        signal.addEventListener(
          'abort',
          () => {
            readers.delete(partition)
            opened.disconnect()
          },
          { once: true },
        )
        reader = opened
      }
      const { log } = partitionKeys(sandbox, partition)
      try {
        const block = waitMs > 0 ? ['BLOCK', waitMs] : []
        const reply = await reader.callBuffer('XREAD', [
          'COUNT',
          maxEntries,
          ...block,
          'STREAMS',
          log,
          afterId,
        ])
        return reply === null ? [] : entriesOf(reply)
      } catch (error) {
        if (signal.aborted) return []
        throw error
      }
    },
    trim: async (partition, offset) => {
      if (offset === logStart) return
      await redis.call('XTRIM', [partitionKeys(sandbox, partition).log, 'MINID', nextId(offset)])
    },
  }
}

function entriesOf(reply: unknown): LogEntry[] {
  const [stream] = asArray(reply)
  const [, entries] = asArray(stream)
  return asArray(entries).map((entry) => {
    const [id, fields] = asArray(entry)
    return { id: asText(id), payload: asBuffer(asArray(fields)[1]) }
  })
}

/** The smallest id after `id`: a trim by it drops everything up to and including `id`. */
function nextId(id: string): string {
  const [ms = '0', sequence = '0'] = id.split('-')
  return `${ms}-${BigInt(sequence) + 1n}`
}
