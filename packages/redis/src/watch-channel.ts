import type { Redis } from 'ioredis'
import { anotherConnection, isCluster, type RedisConnection } from './connection.ts'

/** Pause before another master is asked, where one is gone. */
const nextMasterMs = 500

/**
 * Calls `changed` for each message of a channel, and whenever the connection is there again: what was told meanwhile is not
 * told twice.
 *
 * @returns ends it
 */
export async function watchChannel(
  redis: RedisConnection,
  channel: string,
  changed: () => void,
): Promise<() => Promise<void>> {
  if (isCluster(redis)) return watchMasters(redis.nodes.bind(redis, 'master'), channel, changed)
  const subscriber = anotherConnection(redis, { clientName: 'segue-watch', kind: 'patient' })
  subscriber.on('message', () => changed())
  await subscriber.subscribe(channel)
  // What changed while the connection was away is not told, so a reconnection counts as a change.
  subscriber.on('ready', () => changed())
  return async () => {
    await subscriber.quit().catch(() => subscriber.disconnect())
  }
}

/**
 * Listens at one master at a time: a cluster tells all nodes of a message. The client's own subscriber would not say that it moved
 * to another node and may have missed something.
 */
async function watchMasters(
  masters: () => Redis[],
  channel: string,
  changed: () => void,
): Promise<() => Promise<void>> {
  let subscriber: Redis | undefined
  let ended = false
  let timer: NodeJS.Timeout | undefined
  let turn = 0
  const listen = async (): Promise<void> => {
    const all = masters()
    const master = all[turn++ % Math.max(1, all.length)]
    if (master === undefined) throw new Error('no master of the cluster is known')
    const one = master.duplicate({
      connectionName: 'segue-watch',
      lazyConnect: true,
      retryStrategy: () => null,
    })
    subscriber = one
    one.on('error', () => {})
    one.on('message', () => changed())
    try {
      await one.subscribe(channel)
    } catch (error) {
      one.disconnect()
      throw error
    }
    if (ended) one.disconnect()
    else one.once('end', again)
  }
  const again = (): void => {
    if (ended || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void listen().then(
        // What was told meanwhile was heard by nobody.
        () => (ended ? undefined : changed()),
        again,
      )
    }, nextMasterMs)
  }
  for (;;) {
    try {
      await listen()
      break
    } catch (error) {
      if (turn > masters().length) throw error
    }
  }
  return async () => {
    ended = true
    clearTimeout(timer)
    await subscriber?.quit().catch(() => subscriber?.disconnect())
  }
}
