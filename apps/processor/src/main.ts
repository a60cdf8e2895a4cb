import { openRedis, settledPartitionCount, tellTroubleOnce } from '@segue/redis'
import { createLog } from '@segue/telemetry'
import { parseConfig, type ProcessorConfig } from './config.ts'
import { startSandboxWorker } from './sandbox-worker.ts'
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
  const redis = await openRedis({ url: redisUrl, clientName: `segue-${workerName}`, warn })
  await settledPartitionCount(redis, partitionCount)
  const queueRedis = redis.duplicate({
    connectionName: `segue-${workerName}-queues`,
    // BullMQ's own demands: it waits for Redis as long as it takes, and blocks on purpose.
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: true,
    commandTimeout: undefined,
    lazyConnect: false,
  })
  queueRedis.on('error', () => {
    // Told by the other connection already.
  })
  const isTrouble = tellTroubleOnce(({ what, remedy }) =>
    log.warn({ remedy }, `${what}; trying again until that is over`),
  )
  const workers = await Promise.all(
    sandboxes.map((sandbox) =>
      startSandboxWorker({ sandbox, config, solutions, redis, queueRedis, log, isTrouble }),
    ),
  )
  process.stdout.write(`${JSON.stringify({ ready: true, worker: workerName })}\n`)

  let stopping = false
  const stop = (reason: string): void => {
    if (stopping) {
      log.warn({ reason }, 'stopped at once')
      process.exit(1)
    }
    stopping = true
    log.info({ reason }, 'stopping')
    const limit = setTimeout(() => {
      log.error('did not stop in time')
      process.exit(1)
    }, stopMaxMs)
    void Promise.all(workers.map((worker) => worker.stop())).then(
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
