import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRedis, type RedisConnection } from '@segue/redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startRedisProxy } from './redis-proxy.ts'
import { exampleUpdate, redisUrl, until } from './test-gateway.ts'

// Its own database, which the tests of this file empty.
const url = redisUrl(4)
let redis: RedisConnection
let dir: string
const children = new Set<ChildProcess>()
beforeAll(async () => {
  redis = await openRedis({ url, clientName: 'test', warn: () => {} })
  dir = await mkdtemp(join(tmpdir(), 'segue-gateway-'))
})
beforeEach(() => redis.flushdb())
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})
afterAll(async () => {
  await redis.quit()
  await rm(dir, { recursive: true, force: true })
})

interface Gateway {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** URL of the ready line. */
  readonly ready: () => Promise<string>
  /** Code or signal that it ended by. */
  readonly ended: Promise<number | string | null>
}

function start(env: Record<string, string> = {}): Gateway {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], {
    env: { REDIS_URL: url, SEGUE_PORT: '0', SEGUE_PARTITIONS: '4', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (part) => (out += part))
  child.stderr.on('data', (part) => (err += part))
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    ready: async () => {
      await until('it is ready', () => out.includes('\n'))
      const line: { ready: boolean; url: string } = JSON.parse(out)
      expect(line.ready).toBe(true)
      return line.url
    },
  }
}

async function statusOf(address: string, token: string): Promise<number> {
  const answer = await fetch(`${address}/v1/status`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await answer.body?.cancel()
  return answer.status
}

test('the first start prints one admin token, once, and the ready line stands alone on stdout', async () => {
  const first = start()
  const address = await first.ready()
  expect(first.out()).toBe(`{"ready":true,"url":"${address}"}\n`)
  const [token, ...others] = first.err().match(/segue_[\w-]{40,}/g) ?? []
  expect(others).toEqual([])
  expect(await statusOf(address, token ?? '')).toBe(200)
  expect(await redis.hvals('{segue}:tokens')).not.toContain(token)

  const second = start()
  expect(await statusOf(await second.ready(), token ?? '')).toBe(200)
  expect(second.err()).not.toContain('segue_')
})

test('a file gets the admin token instead, and a new one when that is not valid any more', async () => {
  const file = join(dir, randomUUID(), 'token')
  const env = { SEGUE_ADMIN_TOKEN_FILE: file }
  const first = start(env)
  const address = await first.ready()
  const token = (await readFile(file, 'utf8')).trim()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(first.err()).not.toContain(token)
  expect(await statusOf(address, token)).toBe(200)

  await start(env).ready()
  expect((await readFile(file, 'utf8')).trim()).toBe(token)

  // Not by its id: the last administrator's token cannot be revoked.
  await redis.del('{segue}:tokens')
  const third = await start(env).ready()
  const other = (await readFile(file, 'utf8')).trim()
  expect(other).not.toBe(token)
  expect(await statusOf(third, other)).toBe(200)
})

test('SIGTERM lets a request in flight end, and then stops in order', async () => {
  const file = join(dir, randomUUID())
  const gateway = start({ SEGUE_ADMIN_TOKEN_FILE: file, SEGUE_SANDBOXES: 'prod' })
  const address = await gateway.ready()
  const token = (await readFile(file, 'utf8')).trim()
  const body = JSON.stringify(exampleUpdate(1))
  const request = httpRequest(`${address}/v1/profiles`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
  })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    request.on('error', reject).on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
  })
  request.write(body.slice(0, 10))
  await until('the request has arrived', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${address}/metrics`, { headers })
    return /^segue_requests_in_flight 1$/m.test(await answer.text())
  })
  gateway.child.kill('SIGTERM')
  await until('it stops', () => gateway.err().includes('stopping'))
  request.end(body.slice(10))
  expect(await answered).toBe(202)
  expect(await gateway.ended).toBe(0)
  expect(gateway.err()).toContain('stopped')
})

test('a second signal ends it at once', async () => {
  const proxy = await startRedisProxy(url)
  const file = join(dir, randomUUID())
  const gateway = start({ REDIS_URL: proxy.url, SEGUE_ADMIN_TOKEN_FILE: file })
  await gateway.ready()
  // Redis hangs, so that it cannot stop in order.
  proxy.freeze()
  gateway.child.kill('SIGINT')
  await until('it stops', () => gateway.err().includes('stopping'))
  gateway.child.kill('SIGINT')
  expect(await gateway.ended).toBe(130)
  await proxy.close()
})

test('it stops when its parent is gone, where it is told to', async () => {
  const gateway = start({ SEGUE_EXIT_WITH_PARENT: '1' })
  await gateway.ready()
  gateway.child.stdin?.end()
  expect(await gateway.ended).toBe(0)
})

test('it waits for a Redis that is missing, says so once, and begins when it is there', async () => {
  const proxy = await startRedisProxy(url)
  await proxy.cut()
  const gateway = start({ REDIS_URL: proxy.url })
  await until('it says that it waits', () => gateway.err().includes('not usable'))
  expect(gateway.out()).toBe('')
  await proxy.restore()
  await gateway.ready()
  expect(gateway.err().match(/not usable/g)).toHaveLength(1)
  await proxy.close()
})

test.each([
  ['its settings are wrong', { SEGUE_PORT: 'eighty' }, 'CONFIG_INVALID: SEGUE_PORT must be'],
  ['partitions differ from what Redis holds', { SEGUE_PARTITIONS: '5' }, 'PARTITION_COUNT_DIFFERS'],
])('it does not start where %s, and says why', async (_, env, message) => {
  await redis.set('{segue}:partitions', 4)
  const gateway = start(env)
  expect(await gateway.ended).toBe(1)
  expect(gateway.out()).toBe('')
  expect(gateway.err()).toContain(message)
  // A person is meant to read it: no trace of where in the program it came up.
  expect(gateway.err()).not.toMatch(/\n\s+at /)
})
