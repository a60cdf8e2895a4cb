import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { alertRules, configure, signingSecret, type Write } from '@segue/destinations'
import {
  openRedis,
  redisConfiguration,
  redisPorts,
  type RedisPorts,
  type RedisConnection,
} from '@segue/redis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

const sandbox = `t-${randomUUID()}`
const partitionCount = 2
/** A database that no other test uses: processors read the organisation's own configuration. */
const database = new URL(inject('redisUrl'))
database.pathname = '/11'
const processors: ChildProcess[] = []
const told: string[] = []
let receiver: Server
let redis: RedisConnection
let ports: RedisPorts

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { type, alert } = JSON.parse(Buffer.concat(chunks).toString())
      told.push(`${type} ${alert.solution}`)
      response.writeHead(204).end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  redis = await openRedis({ url: database.href, clientName: 'test', warn: () => {} })
  ports = redisPorts(redis, { sandbox, partitionCount, workerName: 'test' })
})
afterAll(async () => {
  for (const processor of processors) processor.kill('SIGKILL')
  receiver.closeAllConnections()
  receiver.close()
  redis.disconnect()
})

/** A processor that does nothing but look for alerts, and tell. */
async function startMonitor(): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const processor = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      REDIS_URL: database.href,
      SEGUE_ROLES: 'monitoring',
      SEGUE_SANDBOXES: sandbox,
      SEGUE_PARTITIONS: String(partitionCount),
      SEGUE_ALERTS_EVERY_SECS: '0.2',
      SEGUE_WEBHOOK_ALLOW: '127.0.0.1',
      SEGUE_EXIT_WITH_PARENT: '1',
      SEGUE_LOG_LEVEL: 'error',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  processors.push(processor)
  await once(processor.stdout, 'data')
  return processor
}

async function write(...writes: readonly Write[]): Promise<void> {
  const store = redisConfiguration(redis)
  await configure({ store, nowMs: Date.now, newId: randomUUID }, { name: 'test' }, () => ({
    writes,
    answer: () => undefined,
  }))
}

test('who subscribed is told when a solution is paused and when it is not, whichever processor is left', async () => {
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : 0
  const rule = 'solution-unreachable'
  const settings = { ...alertRules[rule].defaults, raiseAfterSecs: 0, resolveAfterSecs: 0 }
  const channel = {
    type: 'webhook',
    url: `http://127.0.0.1:${port}/`,
    secret: signingSecret(new Uint8Array(32)),
  } as const
  await write(
    {
      kind: 'alertRule',
      id: `${sandbox}/${rule}`,
      value: { sandboxName: sandbox, rule, ...settings },
    },
    {
      kind: 'alertSubscription',
      id: randomUUID(),
      value: { sandboxName: sandbox, rules: [rule], enabled: true, channel },
    },
  )
  await ports.dataflows.put({
    id: 'f',
    name: 'Main',
    enabled: true,
    activationDelayMs: 0,
    solutions: ['marketo'],
    segments: {},
  })
  await ports.records.setPause('marketo', {
    code: 'HTTP_401',
    detail: '',
    setting: 'clientSecret',
    sinceMs: Date.now(),
    untilMs: Date.now(),
  })
  const first = await startMonitor()
  await expect.poll(() => told).toEqual(['alert.raised marketo'])
  await startMonitor()
  first.kill('SIGKILL')
  await once(first, 'exit')
  await ports.records.setPause('marketo', undefined)
  await expect.poll(() => told).toEqual(['alert.raised marketo', 'alert.resolved marketo'])
})
