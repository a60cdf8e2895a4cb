import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type ClusterOptions } from 'ioredis'
import { FailingCluster } from './cluster-client.ts'
import type { RedisConnection } from './connection.ts'
import { checkFitness, type ServerDescription } from './fitness.ts'
import { partitionCountKey } from './keys.ts'
import { tlsOptions, type RedisTls } from './redis-tls.ts'
import { RedisUnfit } from './redis-unfit.ts'
import { parseRedisUrl, type RedisAddress, type RedisNode } from './redis-url.ts'

export interface OpenRedisOptions {
  /**
   * `redis://` or `valkey://`, `rediss://` or `valkeys://` for TLS, with user and password where needed. One address of a Redis
   * Cluster is enough; with several, separated by commas, the others are asked while one is away.
   */
  readonly url: string
  readonly tls?: RedisTls
  /** Shown by CLIENT LIST. */
  readonly clientName: string
  /** Told of trouble while Redis is away, and of settings that weaken durability. */
  readonly warn: (message: string) => void
}

type NodeOptions = NonNullable<ClusterOptions['redisOptions']> & {
  readonly replyMapping?: 'legacy'
}

/** Longest pause between two tries to connect. */
const reconnectDelayMaxMs = 2_000
/** A command that gets no answer in this time fails, so that nothing waits for a server that hangs. */
const commandTimeoutMs = 15_000
/** How often a cluster is asked who has which slots; what has moved is found by redirections at once. */
const slotsRefreshMs = 30_000
/** Trouble that stays is told again after this time. */
const warnAgainMs = 60_000

/**
 * Connects, waits while Redis is missing or loading, finds out whether it is one server or a cluster, and checks that it may be
 * used.
 *
 * Commands whose answer was lost are not sent again by the client: a script may have run. Whoever called decides. A cluster's
 * redirections are followed: a script that was redirected has not run.
 *
 * @throws RedisUnfit where the URL is wrong, or Redis evicts keys, is read-only, too old, or does not let the user do its work
 */
export async function openRedis(options: OpenRedisOptions): Promise<RedisConnection> {
  const address = parseRedisUrl(options.url)
  const { nodes, username, password, db } = address
  const tls = tlsOptions(address.tls, options.tls ?? {})
  const common = {
    connectionName: options.clientName,
    protocol: 2 as const,
    autoResendUnfulfilledCommands: false,
    // With any other number, ioredis 6.0.0 forgets a command that was in flight when the connection was lost and came
    // back at the first try: it would never be answered (its issue 2193). So all that waits fails with the connection.
    maxRetriesPerRequest: 0,
    keepAlive: 10_000,
    commandTimeout: commandTimeoutMs,
    reconnectOnError: onceReadOnly(),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  } satisfies NodeOptions
  const told = troubleTeller(address, options.warn)
  const { node, isCluster } = await firstFit(nodes, { ...common, db }, options.warn, told.tell)
  const redis = isCluster
    ? clusterOf(address, common)
    : new Redis({ ...common, ...node, db, lazyConnect: true, retryStrategy: delayBefore })
  redis.on('error', (error: Error) => told.tell(error))
  redis.on('ready', told.forget)
  if (redis instanceof FailingCluster) {
    redis.on('node error', (error: Error, at: string) => told.tell(error, at))
  }
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', resolve)
  })
  redis.connect().catch(() => {
    // The error event has told of it, and the retry strategy goes on.
  })
  await ready
  try {
    if (redis instanceof FailingCluster) await checkMasters(redis, node, options.warn, told.tell)
    return redis
  } catch (error) {
    redis.disconnect()
    throw error
  }
}

function clusterOf({ nodes, db, shown }: RedisAddress, common: NodeOptions): FailingCluster {
  if (db !== 0) {
    throw new RedisUnfit('REDIS_URL_INVALID', `${shown} is a cluster, which has no database ${db}`)
  }
  return new FailingCluster([...nodes], {
    lazyConnect: true,
    redisOptions: common,
    clusterRetryStrategy: delayBefore,
    slotsRefreshInterval: slotsRefreshMs,
    // A command whose connection was lost fails, as it does with one server: it may have run.
    retryDelayOnFailover: 0,
    // Certificates are made out to names: the connection looks them up itself.
    dnsLookup: (name, found) => found(null, name),
  })
}

/**
 * A primary that becomes a replica keeps its connections, and the name may mean another server by now: connect anew, though not
 * with every command that is refused.
 */
function onceReadOnly(): (error: Error) => boolean {
  let lastMs = -Infinity
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - lastMs < reconnectDelayMaxMs)
      return false
    lastMs = performance.now()
    return true
  }
}

function delayBefore(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), reconnectDelayMaxMs)
}

/** Asks one node after the other until one answers. @throws RedisUnfit */
async function firstFit(
  nodes: readonly RedisNode[],
  common: NodeOptions,
  warn: (message: string) => void,
  tell: (error: Error) => void,
): Promise<{ readonly node: RedisNode } & ServerDescription> {
  for (let attempt = 0; ; attempt += 1) {
    const node = nodes[attempt % nodes.length]!
    const redis = new Redis({ ...common, ...node, lazyConnect: true, retryStrategy: () => null })
    redis.on('error', tell)
    try {
      await redis.connect()
      const server = await checkFitness(redis, nameOf(node), warn)
      if (nodes.length > 1 && !server.isCluster) {
        throw new RedisUnfit(
          'REDIS_URL_INVALID',
          `several addresses are those of one cluster, and ${nameOf(node)} is of none. Name the primary alone`,
        )
      }
      if (server.isWhole) return { node, ...server }
      tell(new Error('the cluster has no master for some slots: cluster_state is not ok'))
    } catch (error) {
      if (error instanceof RedisUnfit) throw error
      // Why there is no connection its own event has told.
      if (error instanceof Error && error.message !== 'Connection is closed.') tell(error)
    } finally {
      redis.disconnect()
    }
    await sleep(delayBefore(Math.floor(attempt / nodes.length) + 1))
  }
}

/** @throws RedisUnfit as soon as one of them cannot be used */
async function checkMasters(
  cluster: FailingCluster,
  checked: RedisNode,
  warn: (message: string) => void,
  tell: (error: Error) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const master of cluster.nodes('master')) {
        const { host = '', port = 0 } = master.options
        const name = nameOf({ host, port })
        if (name !== nameOf(checked)) await checkFitness(master, name, warn)
      }
      return
    } catch (error) {
      if (error instanceof RedisUnfit) throw error
      if (error instanceof Error) tell(error)
    }
    await sleep(delayBefore(attempt))
  }
}

function nameOf({ host, port }: RedisNode): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

interface TroubleTeller {
  readonly tell: (error: Error, at?: string) => void
  readonly forget: () => void
}

/** Tells each trouble once, until Redis was there again or it has stayed for long. */
function troubleTeller({ shown }: RedisAddress, warn: (message: string) => void): TroubleTeller {
  const toldAtMs = new Map<string, number>()
  return {
    tell: ({ message }, at) => {
      const where = at === undefined ? shown : `${at} (${shown})`
      const nowMs = performance.now()
      const trouble = `Redis at ${where} is not usable (${message})`
      if (nowMs - (toldAtMs.get(trouble) ?? -Infinity) < warnAgainMs) return
      toldAtMs.set(trouble, nowMs)
      warn(`${trouble}; trying again until it is${adviceOn(message)}`)
    },
    forget: () => toldAtMs.clear(),
  }
}

/** What a person can do about what does not pass by itself. */
function adviceOn(message: string): string {
  if (/certificate|altname|self.signed/i.test(message)) {
    return '. Its certificate is not trusted: name its authority in REDIS_TLS_CA_FILE, and the name it is made out to in REDIS_TLS_SERVER_NAME'
  }
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(message)) return '. Correct user and password in REDIS_URL'
  return ''
}

/**
 * The number of partitions, fixed by the first process that asks.
 * @throws RedisUnfit where another number was fixed before: profiles would move between partitions
 */
export async function settledPartitionCount(
  redis: RedisConnection,
  wanted: number,
): Promise<number> {
  // A Redis that takes no writes just now is no reason not to start.
  if ((await redis.get(partitionCountKey)) === null) await redis.setnx(partitionCountKey, wanted)
  const settled = Number(await redis.get(partitionCountKey))
  if (settled !== wanted) {
    throw new RedisUnfit(
      'PARTITION_COUNT_DIFFERS',
      `this Redis holds ${settled} partitions, ${wanted} are configured. Set SEGUE_PARTITIONS=${settled}`,
    )
  }
  return settled
}
