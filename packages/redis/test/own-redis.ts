import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { openRedis, redisPorts, redisTrouble, type RedisPorts } from '../src/index.ts'
import { freePort, startServer, type TestServer } from './start-server.ts'

/** How long a server is given to come round. */
export const inTime = { timeout: 20_000, interval: 20 }

/** A server of one test. */
export interface OwnRedis {
  readonly port: number
  readonly dir: string
  server: TestServer
  /** kill -9, and the same server again from its files. */
  readonly restart: (settings?: readonly string[]) => Promise<void>
}

/** A server of this test's own, with an append-only file. */
export async function ownRedis(settings: readonly string[] = []): Promise<OwnRedis> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'segue-test-faults-'))
  const start = (more: readonly string[]): Promise<TestServer> =>
    startServer([
      '--port',
      String(port),
      '--dir',
      dir,
      '--appendonly',
      'yes',
      '--enable-debug-command',
      'local',
      ...settings,
      ...more,
    ])
  const own: OwnRedis = {
    port,
    dir,
    server: await start([]),
    restart: async (more = []) => {
      await own.server.kill()
      own.server = await start(more)
    },
  }
  onTestFinished(async () => {
    await own.server.kill()
    await rm(dir, { recursive: true, force: true })
  })
  return own
}

/**
 * The ports of a worker, and what the connection told.
 *
 * @param warnings is told, too, while the connection opens
 */
export async function portsOf(
  url: string,
  replicasToWaitFor = 0,
  warnings: string[] = [],
): Promise<{ readonly ports: RedisPorts; readonly warnings: string[] }> {
  const redis = await openRedis({
    url,
    clientName: 'test',
    warn: (message) => warnings.push(message),
  })
  onTestFinished(() => redis.disconnect())
  const ports = redisPorts(redis, {
    sandbox: 'prod',
    partitionCount: 1,
    workerName: 'a',
    replicasToWaitFor,
  })
  return { ports, warnings }
}

/** A connection of the test itself, that waits as long as it takes. */
export function direct(port: number): Redis {
  const redis = new Redis({ port, host: '127.0.0.1', protocol: 2, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

/** @returns 'appended', or what is wrong with Redis */
export async function append({ log }: RedisPorts, bytes = 10): Promise<string> {
  const [outcome] = await log.append([
    { partition: 0, payload: Buffer.alloc(bytes, 'x'), records: 1 },
  ])
  return outcome instanceof Error
    ? (redisTrouble(outcome)?.kind ?? outcome.message)
    : String(outcome)
}

export async function entryCount({ log }: RedisPorts): Promise<number> {
  const signal = new AbortController().signal
  return (await log.read(0, '0-0', { maxEntries: 100_000, waitMs: 0, signal })).length
}
