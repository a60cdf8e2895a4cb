import { hostname } from 'node:os'
import {
  followStoreClock,
  isRedisAway,
  openRedis,
  redisConfiguration,
  redisTokens,
  settledPartitionCount,
  settleSchema,
} from '@segue/redis'
import { createLog, createMetrics, openTracing } from '@segue/telemetry'
import { provideFirstToken } from './access/first-token.ts'
import { parseConfig } from './config.ts'
import { closeSandboxes, openSandboxes } from './sandbox.ts'
import { buildServer, closeServer } from './server.ts'
import { startFailure } from './start-failure.ts'
import { stopOnSignals } from './stop.ts'

async function start(): Promise<void> {
  const config = parseConfig(process.env)
  const log = createLog({ name: 'gateway', level: config.logLevel, pretty: config.logPretty })
  const metrics = createMetrics()
  const warn = (message: string): void => log.warn(message)
  const instance = `gateway-${hostname()}-${process.pid}`
  const tracing =
    config.traces &&
    (await openTracing({ ...config.traces, service: 'segue-gateway', instance, warn }))
  const redis = await openRedis({
    url: config.redisUrl,
    tls: config.redisTls,
    clientName: 'segue-gateway',
    warn,
  })
  await settleSchema(redis)
  await settledPartitionCount(redis, config.partitionCount)
  const clock = await followStoreClock(redis)
  const tokens = redisTokens(redis, undefined, clock)
  await provideFirstToken(tokens, config.adminTokenFile, (text) => process.stderr.write(text))
  const configuration = redisConfiguration(redis, { auditKeptMs: config.auditDays * 86_400_000 })
  const sandboxes = openSandboxes(redis, clock, config, metrics, (error) =>
    // That Redis is away was told when it went.
    log[isRedisAway(error) ? 'debug' : 'warn']({ err: error }, 'a queue could not be looked at'),
  )
  let draining = false
  const server = await buildServer({
    config,
    redis,
    clock,
    tokens,
    sandboxes,
    configuration,
    metrics,
    log,
    tracing,
    isDraining: () => draining,
  })
  stopOnSignals({
    log,
    drainMs: config.drainMs,
    drain: () => {
      draining = true
    },
    withParent: config.exitWithParent,
    stop: async () => {
      await closeServer(server)
      await tracing?.stop()
      await closeSandboxes(sandboxes)
      clock.stop()
      await redis.quit()
    },
  })
  await server.listen({ host: config.host, port: config.port })
  const address = server.addresses()[0]
  const port = typeof address === 'object' ? address.port : config.port
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  // The one line on standard output: what starts this waits for it.
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`)
}

try {
  await start()
} catch (error) {
  process.stderr.write(startFailure(error))
  process.exit(1)
}
