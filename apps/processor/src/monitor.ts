import {
  alertQueueName,
  allowedHosts,
  createEmails,
  createObserver,
  createTell,
  createWebhooks,
  startMonitoring,
  type AlertJob,
  type WatchedQueue,
} from '@segue/alerting'
import type { JobQueue } from '@segue/activation'
import {
  redisAlerts,
  redisConfiguration,
  type RedisConnection,
  type RedisPorts,
} from '@segue/redis'
import type { Logger } from '@segue/telemetry'
import type { ProcessorConfig } from './config.ts'

/** Messages sent at once: each waits for somebody else's server. */
const messagesAtOnce = 8

export interface MonitorOptions {
  readonly sandbox: string
  readonly config: ProcessorConfig
  readonly redis: RedisConnection
  readonly ports: RedisPorts
  /** Opens a queue of the sandbox. */
  readonly openQueue: (name: string) => JobQueue<AlertJob>
  /** Queues whose given-up jobs are looked at. */
  readonly queues: readonly WatchedQueue[]
  readonly log: Logger
  /** Told of trouble of ours. */
  readonly tell: (error: unknown, what: string) => void
}

/** The role `monitoring` for one sandbox: looks for alerts, and sends messages about them. */
export async function startMonitor(
  options: MonitorOptions,
): Promise<{ readonly stop: () => Promise<void> }> {
  const { sandbox, config, redis, ports, log, tell } = options
  const alerts = redisAlerts(redis, sandbox)
  const configuration = redisConfiguration(redis)
  const queue = options.openQueue(alertQueueName)
  const webhooks = createWebhooks(allowedHosts(config.webhookAllow))
  const emails = config.email === undefined ? undefined : createEmails(config.email)
  const run = createTell({
    alerts,
    configuration,
    webhooks,
    emails,
    nowMs: ports.clock.nowMs,
    gaveUp: (told) => log.error({ sandbox, ...told }, 'alert message given up'),
  })
  const worker = await queue.work(run, { concurrency: messagesAtOnce })
  const { partitionCount, alertsEveryMs } = config
  const monitoring = startMonitoring(
    {
      alerts,
      configuration,
      dataflows: ports.dataflows,
      observe: createObserver(ports, {
        partitionCount,
        queues: options.queues,
        slowEveryMs: Math.min(alertsEveryMs * 4, 60_000),
      }),
      queue,
    },
    {
      sandbox,
      everyMs: alertsEveryMs,
      clock: ports.clock,
      looked: ({ raised, resolved, dropped }) => {
        for (const alert of raised) log.warn({ sandbox, ...alert }, 'alert raised')
        for (const alert of resolved) log.info({ sandbox, ...alert }, 'alert resolved')
        if (dropped > 0) log.error({ sandbox, dropped }, 'alert messages found no room')
      },
      failed: (error) => tell(error, 'could not look for alerts'),
    },
  )
  return {
    stop: async () => {
      await monitoring.stop()
      await worker.close()
      await queue.close()
      await webhooks.close()
      emails?.close()
    },
  }
}
