import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'
import { findOrInstallRedis, thisMachine } from './redis-binary.ts'
import { startRedis, type RedisServer } from './start-redis.ts'

export interface PrivateRedisOptions {
  /** Further lines of `redis.conf`. */
  readonly redisSettings?: Readonly<Record<string, string>>
  readonly maxmemoryPolicy?: string
  /** Started instead of Redis' own program, with the same arguments. */
  readonly program?: string
}

/** A private Redis that keeps port and data over its own death. */
export interface PrivateRedis {
  readonly url: string
  /** A connection of the caller's own; it comes back by itself after a restart. */
  readonly client: Redis
  readonly kill9: () => Promise<void>
  /** SIGTERM: it writes what it has and ends. */
  readonly terminate: () => Promise<void>
  /** Starts it again on what its append-only file holds. */
  readonly restart: () => Promise<void>
  /** SIGSTOP: it answers nothing, and nobody's connection ends. */
  readonly freeze: () => void
  /** SIGCONT. */
  readonly thaw: () => void
  readonly stop: () => Promise<void>
}

/** Starts a Redis with an append-only file in a folder of its own, on a free port of 127.0.0.1. */
export async function startPrivateRedis(
  dir: string,
  options: PrivateRedisOptions = {},
): Promise<PrivateRedis> {
  const program = options.program ?? (await findOrInstallRedis(thisMachine(() => {})))
  const port = await freePort()
  const start = (): Promise<RedisServer> =>
    startRedis({
      program,
      dir,
      port,
      appendonly: true,
      hz: 100,
      maxmemoryPolicy: options.maxmemoryPolicy ?? 'noeviction',
      ...(options.redisSettings === undefined ? {} : { settings: options.redisSettings }),
    })
  let server = await start()
  let ended = false
  const noticeEnd = async (): Promise<void> => {
    ended = false
    await server.exited
    ended = true
  }
  void noticeEnd()
  const client = new Redis(server.url, {
    connectionName: 'system-test',
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  })
  client.on('error', () => {
    // It is away because somebody took it away.
  })
  const signal = (name: NodeJS.Signals): void => {
    // Once it is gone, its number may belong to somebody else.
    if (!ended) process.kill(server.processId, name)
  }
  return {
    url: server.url,
    client,
    kill9: async () => {
      signal('SIGKILL')
      await server.exited
    },
    terminate: () => server.stop(),
    restart: async () => {
      server = await start()
      void noticeEnd()
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async () => {
      client.disconnect()
      // What is stopped hears no SIGTERM.
      signal('SIGCONT')
      await server.stop()
    },
  }
}
