export type { RedisConnection } from './connection.ts'
export { redisAlerts } from './alerts.ts'
export { redisBucketTraces } from './bucket-traces.ts'
export { redisConfiguration } from './configuration-store.ts'
export {
  authFailuresPrefix,
  partitionKeys,
  partitionName,
  queuePrefix,
  solutionKeys,
  writableKey,
} from './keys.ts'
export {
  openRedis,
  RedisUnfit,
  settledPartitionCount,
  type OpenRedisOptions,
} from './open-redis.ts'
export {
  isRedisAway,
  NotReplicated,
  redisTrouble,
  tellTroubleOnce,
  type RedisTrouble,
  type TroubleKind,
} from './redis-trouble.ts'
export { redisPorts, type RedisPorts, type RedisPortsOptions } from './redis-ports.ts'
export { redisTokens, type TokenGrant, type TokenRequest, type Tokens } from './tokens.ts'
export { createStoreClock, followStoreClock, type StoreClock } from './store-clock.ts'
