import { Redis } from 'ioredis'
import { partitionCountKey } from './keys.ts'

/** Redis cannot be used as it is set up. */
export class RedisUnfit extends Error {
  override readonly name = 'RedisUnfit'
  readonly code: 'REDIS_EVICTS' | 'REDIS_READ_ONLY' | 'REDIS_TOO_OLD' | 'PARTITION_COUNT_DIFFERS'

  constructor(code: RedisUnfit['code'], message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

export interface OpenRedisOptions {
  /** `redis://` or `rediss://` URL, with user and password where needed. */
  readonly url: string
  /** Shown by CLIENT LIST. */
  readonly clientName: string
  /** Told of trouble while Redis is away, and of settings that weaken durability. */
  readonly warn: (message: string) => void
}

/** Longest pause between two tries to connect. */
const reconnectDelayMaxMs = 2_000
/** A command that gets no answer in this time fails, so that nothing waits for a server that hangs. */
const commandTimeoutMs = 15_000

/**
 * Connects, waits while Redis is missing or loading, and checks that it may be used.
 *
 * Commands whose answer was lost are not sent again by the client: a script may have run. Whoever called decides.
 *
 * @throws RedisUnfit where Redis evicts keys, is read-only or too old
 */
export async function openRedis(options: OpenRedisOptions): Promise<Redis> {
  const redis = new Redis(options.url, {
    connectionName: options.clientName,
    protocol: 2,
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    // With any other number, ioredis 6.0.0 forgets a command that was in flight when the connection was lost and came
    // back at the first try: it would never be answered (its issue 2193). So all that waits fails with the connection.
    maxRetriesPerRequest: 0,
    keepAlive: 10_000,
    commandTimeout: commandTimeoutMs,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), reconnectDelayMaxMs),
  })
  let lastWarning = ''
  redis.on('error', (error: Error) => {
    const warning = `Redis at ${redactUrl(options.url)} is not usable (${error.message}); trying again until it is`
    if (warning !== lastWarning) options.warn(warning)
    lastWarning = warning
  })
  redis.on('ready', () => {
    lastWarning = ''
  })
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', resolve)
  })
  redis.connect().catch(() => {
    // The error event has told of it, and the retry strategy goes on.
  })
  await ready
  try {
    await checkFitness(redis, options.warn)
  } catch (error) {
    redis.disconnect()
    throw error
  }
  return redis
}

async function checkFitness(redis: Redis, warn: (message: string) => void): Promise<void> {
  const server = await redis.info()
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(server)?.[1]
  const version = field('redis_version') ?? '0'
  if (Number.parseInt(version, 10) < 7) {
    throw new RedisUnfit('REDIS_TOO_OLD', `Redis ${version} answered; Segue needs 7.0 or newer`)
  }
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    throw new RedisUnfit(
      'REDIS_EVICTS',
      `maxmemory-policy is ${policy}: Redis would throw away state under pressure. Set it to noeviction`,
    )
  }
  if (field('role') !== 'master') {
    throw new RedisUnfit(
      'REDIS_READ_ONLY',
      'this Redis is a replica. Point REDIS_URL to the primary',
    )
  }
  if (field('aof_enabled') === '0') {
    warn(
      'Redis runs without an append-only file: what was accepted since its last snapshot is lost if it dies',
    )
  }
}

/**
 * The number of partitions, fixed by the first process that asks.
 * @throws RedisUnfit where another number was fixed before: profiles would move between partitions
 */
export async function settledPartitionCount(redis: Redis, wanted: number): Promise<number> {
  await redis.setnx(partitionCountKey, wanted)
  const settled = Number(await redis.get(partitionCountKey))
  if (settled !== wanted) {
    throw new RedisUnfit(
      'PARTITION_COUNT_DIFFERS',
      `this Redis holds ${settled} partitions, ${wanted} are configured. Set SEGUE_PARTITIONS=${settled}`,
    )
  }
  return settled
}

/** The URL without user and password. */
function redactUrl(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return 'the configured URL'
  }
}
