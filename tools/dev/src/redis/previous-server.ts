import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { LauncherError } from '../launcher-error.ts'
import { connectOnce, infoField, launcherName } from './redis-connection.ts'

const stopTimeoutMs = 10_000

/** Where a private server's settings and process id are kept, inside its own folder. */
export const configFile = (dir: string): string => join(dir, 'redis.conf')
export const pidFile = (dir: string): string => join(dir, 'redis.pid')

/**
 * Takes down a server that an earlier launcher left behind in this folder. Touches only a server that proves to be
 * that one: it listens on the port of the folder's `redis.conf`, works in this folder, and has the process id of `redis.pid`.
 * @throws LauncherError `REDIS_DIR_IN_USE` where a launcher is still connected to it, or it does not stop
 */
export async function stopPreviousServer(dir: string): Promise<void> {
  const port = await recordedPort(dir)
  if (port === undefined) return
  const redis = await connectOnce(port).catch(() => undefined)
  if (redis === undefined) return
  try {
    const processId = await provenProcessId(redis, dir)
    if (processId === undefined) return
    if (await hasOtherLauncher(redis)) {
      throw new LauncherError(
        'REDIS_DIR_IN_USE',
        `${dir} is in use by another launcher (its Redis is process ${processId}). Stop that one first.`,
        { exitCode: 3 },
      )
    }
    // The server closes the connection instead of answering.
    await redis.shutdown().catch(() => undefined)
    await waitUntilGone(processId, dir)
  } finally {
    redis.disconnect()
  }
}

async function recordedPort(dir: string): Promise<number | undefined> {
  const config = await readFile(configFile(dir), 'utf8').catch(() => '')
  const port = /^port (\d+)$/m.exec(config)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** @returns the server's process id, or undefined when it is not the server of this folder */
async function provenProcessId(redis: Redis, dir: string): Promise<number | undefined> {
  try {
    const serverDir = await configValue(redis, 'dir')
    if (serverDir === undefined || (await realpath(serverDir)) !== (await realpath(dir)))
      return undefined
    const processId = Number(infoField(await redis.info('server'), 'process_id'))
    const recorded = Number(await readFile(pidFile(dir), 'utf8'))
    return Number.isSafeInteger(processId) && processId === recorded ? processId : undefined
  } catch {
    // Not a Redis, or one that asks for a password: not ours.
    return undefined
  }
}

async function configValue(redis: Redis, name: string): Promise<string | undefined> {
  const answer: unknown = await redis.call('CONFIG', 'GET', name)
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
}

async function hasOtherLauncher(redis: Redis): Promise<boolean> {
  const clients = String(await redis.client('LIST'))
  return clients.split('\n').filter((line) => line.includes(` name=${launcherName} `)).length > 1
}

async function waitUntilGone(processId: number, dir: string): Promise<void> {
  const deadlineMs = Date.now() + stopTimeoutMs
  while (isAlive(processId)) {
    if (Date.now() > deadlineMs) {
      throw new LauncherError(
        'REDIS_DIR_IN_USE',
        `The Redis of an earlier run (process ${processId}) still works in ${dir} and does not stop. End it, then start again.`,
        { exitCode: 3 },
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}
