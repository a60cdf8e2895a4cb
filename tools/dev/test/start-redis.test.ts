import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../src/redis/free-port.ts'
import { findOrInstallRedis, thisMachine } from '../src/redis/redis-binary.ts'
import { startRedis, type RedisOptions, type RedisServer } from '../src/redis/start-redis.ts'
import { isAlive, until } from './conditions.ts'

let folder: string
const cleanUps: (() => unknown)[] = []

beforeEach(async () => {
  // A blank and a quote: such folders exist on people's machines.
  folder = await mkdtemp(join(tmpdir(), 'segue "redis" '))
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
  await rm(folder, { recursive: true, force: true })
})

const program = await findOrInstallRedis(thisMachine(console.log))

async function start(options: Partial<RedisOptions> = {}): Promise<RedisServer> {
  const server = await startRedis({
    program,
    dir: join(folder, 'data'),
    port: 'free',
    appendonly: true,
    hz: 100,
    maxmemoryPolicy: 'noeviction',
    ...options,
  })
  cleanUps.push(server.stop)
  return server
}

async function withClient<T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  redis.on('error', () => {})
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}

test('the server has the settings that were asked for, and is gone after stop', async () => {
  const server = await start({ settings: { maxmemory: '32mb' } })
  const names = ['hz', 'maxmemory-policy', 'appendonly', 'bind', 'maxmemory', 'save']
  const settings = await withClient(server.url, async (redis) => {
    const answer = (await redis.call('CONFIG', 'GET', ...names)) as string[]
    return Object.fromEntries(names.map((name) => [name, answer[answer.indexOf(name) + 1]]))
  })
  expect(settings).toEqual({
    hz: '100',
    'maxmemory-policy': 'noeviction',
    appendonly: 'yes',
    bind: '127.0.0.1',
    maxmemory: '33554432',
    save: '',
  })
  await Promise.all([server.stop(), server.stop()])
  expect(isAlive(server.processId)).toBe(false)
})

test('what was written is there again after a stop and a start', async () => {
  const first = await start()
  await withClient(first.url, (redis) => redis.set('kept', 'yes'))
  await first.stop()
  const second = await start()
  expect(await withClient(second.url, (redis) => redis.get('kept'))).toBe('yes')
})

test('a taken port is named', async () => {
  const holder = createServer()
  holder.listen(0, '127.0.0.1')
  await once(holder, 'listening')
  cleanUps.push(() => holder.close())
  const address = holder.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  await expect(start({ port: address.port })).rejects.toMatchObject({
    code: 'REDIS_PORT_TAKEN',
    exitCode: 3,
    message: expect.stringContaining(String(address.port)) as string,
  })
})

test('a folder that cannot be written is named', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(start({ dir: join(file, 'data') })).rejects.toMatchObject({
    code: 'REDIS_DIR_NOT_WRITABLE',
    message: expect.stringContaining(file) as string,
  })
})

test('a setting that Redis does not know is reported with its own words', async () => {
  await expect(start({ settings: { 'no-such-setting': '1' } })).rejects.toMatchObject({
    code: 'REDIS_DID_NOT_START',
    message: expect.stringContaining('no-such-setting') as string,
  })
})

test('a folder that a living launcher uses is refused, and its server goes on', async () => {
  const first = await start()
  await expect(start()).rejects.toMatchObject({ code: 'REDIS_DIR_IN_USE' })
  expect(await withClient(first.url, (redis) => redis.ping())).toBe('PONG')
})

test('a server that dies resolves `exited`', async () => {
  const server = await start()
  process.kill(server.processId, 'SIGKILL')
  await server.exited
  expect(isAlive(server.processId)).toBe(false)
  await server.stop()
})

test('no server outlives a launcher that was killed with -9', async () => {
  const launcher = spawn(
    process.execPath,
    [fileURLToPath(new URL('fixtures/launcher.ts', import.meta.url)), join(folder, 'data')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  cleanUps.push(() => launcher.kill('SIGKILL'))
  const [line] = (await once(launcher.stdout, 'data')) as [Buffer]
  const { processId } = JSON.parse(String(line)) as { processId: number }
  expect(isAlive(processId)).toBe(true)
  launcher.kill('SIGKILL')
  await until('the server is gone', () => !isAlive(processId))
})

/** A server as an earlier launcher would leave it behind when even its guard was killed. */
async function leaveServerBehind(
  dir: string,
  recordIn: string,
): Promise<{ pid: number; port: number }> {
  const port = await freePort()
  await mkdir(dir, { recursive: true })
  await mkdir(recordIn, { recursive: true })
  await writeFile(join(recordIn, 'redis.conf'), `port ${port}\n`)
  const left = spawn(
    program,
    ['--port', String(port), '--dir', dir, '--pidfile', join(recordIn, 'redis.pid'), '--save', ''],
    { stdio: 'ignore' },
  )
  if (left.pid === undefined) throw new Error('redis did not start')
  cleanUps.push(() => left.kill('SIGKILL'))
  await withClient(`redis://127.0.0.1:${port}`, (redis) => redis.ping())
  return { pid: left.pid, port }
}

test('a server that was left behind in the folder is taken down first', async () => {
  const dir = join(folder, 'data')
  const left = await leaveServerBehind(dir, dir)
  const server = await start({ dir })
  expect(server.processId).not.toBe(left.pid)
  await until('the old server is gone', () => !isAlive(left.pid))
})

test('a server on the recorded port that works elsewhere is left alone', async () => {
  const left = await leaveServerBehind(join(folder, 'elsewhere'), join(folder, 'data'))
  await start()
  expect(await withClient(`redis://127.0.0.1:${left.port}`, (redis) => redis.ping())).toBe('PONG')
})
