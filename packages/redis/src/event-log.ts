import { logStart, type AppendOutcome, type EventLog, type LogEntry } from '@segue/runtime'
import { anotherConnection, type RedisConnection } from './connection.ts'
import { redisInterruptions } from './interruptions.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'
import type { Replication } from './replication.ts'
import { loadScript } from './script.ts'

const appendScript = loadScript('append')

const outcomes = new Map<string, AppendOutcome>([
  ['LOG_FULL', 'log-full'],
  ['OUTBOX_FULL', 'outbox-full'],
])

/**
 * Partition logs as Redis Streams.
 *
 * A blocking read holds its connection, so each signal has a connection of its own for each partition that it reads. They are
 * opened when first needed and closed with the signal: whoever ends reading ends nobody else's, and waits for nobody's.
 *
 * @param replication absent: no replica is waited for
 */
export function redisEventLog(
  redis: RedisConnection,
  sandbox: string,
  replication?: Replication,
): EventLog {
  const readers = new Map<AbortSignal, Map<number, RedisConnection>>()
  redisInterruptions(redis).watch(() => {
    // A server that was the primary lets readers wait for ever: have them connect anew too, to whoever is it now.
    for (const opened of readers.values()) {
      for (const reader of opened.values()) reader.disconnect()
      opened.clear()
    }
  })
  const readerOf = (partition: number, signal: AbortSignal): RedisConnection => {
    let opened = readers.get(signal)
    if (opened === undefined) {
      const connections = new Map<number, RedisConnection>()
      opened = connections
      readers.set(signal, connections)
      signal.addEventListener(
        'abort',
        () => {
          readers.delete(signal)
          for (const connection of connections.values()) connection.disconnect()
        },
        { once: true },
      )
    }
    let reader = opened.get(partition)
    if (reader === undefined) {
      reader = anotherConnection(redis, { clientName: `segue-log-${partition}`, kind: 'blocking' })
      opened.set(partition, reader)
    }
    return reader
  }
  return {
    append: async (appends, bounds) => {
      const calls = appends.map(({ partition, payload, records, trace }) => {
        const keys = partitionKeys(sandbox, partition)
        const args = [
          payload,
          records,
          bounds?.logBytesMax ?? 0,
          bounds?.outboxRowsMax ?? 0,
          ...(trace === undefined ? [] : [trace]),
        ]
        return [[keys.log, keys.counters], args] as const
      })
      const results =
        replication === undefined
          ? await Promise.all(
              calls.map((call) => appendScript.run(redis, ...call).catch(unanswered)),
            )
          : await replication.run(calls.map((call) => appendScript.call(...call)))
      return results.map((result) =>
        result instanceof Error
          ? new Error('the log did not answer', { cause: result })
          : (outcomes.get(asText(result)) ?? 'appended'),
      )
    },
    read: async (partition, afterId, { maxEntries, waitMs, signal }) => {
      if (signal.aborted) return []
      const { log } = partitionKeys(sandbox, partition)
      try {
        const block = waitMs > 0 ? ['BLOCK', waitMs] : []
        const connection = waitMs > 0 ? readerOf(partition, signal) : redis
        const reply = await connection.callBuffer('XREAD', [
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

function unanswered(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function entriesOf(reply: unknown): LogEntry[] {
  const [stream] = asArray(reply)
  const [, entries] = asArray(stream)
  return asArray(entries).map((entry) => {
    const [id, fields] = asArray(entry)
    // `b` and, of an entry that is followed, `t`.
    const [, payload, , trace] = asArray(fields)
    return {
      id: asText(id),
      payload: asBuffer(payload),
      ...(trace === undefined ? {} : { trace: asText(trace) }),
    }
  })
}

/** The smallest id after `id`: a trim by it drops everything up to and including `id`. */
function nextId(id: string): string {
  const [ms = '0', sequence = '0'] = id.split('-')
  return `${ms}-${BigInt(sequence) + 1n}`
}
