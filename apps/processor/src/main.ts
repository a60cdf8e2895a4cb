import {
  anotherConnection,
  openRedis,
  redisTrouble,
  settledPartitionCount,
  settleSchema,
  tellTroubleOnce,
  type RedisConnection,
} from '@segue/redis'
import { createLog, createMetrics, openTracing } from '@segue/telemetry'
import { parseConfig, type ProcessorConfig } from './config.ts'
import { startOperationsServer } from './http/operations-server.ts'
import { startSandboxWorker, type SandboxWorker } from './sandbox-worker.ts'
import { readSolutionsFile } from './solutions-file.ts'

/** How long a graceful stop may take before the process ends all the same; what is unfinished is taken up by others. */
const stopMaxMs = 30_000

const config = parsedOrExit()
const log = createLog({ name: 'processor', level: config.logLevel, pretty: config.logPretty })

try {
  await start(config)
} catch (error) {
  log.fatal({ err: error }, 'processor could not start')
  process.exit(1)
}

function parsedOrExit(): ProcessorConfig {
  try {
    return parseConfig(process.env)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

/** Trouble with Redis, told once. */
function warn(message: string): void {
  log.warn(message)
}

async function start({
  redisUrl,
  workerName,
  sandboxes,
  partitionCount,
}: ProcessorConfig): Promise<void> {
  const solutions =
    config.solutionsFile === undefined ? [] : readSolutionsFile(config.solutionsFile, process.env)
  const metrics = createMetrics()
  let state: 'starting' | 'running' | 'stopping' = 'starting'
  let connected: RedisConnection | undefined
  let workers: readonly SandboxWorker[] = []
  // Before anything is waited for: a process that waits for Redis lives, and says that it is not ready.
  const server =
    config.http &&
    (await startOperationsServer({
      ...config.http,
      metrics,
      state: () => state,
      redis: () => connected,
      workers: () => workers.map(({ watched }) => watched),
      gather: () => {
        for (const worker of workers) worker.gather()
      },
    }))
  const tracing =
    config.traces &&
    (await openTracing({
      ...config.traces,
      service: 'segue-processor',
      instance: workerName,
      warn,
    }))
  const redis = await openRedis({
    url: redisUrl,
    tls: config.redisTls,
    clientName: `segue-${workerName}`,
    warn,
  })
  await settleSchema(redis)
  await settledPartitionCount(redis, partitionCount)
  // BullMQ's own demands: it waits for Redis as long as it takes, and blocks on purpose.
  const queueRedis = anotherConnection(redis, {
    clientName: `segue-${workerName}-queues`,
    kind: 'patient',
  })
  connected = redis
  const told = tellTroubleOnce(({ what, remedy }) =>
    log.warn({ remedy }, `${what}; trying again until that is over`),
  )
  const redisErrors = metrics.counter('segue_redis_errors_total')
  const isTrouble = (error: unknown): boolean => {
    const kind = redisTrouble(error)?.kind
    if (kind !== undefined) redisErrors.inc({ kind })
    return told(error)
  }
  workers = await Promise.all(
    sandboxes.map((sandbox) =>
      startSandboxWorker({
        sandbox,
        config,
        solutions,
        redis,
        queueRedis,
        log,
        metrics,
        tracing,
        isTrouble,
      }),
    ),
  )
  state = 'running'
  const { url } = server ?? {}
  process.stdout.write(`${JSON.stringify({ ready: true, worker: workerName, url })}\n`)

  const stop = (reason: string): void => {
    if (state === 'stopping') {
      log.warn({ reason }, 'stopped at once')
      process.exit(1)
    }
    state = 'stopping'
    log.info({ reason }, 'stopping')
    const limit = setTimeout(() => {
      log.error('did not stop in time')
      process.exit(1)
    }, stopMaxMs)
    const ended = Promise.all(workers.map((worker) => worker.stop()))
    void ended
      .then(() => Promise.all([tracing?.stop(), server?.close()]))
      .then(
        () => {
          clearTimeout(limit)
          redis.disconnect()
          queueRedis.disconnect()
          log.info('stopped')
          process.exit(0)
        },
        (error: unknown) => {
          log.error({ err: error }, 'did not stop cleanly')
          process.exit(1)
        },
      )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  if (config.exitWithParent) {
    process.stdin.resume()
    process.stdin.once('end', () => stop('parent ended'))
  }
}
