import { Cluster, type Redis } from 'ioredis'

/** A connection to one Redis, or to all masters of a Redis Cluster, as `openRedis` gives it. */
export type RedisConnection = Redis | Cluster

export interface AnotherConnection {
  /** Shown by CLIENT LIST. */
  readonly clientName: string
  /**
   * `blocking`: fails with its connection as the first one does, and waits for an answer as long as it takes.
   * `patient`: waits for Redis as long as it takes too, and sends a command again whose answer was lost. For commands that may
   * run twice only.
   */
  readonly kind: 'blocking' | 'patient'
}

/** Redirections and tries of a patient connection to a cluster: one a tenth of a second while a master is away. */
const patientRedirections = 1_000

/**
 * Another connection to the same Redis, with the same credentials. It connects with its first command, and its errors are told by
 * the first connection alone.
 */
export function anotherConnection(
  redis: RedisConnection,
  { clientName, kind }: AnotherConnection,
): RedisConnection {
  const isPatient = kind === 'patient'
  const node = {
    connectionName: clientName,
    commandTimeout: undefined,
    ...(isPatient ? { maxRetriesPerRequest: null } : {}),
  }
  const another = isCluster(redis)
    ? redis.duplicate(undefined, {
        lazyConnect: true,
        redisOptions: node,
        ...(isPatient
          ? {
              maxRedirections: patientRedirections,
              retryDelayOnFailover: 100,
              retryDelayOnMoved: 20,
            }
          : // A reader of one partition follows the redirections of its own commands.
            { slotsRefreshInterval: 0, enableReadyCheck: false }),
      })
    : redis.duplicate({ ...node, ...(isPatient ? { autoResendUnfulfilledCommands: true } : {}) })
  another.on('error', () => {})
  return another
}

/** Whether the connection is one to a cluster. */
export function isCluster(redis: RedisConnection): redis is Cluster {
  return redis instanceof Cluster
}
