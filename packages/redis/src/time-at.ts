import { isCluster, type RedisConnection } from './connection.ts'
import { asArray, asText } from './reply.ts'
import { loadScript } from './script.ts'

const timeScript = loadScript('time')

/**
 * Redis' `TIME`, of the node that holds a key: nodes of a cluster have a clock each, and what is compared with a time that a script
 * wrote beside that key has to be measured there.
 *
 * @returns seconds and microseconds
 */
export async function timeAt(redis: RedisConnection, key: string): Promise<readonly unknown[]> {
  return isCluster(redis)
    ? asArray(await timeScript.run(redis, [key], [])).map(asText)
    : redis.time()
}
