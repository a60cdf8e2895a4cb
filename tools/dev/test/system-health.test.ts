import { randomBytes, randomUUID } from 'node:crypto'
import { startCollector, type CollectedSpan, type Collector } from '@segue/telemetry/testing'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../src/redis/free-port.ts'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const segment = randomUUID()
const solutions = ['marketo', 'audience-manager']
let collector: Collector
let system: System
let processorUrl: string

beforeAll(async () => {
  collector = await startCollector()
  processorUrl = `http://127.0.0.1:${await freePort()}`
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SEGUE_TRACES_RATIO: '0' }
  system = await startSystem({
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    processorSettings: { ...traced, SEGUE_HTTP_PORT: new URL(processorUrl).port },
    environment: { gateway: traced },
    // So that updates share buckets, whose jobs are added for the first of them.
    partitionCount: 1,
    dataflows: { main: { segments: [segment], activationDelayMs: 1_000, solutions } },
  })
})
afterAll(async () => {
  await system?.stop()
  await collector?.stop()
})

const realized = (person: TestPerson): string =>
  updateLine(person, { segments: { [segment]: { status: 'realized', atMs: Date.now() } } })

async function post(person: TestPerson, traceparent?: string): Promise<void> {
  const { url, token } = system.gateway
  const answer = await request(`${url}/v1/profiles`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: realized(person),
  })
  await answer.body.dump()
  expect(answer.statusCode).toBe(202)
}

interface Ready {
  readonly statusCode: number
  readonly body: {
    readonly code?: string
    readonly reasons?: readonly { readonly code: string; readonly detail: string }[]
    readonly sandboxes?: readonly object[]
  }
}

async function ready(base: string): Promise<Ready> {
  const { statusCode, body } = await request(`${base}/readyz`)
  return { statusCode, body: (await body.json()) as Ready['body'] }
}

/** Codes by which a program says that it is not ready; none where it is. */
async function unready(base: string): Promise<readonly string[]> {
  const { statusCode, body } = await ready(base)
  expect([200, 503]).toContain(statusCode)
  if (statusCode === 200) return []
  return body.reasons?.map(({ code }) => code) ?? [body.code ?? '']
}

const programs = (): readonly string[] => [system.gateway.url, processorUrl]

async function untilReady(): Promise<void> {
  await eventually('both are ready', async () => {
    const reasons = await Promise.all(programs().map(unready))
    return reasons.flat().length === 0
  })
}

/** Both live all along, and say what is wrong. */
async function untilUnready(): Promise<void> {
  await eventually('neither is ready', async () => {
    const reasons = await Promise.all(programs().map(unready))
    return reasons.every(
      (codes) => codes.includes('REDIS_UNAVAILABLE') || codes.includes('DEADLINE_EXCEEDED'),
    )
  })
  for (const base of programs()) {
    const { statusCode, body } = await request(`${base}/healthz`)
    await body.dump()
    expect(statusCode).toBe(200)
  }
}

async function metrics(base: string): Promise<string> {
  const { statusCode, body } = await request(`${base}/metrics`, {
    headers: { authorization: `Bearer ${system.gateway.token}` },
  })
  expect(statusCode).toBe(200)
  return body.text()
}

/** Values of a metric, over all its labels. */
function valuesOf(text: string, name: string): readonly number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
}

/** Spans from which one comes to a span by parents and links, itself among them. */
function ancestorsOf(span: CollectedSpan, all: readonly CollectedSpan[]): readonly CollectedSpan[] {
  const found = new Set([span])
  for (const one of found) {
    const causes = [one.parentSpanId, ...one.links.map(({ spanId }) => spanId)]
    for (const cause of all) if (causes.includes(cause.spanId)) found.add(cause)
  }
  return [...found]
}

test('an update that is followed makes one trace, over both programs, down to each solution’s receipt', async () => {
  const [first, followed, last] = [newPerson(), newPerson(), newPerson()]
  await system.know([first, followed, last].map(({ lead }) => lead))
  const traceId = randomBytes(16).toString('hex')
  const sent = randomBytes(8).toString('hex')
  // It comes between others, so that what carries it was not begun for it.
  await post(first)
  await post(followed, `00-${traceId}-${sent}-01`)
  await post(last, `00-${randomBytes(16).toString('hex')}-${sent}-00`)
  await system.untilIdle()
  const ends = solutions.map((solution) => `deliver ${solution}`)
  await eventually('the spans of the ends have arrived', () => {
    const names = collector.spans().map(({ name }) => name)
    return ends.every((name) => names.includes(name)) && names.includes('POST /v1/profiles')
  })
  // Those that a delivery is part of end after it.
  await eventually('all spans have arrived', () => {
    const spans = collector.spans()
    const ids = new Set([sent, ...spans.map(({ spanId }) => spanId)])
    return spans.every(({ parentSpanId }) => ids.has(parentSpanId))
  })

  const spans = collector.spans()
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
  expect(new Set(spans.map(({ service }) => service))).toEqual(
    new Set(['segue-gateway', 'segue-processor']),
  )
  for (const name of ends) {
    const end = spans.find((span) => span.name === name)
    const way = end === undefined ? [] : ancestorsOf(end, spans).map((span) => span.name)
    expect(way).toEqual(expect.arrayContaining(['step', 'POST /v1/profiles']))
    expect(end?.attributes['segue.receipt']).toMatch(/^\d+-\d+$/)
  }
  const [namespace, id] = followed.ecid.split(':')
  const profile = JSON.stringify(await system.get(`/v1/profiles/${namespace}/${id}`))
  expect(profile.split(`"traceId":"${traceId}"`)).toHaveLength(solutions.length + 1)

  // What else BullMQ would tell of its jobs may hold anything.
  const told = collector.bodies().join('\n')
  const attributes = new Set(spans.flatMap((span) => Object.keys(span.attributes)))
  const others = [...attributes].filter((name) => !name.startsWith('segue.'))
  expect(others.toSorted()).toEqual([
    'bullmq.job.attempts.made',
    'bullmq.job.bulk.count',
    'bullmq.job.name',
    'bullmq.queue.name',
  ])
  for (const person of [first, followed, last]) {
    expect(told).not.toContain(person.lead.ecid)
    expect(told).not.toContain(person.lead.emailSHA256)
  }
  expect(told).not.toContain(system.gateway.token)
})

test('while nobody steps the log lags, in records and in seconds; afterwards it does not', async () => {
  // What it owned still names it as the owner.
  await system.processor.kill9()
  await eventually('nobody lives', async () =>
    valuesOf(await metrics(system.gateway.url), 'segue_workers_live').every((count) => count === 0),
  )
  await post(newPerson())
  await eventually('the log lags', async () => {
    const text = await metrics(system.gateway.url)
    const seconds = valuesOf(text, 'segue_partition_lag_seconds')
    return seconds.some((value) => value > 0) && valuesOf(text, 'segue_partitions_unowned')[0] === 1
  })
  await system.parts.startProcessor('second')
  await eventually('nothing lags', async () => {
    const text = await metrics(system.gateway.url)
    const lags = [
      ...valuesOf(text, 'segue_partition_lag_records'),
      ...valuesOf(text, 'segue_partition_lag_seconds'),
    ]
    return lags.length === 2 && lags.every((value) => value === 0)
  })
  const text = await metrics(processorUrl)
  expect(valuesOf(text, 'segue_records_stepped_total')).toEqual([1])
  expect(valuesOf(text, 'segue_partitions_owned')).toEqual([1])
  expect(text).toContain('segue_lease_changes_total{sandbox="prod",change="taken"} 1')
  expect(text).toContain('nodejs_eventloop_lag_seconds')
})

test('both programs say that they are not ready while Redis is frozen, read-only or gone, and are ready afterwards', async () => {
  await untilReady()
  const { redis } = system.parts
  redis.freeze()
  try {
    await untilUnready()
  } finally {
    redis.thaw()
  }
  await untilReady()

  // A primary that nobody can reach: it keeps what it has, and takes no writes.
  await redis.client.replicaof('127.0.0.1', 1)
  try {
    await untilUnready()
    const { body } = await ready(processorUrl)
    expect(body.reasons?.map(({ detail }) => detail).join()).toMatch(/read-only|does not answer/)
  } finally {
    await redis.client.replicaof('NO', 'ONE')
  }
  await untilReady()

  await redis.kill9()
  await untilUnready()
  await redis.restart()
  await untilReady()
  const { body } = await ready(processorUrl)
  expect(body.sandboxes).toEqual([{ sandbox: 'prod', partitions: { owned: 1, expected: 1 } }])
})
