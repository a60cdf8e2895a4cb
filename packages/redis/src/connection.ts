import type { Cluster, Redis } from 'ioredis'

/** A connection to one Redis, or to all masters of a Redis Cluster, as `openRedis` gives it. */
export type RedisConnection = Redis | Cluster
