import { randomUUID } from 'node:crypto'
import { bullmqQueue, type JobQueue } from '@segue/activation'
import {
  alertRules,
  configure,
  signingSecret,
  type AlertSubscription,
  type AlertStore,
  type Configuration,
  type ConfigurationStore,
  type Decision,
  type Observation,
  type ToldAlert,
} from '@segue/destinations'
import {
  anotherConnection,
  openRedis,
  queuePrefix,
  redisAlerts,
  redisConfiguration,
  type RedisConnection,
} from '@segue/redis'
import { inject } from 'vitest'
import {
  alertQueueName,
  allowedHosts,
  createTell,
  createWebhooks,
  lookForAlerts,
  type AlertJob,
  type Look,
  type LookPorts,
} from '../src/index.ts'
import { startWebhookReceiver, type WebhookReceiver } from './receivers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

export const secret: string = signingSecret(new Uint8Array(32).fill(1))

/** A sandbox of its own on real Redis, with one receiver and a worker that sends. */
export interface TestOrganisation {
  readonly redis: RedisConnection
  readonly sandbox: string
  readonly configuration: ConfigurationStore
  readonly alerts: AlertStore
  readonly queue: JobQueue<AlertJob>
  readonly receiver: WebhookReceiver
  readonly gaveUp: readonly ToldAlert[]
  /** Solutions that are paused now, as every look sees it. */
  paused: readonly string[]
  readonly change: (decide: (configuration: Configuration) => Decision<unknown>) => Promise<unknown>
  readonly subscribe: (id: string, own?: Partial<AlertSubscription>) => Promise<unknown>
  /** One look of a process. */
  readonly look: (token?: string, own?: Partial<LookPorts>) => Promise<Look>
  /** Types of the messages that arrived, in order. */
  readonly told: () => readonly string[]
  readonly close: () => Promise<void>
}

export async function openOrganisation(): Promise<TestOrganisation> {
  const redis = await openRedis({ url: inject('redisUrl'), clientName: 'test', warn: () => {} })
  const queueRedis = anotherConnection(redis, { clientName: 'test-queues', kind: 'patient' })
  const sandbox = `test-${randomUUID()}`
  const alerts = redisAlerts(redis, sandbox)
  const configuration = redisConfiguration(redis, { place: sandbox })
  const queue = bullmqQueue<AlertJob>({
    name: alertQueueName,
    prefix: queuePrefix(sandbox, alertQueueName),
    connection: queueRedis,
    clock: { nowMs: Date.now },
    failed: () => {},
  })
  const receiver = await startWebhookReceiver()
  const webhooks = createWebhooks(allowedHosts(['127.0.0.1']))
  const gaveUp: ToldAlert[] = []
  const tell = createTell({
    alerts,
    configuration,
    webhooks,
    emails: undefined,
    nowMs: Date.now,
    gaveUp: (told) => gaveUp.push(told),
  })
  const worker = await queue.work(tell, { concurrency: 4 })
  const change: TestOrganisation['change'] = (decide) =>
    configure(
      { store: configuration, nowMs: Date.now, newId: randomUUID },
      { name: 'test' },
      decide,
    )
  const ports: LookPorts = {
    alerts,
    configuration,
    dataflows: { list: () => Promise.resolve([]) },
    observe: (nowMs) => Promise.resolve(observationOf(nowMs, organisation.paused)),
    queue,
  }
  const organisation: TestOrganisation = {
    redis,
    sandbox,
    configuration,
    alerts,
    queue,
    receiver,
    gaveUp,
    paused: [],
    change,
    subscribe: (id, own = {}) =>
      change(() => ({
        writes: [
          {
            kind: 'alertSubscription',
            id,
            value: {
              sandboxName: sandbox,
              rules: [],
              enabled: true,
              channel: { type: 'webhook', url: receiver.url, secret },
              ...own,
            },
          },
        ],
        answer: () => undefined,
      })),
    look: (token = 'one', own = {}) =>
      lookForAlerts({ ...ports, ...own }, { sandbox, token, leaseMs: 60_000, newId: randomUUID }),
    told: () => receiver.posted.map(({ body }) => JSON.parse(body).type),
    close: async () => {
      await worker.close()
      await queue.close()
      await webhooks.close()
      await receiver.close()
      redis.disconnect()
      queueRedis.disconnect()
    },
  }
  await change(() => ({
    writes: [
      {
        kind: 'alertRule',
        id: `${sandbox}/solution-unreachable`,
        value: {
          ...alertRules['solution-unreachable'].defaults,
          sandboxName: sandbox,
          rule: 'solution-unreachable',
          raiseAfterSecs: 0,
          resolveAfterSecs: 0,
        },
      },
    ],
    answer: () => undefined,
  }))
  return organisation
}

function observationOf(nowMs: number, paused: readonly string[]): Observation {
  const pause = { code: 'HTTP_503', detail: '', sinceMs: nowMs - 1_000, untilMs: nowMs + 1_000 }
  return {
    nowMs,
    flows: new Map(),
    runs: [],
    pauses: paused.map((solution) => ({ solution, pause })),
    deadLetters: [],
    failedSegments: [],
    lags: [],
    failedJobs: [],
    clocks: [],
  }
}
