import { expect, onTestFinished, test } from 'vitest'
import { openRedis, RedisUnfit, settledPartitionCount } from '../src/index.ts'
import { openTestRedis } from './redis-subject.ts'
import { freePort, startServer as start } from './start-server.ts'

const password = 'p4ssw0rd'

/** It ends with the test. */
async function startServer(port: number, settings: readonly string[]): Promise<void> {
  const { kill } = await start(['--port', String(port), '--requirepass', password, ...settings])
  onTestFinished(kill)
}

/** Opens it and lets it go. @returns the error that it was refused with */
async function open(port: number, warnings: string[] = []): Promise<unknown> {
  try {
    const redis = await openRedis({
      url: `redis://:${password}@127.0.0.1:${port}`,
      clientName: 'test',
      warn: (message) => warnings.push(message),
    })
    redis.disconnect()
    return undefined
  } catch (error) {
    return error
  }
}

test.for([
  ['evicts keys', ['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '50mb'], 'REDIS_EVICTS'],
  ['is a replica', ['--replicaof', '127.0.0.1', '1'], 'REDIS_READ_ONLY'],
] as const)('a Redis that %s is refused by code', async ([, settings, code]) => {
  const port = await freePort()
  await startServer(port, settings)
  const error = await open(port)
  expect(error).toBeInstanceOf(RedisUnfit)
  expect(error).toMatchObject({ code, message: expect.stringContaining(`${code}: `) })
})

test('a Redis that is not there yet is waited for, and told of once, without its password', async () => {
  const port = await freePort()
  const warnings: string[] = []
  const opening = open(port, warnings)
  await expect.poll(() => warnings).toHaveLength(1)
  expect(warnings[0]).toContain(`redis://127.0.0.1:${port} is not usable`)
  await startServer(port, ['--appendonly', 'no'])
  expect(await opening).toBeUndefined()
  expect(warnings).toHaveLength(2)
  expect(warnings[1]).toContain('append-only')
  expect(warnings.join('\n')).not.toContain(password)
})

test('the number of partitions is fixed by the first who asks', async () => {
  const redis = await openTestRedis()
  // A database of its own, since the number is one for a whole Redis.
  await redis.select(9)
  onTestFinished(async () => {
    await redis.flushdb()
    await redis.quit()
  })
  expect(await settledPartitionCount(redis, 16)).toBe(16)
  expect(await settledPartitionCount(redis, 16)).toBe(16)
  await expect(settledPartitionCount(redis, 8)).rejects.toThrow('Set SEGUE_PARTITIONS=16')
})
