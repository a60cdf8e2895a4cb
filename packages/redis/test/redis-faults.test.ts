import { execFile } from 'node:child_process'
import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { append, direct, entryCount, inTime, ownRedis, portsOf } from './own-redis.ts'
import { startRedisProxy } from '../src/testing/redis-proxy.ts'

test('a file that may not grow: what is refused is not there, what was accepted is, and all goes on when it may', async () => {
  const own = await ownRedis()
  const { ports } = await portsOf(`redis://127.0.0.1:${own.port}`)
  expect(await append(ports)).toBe('appended')
  const limit = (bytes: string) =>
    promisify(execFile)('prlimit', ['--pid', String(own.server.pid), `--fsize=${bytes}:unlimited`])
  await limit('200000')
  let accepted = 1
  await expect
    .poll(async () => {
      const outcome = await append(ports, 20_000)
      if (outcome === 'appended') accepted += 1
      return outcome
    }, inTime)
    .toBe('refuses-writes')
  for (let time = 0; time < 5; time += 1) expect(await append(ports)).toBe('refuses-writes')
  expect(await entryCount(ports)).toBe(accepted)
  await limit('unlimited')
  await expect.poll(() => append(ports), inTime).toBe('appended')
  const redis = direct(own.port)
  await redis.config('SET', 'appendfsync', 'always')
  expect(await append(ports)).toBe('appended')
  await own.restart()
  await expect.poll(() => entryCount(ports).catch(() => 0), inTime).toBe(accepted + 2)
})

test('a full memory refuses writes by its own trouble, and takes them when there is room', async () => {
  const own = await ownRedis()
  const { ports } = await portsOf(`redis://127.0.0.1:${own.port}`)
  const redis = direct(own.port)
  await redis.config('SET', 'maxmemory', '1mb')
  expect(await append(ports)).toBe('refuses-writes')
  expect(await entryCount(ports)).toBe(0)
  await redis.config('SET', 'maxmemory', '0')
  expect(await append(ports)).toBe('appended')
})

test('a script that holds Redis up is waited for, also by who starts', async () => {
  const own = await ownRedis(['--busy-reply-threshold', '20'])
  const { ports } = await portsOf(`redis://127.0.0.1:${own.port}`)
  const hanging = direct(own.port)
  const held = hanging.eval('while true do end', 0).catch(String)
  await expect.poll(() => append(ports), inTime).toBe('busy')
  const warnings: string[] = []
  const warned = () => warnings.filter((warning) => warning.includes('BUSY')).length
  const opening = portsOf(`redis://127.0.0.1:${own.port}`, 0, warnings)
  // Before it is open: it waits, and says for what.
  await expect.poll(warned, inTime).toBe(1)
  const opened = Promise.race([opening.then(() => 'open'), append(ports).then(() => 'not yet')])
  expect(await opened).toBe('not yet')
  const killer = new Redis({
    port: own.port,
    host: '127.0.0.1',
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
  })
  onTestFinished(() => killer.disconnect())
  await killer.script('KILL')
  expect(await held).toContain('killed')
  await expect.poll(() => append(ports), inTime).toBe('appended')
  await opening
  expect(warned()).toBe(1)
})

test('while Redis loads its file nothing is lost and nobody gives up', async () => {
  const own = await ownRedis(['--appendfsync', 'always'])
  const { ports, warnings } = await portsOf(`redis://127.0.0.1:${own.port}`)
  const redis = direct(own.port)
  for (let part = 0; part < 10; part += 1) {
    await redis.mset(
      Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${part}-${index}`, 'x'])),
    )
  }
  const filler = redis.pipeline()
  for (let index = 0; index < 6_000; index += 1) filler.incr('filler')
  await filler.exec()
  expect(await append(ports)).toBe('appended')
  // 150 µs a command: about a second.
  await own.restart(['--key-load-delay', '150'])
  const met = new Set<string>()
  await expect
    .poll(async () => {
      met.add(await append(ports))
      return met.has('appended')
    }, inTime)
    .toBe(true)
  // The client waits for the end of the loading by itself, and says so as it does of a connection.
  expect([...met].every((outcome) => ['away', 'loading', 'appended'].includes(outcome))).toBe(true)
  expect(await entryCount(ports)).toBe(2)
  expect(warnings.length).toBeLessThanOrEqual(2)
})

test('a file whose end was cut off loses its end and no more', async () => {
  const own = await ownRedis(['--appendfsync', 'always'])
  const { ports } = await portsOf(`redis://127.0.0.1:${own.port}`)
  for (let time = 0; time < 20; time += 1) expect(await append(ports)).toBe('appended')
  await own.server.kill()
  const folder = join(own.dir, 'appendonlydir')
  const name = (await readdir(folder)).find((one) => one.endsWith('.incr.aof')) ?? ''
  await truncate(join(folder, name), (await stat(join(folder, name))).size - 5)
  await own.restart()
  // The last of three writes of one append was cut: it is no write at all, since the script’s are one transaction.
  await expect.poll(() => entryCount(ports).catch(() => 0), inTime).toBe(19)
  expect((await ports.store.counters(0)).get('appendedRecords')).toBe(19)
})

test('a primary that became a replica is told of once, and left as soon as the name means another', async () => {
  const first = await ownRedis()
  const second = await ownRedis()
  const proxy = await startRedisProxy(first.port)
  onTestFinished(() => proxy.close())
  const { ports, warnings } = await portsOf(proxy.url)
  const waiting = ports.log
    .read(0, '0-0', { maxEntries: 1, waitMs: 60_000, signal: new AbortController().signal })
    .then(String, String)
  await direct(first.port).replicaof('127.0.0.1', second.port)
  for (let time = 0; time < 3; time += 1) {
    await expect.poll(() => append(ports), inTime).toBe('refuses-writes')
  }
  // A read that waits is ended: the log that it waits for may grow elsewhere.
  expect(await waiting).not.toBe('')
  proxy.pointTo(second.port)
  await expect.poll(() => append(ports), inTime).toBe('appended')
  expect(await direct(second.port).xlen('{segue:prod:p00}:log')).toBe(1)
  expect(new Set(warnings).size).toBe(warnings.length)
})
