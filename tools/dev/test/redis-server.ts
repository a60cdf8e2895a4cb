import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findOrInstallRedis, thisMachine } from '../src/redis/redis-binary.ts'
import { startRedis } from '../src/redis/start-redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A private Redis in memory, shared by all integration tests: use your own key prefix. */
    redisUrl: string
  }
}

/** Starts the one Redis that all integration tests share; vitest calls what this returns when they are done. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = await findOrInstallRedis(thisMachine(console.log))
  const dir = await mkdtemp(join(tmpdir(), 'segue-test-redis-'))
  const server = await startRedis({
    program,
    dir,
    port: 'free',
    appendonly: false,
    hz: 100,
    maxmemoryPolicy: 'noeviction',
  })
  project.provide('redisUrl', server.url)
  return async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
