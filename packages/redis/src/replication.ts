import type { ChainableCommander } from 'ioredis'
import { anotherConnection, isCluster, type RedisConnection } from './connection.ts'
import { asArray, asNumber } from './reply.ts'
import { NotReplicated } from './redis-trouble.ts'
import { isNoScript, type ScriptCall } from './script.ts'

/** How long replicas are waited for; and for as long as they do not confirm, so that a dead one does not hold up everybody. */
const waitMs = 1_000
const waitAgainMs = 50

/** Runs scripts, and answers when replicas have confirmed what they wrote. */
export interface Replication {
  /**
   * In order and, against one server, in one round trip.
   * @returns an error for each call that failed, and `NotReplicated` for each that ran and that too few replicas confirmed
   */
  readonly run: (calls: readonly ScriptCall[]) => Promise<readonly unknown[]>
}

/**
 * `WAIT` confirms that a replica has a write in memory; Redis 7.0 cannot wait for its disk. It holds its connection until then,
 * so these have one of their own.
 *
 * @param replicas at least 1
 */
export function createReplication(redis: RedisConnection, replicas: number): Replication {
  let opened: RedisConnection | undefined
  let confirmed = true
  const runOn = async (
    connection: RedisConnection,
    calls: readonly ScriptCall[],
    how: 'byHash' | 'whole',
  ): Promise<unknown[]> => {
    const pipeline: ChainableCommander = connection.pipeline()
    for (const {
      [how]: [command, args],
    } of calls)
      pipeline.callBuffer(command, args)
    pipeline.call('WAIT', [replicas, confirmed ? waitMs : waitAgainMs])
    const answers = (await pipeline.exec()) ?? []
    const results = answers.map((answer) => {
      const [error, reply] = asArray(answer)
      return error ?? reply
    })
    const waited = results.pop()
    if (waited instanceof Error) return calls.map(() => waited)
    confirmed = asNumber(waited) >= replicas
    return results.map((result) =>
      confirmed || result instanceof Error
        ? result
        : new NotReplicated(`${asNumber(waited)} of ${replicas} replicas confirmed in time`),
    )
  }
  const runAll = async (
    connection: RedisConnection,
    calls: readonly ScriptCall[],
  ): Promise<unknown[]> => {
    const results = await runOn(connection, calls, 'byHash')
    const missing = results.flatMap((result, index) => (isNoScript(result) ? [index] : []))
    if (missing.length === 0) return results
    // A script that is not there did not run, so it is safe to send it again.
    const again = await runOn(
      connection,
      missing.map((index) => calls[index]!),
      'whole',
    )
    for (const [place, index] of missing.entries()) results[index] = again[place]
    return results
  }
  return {
    run: async (calls) => {
      opened ??= open(redis)
      const connection = opened
      try {
        if (!isCluster(connection)) return await runAll(connection, calls)
        // A pipeline goes to one master, and so does its WAIT.
        return (await Promise.all(calls.map((call) => runAll(connection, [call])))).flat()
      } catch (error) {
        return calls.map(() => error)
      }
    },
  }
}

/** It ends with the connection that it belongs to. */
function open(redis: RedisConnection): RedisConnection {
  const opened = anotherConnection(redis, { clientName: 'segue-replicated', kind: 'blocking' })
  redis.once('end', () => opened.disconnect())
  return opened
}
