import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { RedisUnfit } from './redis-unfit.ts'

/** How Redis' certificate is checked, and which one Redis is shown. Files are PEM. */
export interface RedisTls {
  /** Authorities in place of the well-known ones. */
  readonly caFile?: string | undefined
  /** Certificate and key of this client, where Redis asks for them. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** Name that certificates are checked against in place of the address: cluster nodes give addresses. */
  readonly serverName?: string | undefined
}

/** The environment's names of `RedisTls`, the same for gateway, processor and launcher. */
export const redisTlsSettings = {
  REDIS_TLS_CA_FILE: 'caFile',
  REDIS_TLS_CERT_FILE: 'certFile',
  REDIS_TLS_KEY_FILE: 'keyFile',
  REDIS_TLS_SERVER_NAME: 'serverName',
} as const

/** What the environment says of TLS. */
export function redisTlsOf(env: Readonly<Record<string, string | undefined>>): RedisTls {
  return Object.fromEntries(
    Object.entries(redisTlsSettings).flatMap(([setting, name]) => {
      const value = env[setting]?.trim() ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
}

/**
 * Options of a TLS connection that checks the other end.
 * @param isSecure whether the URL asks for TLS
 * @returns undefined for a plain connection
 * @throws RedisUnfit REDIS_TLS_INVALID where files cannot be read, or are given for a plain connection
 */
export function tlsOptions(isSecure: boolean, tls: RedisTls): ConnectionOptions | undefined {
  const set = Object.entries(redisTlsSettings).filter(([, name]) => tls[name] !== undefined)
  if (!isSecure) {
    if (set[0] === undefined) return undefined
    throw new RedisUnfit(
      'REDIS_TLS_INVALID',
      `${set[0][0]} is set, but REDIS_URL asks for a plain connection. Write rediss:// in place of redis://`,
    )
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    throw new RedisUnfit(
      'REDIS_TLS_INVALID',
      'REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE go together. Set both, or none',
    )
  }
  return {
    ...(tls.caFile === undefined ? {} : { ca: read('REDIS_TLS_CA_FILE', tls.caFile) }),
    ...(tls.certFile === undefined ? {} : { cert: read('REDIS_TLS_CERT_FILE', tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: read('REDIS_TLS_KEY_FILE', tls.keyFile) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  }
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new RedisUnfit('REDIS_TLS_INVALID', `${setting} cannot be read (${why})`)
  }
}
