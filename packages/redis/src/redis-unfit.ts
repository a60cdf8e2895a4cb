/** Redis cannot be used as it is set up. The message says what to do, and holds no password. */
export class RedisUnfit extends Error {
  override readonly name = 'RedisUnfit'
  readonly code:
    | 'REDIS_URL_INVALID'
    | 'REDIS_TLS_INVALID'
    | 'REDIS_EVICTS'
    | 'REDIS_READ_ONLY'
    | 'REDIS_TOO_OLD'
    | 'REDIS_NOT_PERMITTED'
    | 'PARTITION_COUNT_DIFFERS'
    | 'STORE_NEWER'
    | 'STORE_TOO_OLD'

  constructor(code: RedisUnfit['code'], message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}
