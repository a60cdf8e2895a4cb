export {
  anotherConnection,
  isCluster,
  type AnotherConnection,
  type RedisConnection,
} from './connection.ts'
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
export { openRedis, settledPartitionCount, type OpenRedisOptions } from './open-redis.ts'
export { permissionRule } from './permissions.ts'
export { redisTlsOf, redisTlsSettings, type RedisTls } from './redis-tls.ts'
export { redisUrlFault } from './redis-url.ts'
export { RedisUnfit } from './redis-unfit.ts'
export {
  isRedisAway,
  NotReplicated,
  redisTrouble,
  tellTroubleOnce,
  type RedisTrouble,
  type TroubleKind,
} from './redis-trouble.ts'
export { settleSchema, schema, type Schema } from './schema.ts'
export { createStoreClock, followStoreClock, type StoreClock } from './store-clock.ts'
export { redisPorts, type RedisPorts, type RedisPortsOptions } from './redis-ports.ts'
export { redisTokens, type TokenGrant, type TokenRequest, type Tokens } from './tokens.ts'
