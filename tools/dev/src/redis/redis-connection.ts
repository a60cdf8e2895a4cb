import { Redis } from 'ioredis'

/** The launcher's own connection carries this name: as long as it is open, somebody is using the server. */
export const launcherName = 'segue-launcher'

/** Opens one connection that never reconnects. @throws when nothing answers within a second */
export async function connectOnce(port: number): Promise<Redis> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    connectionName: launcherName,
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // Without a listener ioredis prints connection errors; they arrive as rejections where they matter.
  redis.on('error', () => {})
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw error
  }
  return redis
}

/** @returns the value of a line `name:value` of Redis' INFO */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
