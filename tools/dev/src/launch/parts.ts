import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findOrInstallRedis, thisMachine } from '../redis/redis-binary.ts'
import { startRedis } from '../redis/start-redis.ts'
import type { Gateway } from './gateway.ts'
import { partitionCount, root, sandboxName, solutions, type Run } from './run.ts'
import type { SandboxReady } from './sandbox.ts'
import { solutionsForSandbox } from './sandbox-solutions.ts'

/** Starts a Redis of the run's own. @returns its URL */
export async function privateRedis(run: Run, dir: string): Promise<string> {
  const program = await findOrInstallRedis(thisMachine(run.progress.say))
  const server = await startRedis({
    program,
    dir: join(dir, 'redis'),
    port: 'free',
    appendonly: true,
    hz: 100,
    maxmemoryPolicy: 'noeviction',
  })
  run.stops.push(server.stop)
  return server.url
}

/** Starts sandbox, processor and gateway, each when the one before is ready. */
export async function startParts(
  run: Run,
  dir: string,
  redisUrl: string,
): Promise<{ gateway: Gateway; sandbox: SandboxReady }> {
  const { children, options } = run
  const settingsFile = join(dir, 'sandbox-settings.json')
  await writeFile(settingsFile, JSON.stringify({ preset: 'loose' }))
  const sandboxApp = children.start({
    name: 'sandbox',
    entry: join(root, 'tools/sandbox/src/main.ts'),
    args: ['--settings', settingsFile, '--state', join(dir, 'sandbox-state.json')],
    env: {},
  })
  const sandbox: SandboxReady = JSON.parse(await sandboxApp.ready)
  const { file, secrets } = solutionsForSandbox(sandbox)
  const solutionsFile = join(dir, 'solutions.json')
  await writeFile(solutionsFile, JSON.stringify(file, undefined, 2), { mode: 0o600 })

  const common = {
    REDIS_URL: redisUrl,
    SEGUE_PARTITIONS: String(partitionCount),
    SEGUE_SANDBOXES: sandboxName,
    SEGUE_LOG_LEVEL: process.env['SEGUE_LOG_LEVEL'] ?? 'warn',
    SEGUE_LOG_PRETTY: '1',
  }
  const processor = children.start({
    name: 'processor',
    entry: join(root, 'apps/processor/src/main.ts'),
    env: {
      ...common,
      ...secrets,
      SEGUE_MACHINES: options.machines,
      SEGUE_SOLUTIONS_FILE: solutionsFile,
    },
  })
  const tokenFile = join(dir, 'admin-token')
  const gatewayApp = children.start({
    name: 'gateway',
    entry: join(root, 'apps/gateway/src/main.ts'),
    env: {
      ...common,
      SEGUE_PORT: String(options.port),
      SEGUE_SOLUTIONS: solutions.join(','),
      SEGUE_ADMIN_TOKEN_FILE: tokenFile,
    },
  })
  await processor.ready
  const { url }: { readonly url: string } = JSON.parse(await gatewayApp.ready)
  const token = (await readFile(tokenFile, 'utf8')).trim()
  return { gateway: { url, token }, sandbox }
}
