import { expect, test } from 'vitest'
import { parseConfig, settings } from './config.ts'

const minimal = { REDIS_URL: 'redis://127.0.0.1:6379' }

function faultOf(env: Record<string, string>): string {
  try {
    parseConfig({ ...minimal, ...env })
  } catch (error) {
    return String(error)
  }
  return 'none'
}

test('only Redis has to be named', () => {
  expect(parseConfig(minimal)).toMatchObject({
    redisUrl: 'redis://127.0.0.1:6379',
    host: '127.0.0.1',
    port: 8080,
    sandboxes: ['prod'],
    solutions: [
      'audience-manager',
      'analytics',
      'advertising-cloud',
      'campaign',
      'target',
      'marketo',
    ],
    partitionCount: 16,
    bodyBytesMax: 10 * 1_048_576,
    adminTokenFile: undefined,
    secureCookies: false,
    exitWithParent: false,
    logLevel: 'info',
  })
})

test('what is read cannot be changed afterwards', () => {
  const config = parseConfig(minimal)
  expect(Object.isFrozen(config) && Object.isFrozen(config.sandboxes)).toBe(true)
})

test('lists are trimmed, cookies keep to TLS on other hosts, flags are read', () => {
  const config = parseConfig({
    ...minimal,
    SEGUE_SANDBOXES: ' prod , dev-2',
    SEGUE_HOST: '0.0.0.0',
    SEGUE_PORT: '0',
    SEGUE_EXIT_WITH_PARENT: '1',
    SEGUE_ADMIN_TOKEN_FILE: '/run/token',
  })
  expect(config).toMatchObject({
    sandboxes: ['prod', 'dev-2'],
    secureCookies: true,
    port: 0,
    exitWithParent: true,
    adminTokenFile: '/run/token',
  })
  expect(parseConfig({ ...minimal, SEGUE_SECURE_COOKIES: '1' }).secureCookies).toBe(true)
})

test.each([
  ['SEGUE_PORT', '65536'],
  ['SEGUE_PORT', '80a'],
  ['SEGUE_PORT', '-1'],
  ['SEGUE_PORT', ''],
  ['SEGUE_SANDBOXES', 'prod,prod'],
  ['SEGUE_SANDBOXES', 'prod,,dev'],
  ['SEGUE_SANDBOXES', 'Prod'],
  ['SEGUE_SOLUTIONS', 'a:b'],
  ['SEGUE_PARTITIONS', '0'],
  ['SEGUE_BODY_MAX_BYTES', '1e6'],
  ['SEGUE_LOG_LEVEL', 'loud'],
  ['SEGUE_EXIT_WITH_PARENT', 'yes'],
  ['REDIS_URL', 'localhost:6379'],
  ['SEGUE_IN_FLIGHT_MAX_BYTES', '20000000'],
  ['SEGUE_PRODUCTION_SANDBOXES', 'Prod'],
  ['SEGUE_AUTH_FAILURES_PER_MINUTE', '-1'],
  ['SEGUE_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['SEGUE_TRUSTED_PROXIES', '10.0.0.1,proxy'],
  ['SEGUE_OIDC_ISSUER', 'http://issuer.example'],
  ['SEGUE_OIDC_ISSUER', 'https://issuer.example/?a=b'],
  ['SEGUE_OIDC_ISSUER', 'issuer.example'],
] as const)('%s cannot be %j, and the message names it', (name, value) => {
  const fault = faultOf({ [name]: value })
  expect(fault).toContain('CONFIG_INVALID')
  expect(fault).toContain(`${name} must be`)
})

test('all that is wrong is told at once', () => {
  const fault = faultOf({ SEGUE_PORT: 'x', SEGUE_PARTITIONS: 'y' })
  expect(fault).toContain('SEGUE_PORT')
  expect(fault).toContain('SEGUE_PARTITIONS')
})

test('a message never repeats the address of Redis, which may hold a password', () => {
  expect(faultOf({ REDIS_URL: 'http://:hush@redis' })).not.toContain('hush')
})

test('every setting has a default that is valid, but for the one that is required', () => {
  const defaults = Object.entries(settings).flatMap(([name, { fallback }]) =>
    fallback === undefined ? [] : [[name, fallback]],
  )
  expect(parseConfig({ ...minimal, ...Object.fromEntries(defaults) })).toEqual(parseConfig(minimal))
})

test('an issuer is taken as it is written, and asks for an audience', () => {
  const url = 'https://issuer.example/realms/one'
  expect(faultOf({ SEGUE_OIDC_ISSUER: url })).toContain('SEGUE_OIDC_AUDIENCE must be')
  const given = { ...minimal, SEGUE_OIDC_ISSUER: url, SEGUE_OIDC_AUDIENCE: 'segue' }
  expect(parseConfig(given).oidc).toEqual({
    issuer: url,
    audience: 'segue',
    rolesClaim: 'roles',
    nameClaim: 'sub',
  })
  expect(parseConfig({ ...given, SEGUE_OIDC_ISSUER: 'http://[::1]:9/' }).oidc).toMatchObject({
    issuer: 'http://[::1]:9/',
  })
})
