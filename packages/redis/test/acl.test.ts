import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRedis } from '../src/index.ts'
import { permissionRule } from '../src/permissions.ts'
import { freePort, startServer, type TestServer } from './start-server.ts'

/** It has to be written in the URL in another way. */
const password = 'p@ss/w:rd%?#'
let server: TestServer
let admin: Redis
let port: number

beforeAll(async () => {
  port = await freePort()
  server = await startServer(['--port', String(port)])
  admin = new Redis({ port, host: '127.0.0.1' })
  admin.on('error', () => {})
})
afterAll(async () => {
  admin.disconnect()
  await server.kill()
})

/** Opens as a user with these rules. @returns the message that it was refused with */
async function refusal(...rules: readonly string[]): Promise<string | undefined> {
  await admin.call('ACL', ['SETUSER', 'segue', 'reset', 'on', `>${password}`, ...rules])
  const url = `redis://segue:${encodeURIComponent(password)}@127.0.0.1:${port}`
  try {
    const redis = await openRedis({ url, clientName: 'test', warn: () => {} })
    expect(await redis.set('{segue:t}:x', '1')).toBe('OK')
    redis.disconnect()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
const rule = permissionRule.split(' ')

test('a user with the least rights comes in, by a password that a URL cannot hold as it is', async () => {
  expect(await refusal(...rule)).toBeUndefined()
})

test.for([
  ['keys of others only', [...rule.slice(1), '~other:*'], 'GET, HGETALL'],
  ['no channels', [...rule, 'resetchannels'], 'PUBLISH, SUBSCRIBE'],
  ['no scripts', [...rule, '-@scripting'], 'EVAL'],
  ['no INFO', [...rule, '-info'], 'INFO'],
  ['no blocking reads', [...rule, '-xread', '-bzpopmin'], 'BZPOPMIN, XREAD'],
  ['nothing but reading', ['~*', '&*', '+@read', '+@connection', '+@scripting', '+info'], 'SET'],
] as const)(
  'a user who has %s is told what is missing, and how to give it',
  async ([, rules, missing]) => {
    const message = await refusal(...rules)
    expect(message).toContain('REDIS_NOT_PERMITTED: user segue may not run')
    expect(message).toContain(missing)
    expect(message).toContain(`ACL SETUSER segue ${permissionRule}`)
    expect(message).not.toContain('p@ss')
  },
)
