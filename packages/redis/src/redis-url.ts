import { RedisUnfit } from './redis-unfit.ts'

/** Where Redis is, and as whom to come. */
export interface RedisAddress {
  /** At least one. Several are nodes of one cluster, of which any that answers will do. */
  readonly nodes: readonly RedisNode[]
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  readonly db: number
  /** The URL without user and password. */
  readonly shown: string
}

export interface RedisNode {
  readonly host: string
  readonly port: number
}

const defaultPort = 6_379
const urlPattern = /^(redis|valkey)(s?):\/\/(?:([^/]*)@)?([^/@?#]+)(?:\/(\d*))?$/s
const nodePattern = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/

/**
 * Reads `redis://user:password@host:port/db`, with `rediss` for TLS, `valkey` and `valkeys` as the same, and
 * `host:port,host:port` for nodes of a cluster. User and password are percent-encoded.
 *
 * @throws RedisUnfit REDIS_URL_INVALID
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, secure, credentials, hosts = '', db = ''] = urlPattern.exec(url) ?? []
  if (scheme === undefined) throw invalid('redis://[user:password@]host[:port][/number]')
  const nodes = hosts.split(',').map(parseNode)
  const shown = `${scheme}${secure ?? ''}://${hosts}`
  return {
    nodes,
    tls: secure === 's',
    ...(credentials === undefined ? {} : parseCredentials(credentials)),
    db: Number(db || '0'),
    shown,
  }
}

/** What is wrong with a URL, as a sentence's end: `REDIS_URL must be …`; undefined where nothing is. Repeats nothing of it. */
export function redisUrlFault(url: string): string | undefined {
  try {
    parseRedisUrl(url)
    return undefined
  } catch {
    return 'redis:// or rediss:// (TLS), or valkey:// or valkeys://, as redis://[user:password@]host[:port][/number], with user and password percent-encoded, and commas between several nodes of a cluster'
  }
}

function parseNode(text: string): RedisNode {
  const [, ipv6, name, port] = nodePattern.exec(text) ?? []
  const host = ipv6 ?? name
  const number = Number(port ?? defaultPort)
  if (host === undefined || number < 1 || number > 65_535) {
    throw invalid('host:port, or several of one cluster with commas between them')
  }
  return { host, port: number }
}

/** Redis calls the user without a name `default`. */
function parseCredentials(text: string): Pick<RedisAddress, 'username' | 'password'> {
  const end = text.indexOf(':')
  const [user, password] = end < 0 ? ['', text] : [text.slice(0, end), text.slice(end + 1)]
  return {
    ...(user === '' ? {} : { username: decoded(user) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('user and password percent-encoded: a % itself is %25')
  }
}

function invalid(wants: string): RedisUnfit {
  return new RedisUnfit(
    'REDIS_URL_INVALID',
    `REDIS_URL wants ${wants}; redis:// and valkey:// are plain, rediss:// and valkeys:// are TLS`,
  )
}
