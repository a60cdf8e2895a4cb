import { isIP } from 'node:net'
import { redisTlsOf, redisUrlFault, type RedisTls } from '@segue/redis'

/** How this gateway is set up: read once from the environment, checked, and then fixed. */
export interface Config {
  readonly redisUrl: string
  readonly redisTls: RedisTls
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly sandboxes: readonly string[]
  readonly solutions: readonly string[]
  readonly partitionCount: number
  readonly bodyBytesMax: number
  readonly decompressedBytesMax: number
  readonly requestUpdatesMax: number
  readonly inFlightBytesMax: number
  readonly inFlightRequestsMax: number
  readonly logBytesMax: number
  readonly outboxRowsMax: number
  /** Of Redis' `maxmemory`, in percent; 0: no bound. */
  readonly redisMemoryPercentMax: number
  readonly connectionsMax: number
  readonly replicasToWaitFor: number
  readonly auditDays: number
  readonly adminTokenFile: string | undefined
  readonly imsOrgId: string
  /** Names of the sandboxes of type production. */
  readonly productionSandboxes: readonly string[]
  /** Tokens that are not valid, from one address in a minute; 0: no limit. */
  readonly authFailuresMax: number
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Who signs tokens beside those of this gateway. */
  readonly oidc:
    | {
        readonly issuer: string
        readonly audience: string
        readonly rolesClaim: string
        readonly nameClaim: string
      }
    | undefined
  readonly secureCookies: boolean
  /** How long it says that it is not ready before it takes no more connections. */
  readonly drainMs: number
  /** Where traces go, and the share of requests that are followed; undefined: nobody is. */
  readonly traces: { readonly endpoint: string; readonly ratio: number } | undefined
  readonly exitWithParent: boolean
  readonly logLevel: (typeof logLevels)[number]
  readonly logPretty: boolean
}

/** Every setting: what README lists. Sizes are bytes unless the name says otherwise; flags are `0` or `1`. */
export const settings = {
  REDIS_URL: {
    fallback: undefined,
    meaning:
      'Redis or Valkey, as `redis://user:password@host:port/0`, `rediss://` for TLS; of a Redis Cluster, one node or several with commas between them. User and password are percent-encoded. Required.',
  },
  REDIS_TLS_CA_FILE: {
    fallback: undefined,
    meaning:
      'PEM file of the authorities that Redis’ certificate is checked by; default: the well-known ones.',
  },
  REDIS_TLS_CERT_FILE: {
    fallback: undefined,
    meaning: 'PEM file of this client’s certificate, where Redis asks for one.',
  },
  REDIS_TLS_KEY_FILE: { fallback: undefined, meaning: 'PEM file of its key.' },
  REDIS_TLS_SERVER_NAME: {
    fallback: undefined,
    meaning:
      'Name that Redis’ certificate is checked against in place of the address: nodes of a cluster give addresses.',
  },
  SEGUE_HOST: { fallback: '127.0.0.1', meaning: 'Address to listen on.' },
  SEGUE_PORT: { fallback: '8080', meaning: 'Port to listen on; `0` takes a free one.' },
  SEGUE_SANDBOXES: { fallback: 'prod', meaning: 'Sandboxes that are served, separated by commas.' },
  SEGUE_SOLUTIONS: {
    fallback: 'audience-manager,analytics,advertising-cloud,campaign,target,marketo',
    meaning: 'Solutions that dataflows may name and whose queues are shown.',
  },
  SEGUE_PARTITIONS: {
    fallback: '16',
    meaning: 'Partitions of each sandbox; fixed once for a Redis.',
  },
  SEGUE_BODY_MAX_BYTES: {
    fallback: '10485760',
    meaning: 'Largest body with updates, as sent.',
  },
  SEGUE_DECOMPRESSED_MAX_BYTES: {
    fallback: '33554432',
    meaning: 'Largest body with updates after decompression.',
  },
  SEGUE_REQUEST_UPDATES_MAX: {
    fallback: '50000',
    meaning: 'Most updates in one request: as many rejections may have to be listed.',
  },
  SEGUE_IN_FLIGHT_MAX_BYTES: {
    fallback: '67108864',
    meaning:
      'Bodies of unanswered requests held in memory together: about what one process takes in within a second.',
  },
  SEGUE_IN_FLIGHT_MAX_REQUESTS: {
    fallback: '1000',
    meaning: 'Unanswered requests with updates.',
  },
  SEGUE_LOG_MAX_BYTES: {
    fallback: '33554432',
    meaning: 'Log of one partition that is not stepped yet; beyond it `LOG_FULL`. `0`: no bound.',
  },
  SEGUE_OUTBOX_MAX_ROWS: {
    fallback: '500000',
    meaning:
      'Changed memberships of one partition that wait; beyond it `OUTBOX_FULL`. `0`: no bound.',
  },
  SEGUE_REDIS_MEMORY_MAX_PERCENT: {
    fallback: '90',
    meaning:
      'Part of its `maxmemory` that Redis may use; beyond it updates are refused with `REDIS_FULL`, and what waits is worked off with the rest. `0`: no bound.',
  },
  SEGUE_CONNECTIONS_MAX: {
    fallback: '10000',
    meaning: 'Open connections of senders; more are closed at once.',
  },
  SEGUE_REPLICAS_TO_WAIT_FOR: {
    fallback: '0',
    meaning:
      'Replicas of Redis that must confirm an append within a second before it is answered with 202; else `NOT_REPLICATED`. `0`: none, and what a failover loses may have been accepted.',
  },
  SEGUE_AUDIT_DAYS: {
    fallback: '400',
    meaning: 'Days that events of the audit are kept; at most a million events.',
  },
  SEGUE_ADMIN_TOKEN_FILE: {
    fallback: '',
    meaning:
      'File that keeps an admin token for a launcher: one that is not valid any more is replaced at the start. Empty: a token is printed at the first start.',
  },
  SEGUE_IMS_ORG_ID: {
    fallback: 'segue@AdobeOrg',
    meaning: 'The organisation: a request whose `x-gw-ims-org-id` names another one is refused.',
  },
  SEGUE_PRODUCTION_SANDBOXES: {
    fallback: 'prod',
    meaning:
      'Sandboxes of type production, separated by commas: where the role "Default production all access" counts.',
  },
  SEGUE_AUTH_FAILURES_PER_MINUTE: {
    fallback: '30',
    meaning:
      'Tokens that are not valid which an address may send in a minute; then `TOO_MANY_FAILURES`. `0`: no limit.',
  },
  SEGUE_TRUSTED_PROXIES: {
    fallback: '',
    meaning:
      'Proxies before the gateway, addresses or networks (`10.0.0.0/8`) separated by commas: from them `X-Forwarded-For` tells the address that failures are counted for.',
  },
  SEGUE_OIDC_ISSUER: {
    fallback: '',
    meaning:
      'URL of an OpenID Connect issuer whose signed tokens are taken too, as in their `iss`. `https`, unless it is on this machine.',
  },
  SEGUE_OIDC_AUDIENCE: {
    fallback: '',
    meaning: 'What its tokens must have in `aud`. Required with an issuer.',
  },
  SEGUE_OIDC_ROLES_CLAIM: {
    fallback: 'roles',
    meaning:
      'Claim with the names of roles: a list, or a text with spaces between. `a.b` is `b` inside of `a`.',
  },
  SEGUE_OIDC_NAME_CLAIM: {
    fallback: 'sub',
    meaning: 'Claim that names who it is, as the audit shows it; `sub` where it is missing.',
  },
  SEGUE_SECURE_COOKIES: {
    fallback: '',
    meaning:
      'Whether browsers send the session over TLS only. Empty: yes, unless `SEGUE_HOST` is this machine alone.',
  },
  SEGUE_DRAIN_SECS: {
    fallback: '0',
    meaning:
      'Seconds for which a gateway that stops goes on serving while `/readyz` says no: as long as what spreads requests takes to see it, at most 300.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    fallback: '',
    meaning:
      'Base URL of a collector that takes traces as OTLP over HTTP. Empty: nothing is traced. Headers and certificates by OpenTelemetry’s own `OTEL_EXPORTER_OTLP_*`.',
  },
  SEGUE_TRACES_RATIO: {
    fallback: '0.01',
    meaning:
      'Share of the requests with updates that are followed, 0 to 1, where the sender’s `traceparent` does not say.',
  },
  SEGUE_EXIT_WITH_PARENT: {
    fallback: '0',
    meaning:
      'Whether to stop when standard input ends: when the process that started this one is gone.',
  },
  SEGUE_LOG_LEVEL: { fallback: 'info', meaning: '`debug`, `info`, `warn`, `error` or `silent`.' },
  SEGUE_LOG_PRETTY: { fallback: '0', meaning: 'Log lines for people instead of JSON.' },
} as const

export type Setting = keyof typeof settings

/** What is wrong with the environment: all of it at once. */
class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid'
  readonly code = 'CONFIG_INVALID'
}

/**
 * Reads the environment. Nothing else of the gateway does.
 * @throws ConfigInvalid
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = []
  const text = (name: Setting): string => (env[name] ?? settings[name].fallback ?? '').trim()
  const fault = (name: Setting, wants: string): void => {
    faults.push(`${name} must be ${wants}`)
  }
  const whole = (name: Setting, min: number, max: number): number => {
    const value = text(name)
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      fault(name, `a whole number from ${min} to ${max}`)
    }
    return number
  }
  const flag = (name: Setting, fallback: boolean): boolean => {
    const value = text(name)
    if (value === '') return fallback
    if (value !== '0' && value !== '1') fault(name, '0 or 1')
    return value === '1'
  }
  const names = (name: Setting): readonly string[] => {
    const listed = text(name)
      .split(',')
      .map((part) => part.trim())
    if (listed.some((part) => !namePattern.test(part)) || new Set(listed).size < listed.length) {
      fault(
        name,
        'different names, separated by commas, each 1 to 40 lower-case letters, digits and dashes',
      )
    }
    return Object.freeze(listed)
  }
  const networks = (name: Setting): readonly string[] => {
    const value = text(name)
    const listed = value === '' ? [] : value.split(',').map((part) => part.trim())
    if (!listed.every(isNetwork)) fault(name, 'addresses or networks, separated by commas')
    return Object.freeze(listed)
  }
  const issuer = (): Config['oidc'] => {
    const url = text('SEGUE_OIDC_ISSUER')
    if (url === '') return undefined
    if (!isIssuer(url)) fault('SEGUE_OIDC_ISSUER', 'an https URL without query and fragment')
    const audience = text('SEGUE_OIDC_AUDIENCE')
    if (audience === '') fault('SEGUE_OIDC_AUDIENCE', 'set where there is an issuer')
    const claim = (name: Setting): string => text(name) || settings[name].fallback || ''
    const rolesClaim = claim('SEGUE_OIDC_ROLES_CLAIM')
    return { issuer: url, audience, rolesClaim, nameClaim: claim('SEGUE_OIDC_NAME_CLAIM') }
  }
  const traces = (): Config['traces'] => {
    const ratio = Number(text('SEGUE_TRACES_RATIO') || settings.SEGUE_TRACES_RATIO.fallback)
    if (!(ratio >= 0 && ratio <= 1)) fault('SEGUE_TRACES_RATIO', 'a number from 0 to 1')
    const endpoint = text('OTEL_EXPORTER_OTLP_ENDPOINT')
    if (endpoint === '') return undefined
    if (!/^https?:\/\/./.test(endpoint)) {
      fault('OTEL_EXPORTER_OTLP_ENDPOINT', 'a URL that starts with http:// or https://')
    }
    return { endpoint, ratio }
  }
  const level = text('SEGUE_LOG_LEVEL')
  const logLevel = logLevels.find((known) => known === level)
  if (logLevel === undefined) fault('SEGUE_LOG_LEVEL', `one of ${logLevels.join(', ')}`)
  // The value is not repeated: it may hold a password.
  const urlFault = redisUrlFault(text('REDIS_URL'))
  if (urlFault !== undefined) fault('REDIS_URL', urlFault)
  const host = text('SEGUE_HOST')
  const config: Config = {
    redisUrl: text('REDIS_URL'),
    redisTls: redisTlsOf(env),
    host,
    port: whole('SEGUE_PORT', 0, 65_535),
    sandboxes: names('SEGUE_SANDBOXES'),
    solutions: names('SEGUE_SOLUTIONS'),
    partitionCount: whole('SEGUE_PARTITIONS', 1, 1_024),
    bodyBytesMax: whole('SEGUE_BODY_MAX_BYTES', 1_024, mebibyte * 256),
    decompressedBytesMax: whole('SEGUE_DECOMPRESSED_MAX_BYTES', 1_024, mebibyte * 256),
    requestUpdatesMax: whole('SEGUE_REQUEST_UPDATES_MAX', 1, 1_000_000),
    inFlightBytesMax: whole('SEGUE_IN_FLIGHT_MAX_BYTES', 1_024, mebibyte * 4_096),
    inFlightRequestsMax: whole('SEGUE_IN_FLIGHT_MAX_REQUESTS', 1, 100_000),
    logBytesMax: whole('SEGUE_LOG_MAX_BYTES', 0, Number.MAX_SAFE_INTEGER),
    outboxRowsMax: whole('SEGUE_OUTBOX_MAX_ROWS', 0, Number.MAX_SAFE_INTEGER),
    redisMemoryPercentMax: whole('SEGUE_REDIS_MEMORY_MAX_PERCENT', 0, 100),
    connectionsMax: whole('SEGUE_CONNECTIONS_MAX', 1, 1_000_000),
    replicasToWaitFor: whole('SEGUE_REPLICAS_TO_WAIT_FOR', 0, 16),
    auditDays: whole('SEGUE_AUDIT_DAYS', 1, 3_660),
    adminTokenFile: text('SEGUE_ADMIN_TOKEN_FILE') || undefined,
    imsOrgId: text('SEGUE_IMS_ORG_ID'),
    productionSandboxes: names('SEGUE_PRODUCTION_SANDBOXES'),
    authFailuresMax: whole('SEGUE_AUTH_FAILURES_PER_MINUTE', 0, 1_000_000),
    trustedProxies: networks('SEGUE_TRUSTED_PROXIES'),
    oidc: issuer(),
    secureCookies: flag('SEGUE_SECURE_COOKIES', !loopbackHosts.has(host)),
    drainMs: whole('SEGUE_DRAIN_SECS', 0, 300) * 1_000,
    traces: traces(),
    exitWithParent: flag('SEGUE_EXIT_WITH_PARENT', false),
    logLevel: logLevel ?? 'info',
    logPretty: flag('SEGUE_LOG_PRETTY', false),
  }
  if (config.inFlightBytesMax < config.decompressedBytesMax + config.bodyBytesMax) {
    faults.push(
      'SEGUE_IN_FLIGHT_MAX_BYTES must be at least SEGUE_BODY_MAX_BYTES and SEGUE_DECOMPRESSED_MAX_BYTES together, or the largest body could never be taken',
    )
  }
  if (faults.length > 0) throw new ConfigInvalid(`CONFIG_INVALID: ${faults.join('; ')}`)
  return Object.freeze(config)
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
const namePattern = /^[a-z0-9-]{1,40}$/
const mebibyte = 1_048_576
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const longest = isIP(address) === 6 ? 128 : 32
  const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest)
  return isIP(address) !== 0 && isLength && more.length === 0
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  const isSafe =
    protocol === 'https:' ||
    (protocol === 'http:' && loopbackHosts.has(hostname.replace(/^\[|\]$/g, '')))
  return isSafe && search === '' && hash === '' && username === ''
}

/** The settings as README shows them. */
export function settingsMarkdown(): string {
  const rows = Object.entries(settings).map(
    ([name, { fallback, meaning }]) =>
      `| \`${name}\` | ${fallback === undefined || fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`,
  )
  return ['| name | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
