import type { Redis } from 'ioredis'

/**
 * Calls `changed` for each message of a channel, and whenever the connection is there again: what was told meanwhile is not
 * told twice.
 *
 * @returns ends it
 */
export async function watchChannel(
  redis: Redis,
  channel: string,
  changed: () => void,
): Promise<() => Promise<void>> {
  const subscriber = redis.duplicate({
    connectionName: 'segue-watch',
    maxRetriesPerRequest: null,
    // To subscribe twice does no harm, never to hear that it is done would.
    autoResendUnfulfilledCommands: true,
  })
  subscriber.on('error', () => {})
  subscriber.on('message', () => changed())
  await subscriber.subscribe(channel)
  // What changed while the connection was away is not told, so a reconnection counts as a change.
  subscriber.on('ready', () => changed())
  return async () => {
    await subscriber.quit().catch(() => subscriber.disconnect())
  }
}
