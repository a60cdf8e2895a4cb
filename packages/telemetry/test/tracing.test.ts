import { traced } from '@segue/runtime'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTracing, type Tracing } from '../src/traces/tracing.ts'
import { startCollector, type Collector } from '../src/testing.ts'

const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
const other = '00-11111111111111111111111111111111-2222222222222222-01'

let collector: Collector
let warnings: string[]

beforeEach(async () => {
  warnings = []
  collector = await startCollector()
})
afterEach(() => collector.stop())

function open(ratio: number, endpoint = collector.url): Promise<Tracing> {
  return openTracing({
    service: 'segue-test',
    instance: 'one',
    endpoint,
    ratio,
    warn: (message) => warnings.push(message),
  })
}

const buckets = { note: () => {}, take: () => Promise.resolve(undefined) }

test('a request of a sampled trace goes on with it, and work belongs to the span that it runs in', async () => {
  const tracing = await open(0)
  const traces = { ...tracing, buckets }
  let seen: string | undefined
  await tracing.begin({ name: 'request', kind: 'server' }, sampled, async () => {
    const current = tracing.current()
    await traced(traces, { name: 'inside' }, current === undefined ? [] : [current], async () => {
      seen = tracing.current()
    })
    expect(tracing.current()).toBe(current)
  })
  expect(tracing.current()).toBeUndefined()
  await tracing.stop()

  const [inside, request] = ['inside', 'request'].map((name) =>
    collector.spans().find((span) => span.name === name),
  )
  expect(request).toMatchObject({
    service: 'segue-test',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
  })
  expect(inside?.parentSpanId).toBe(request?.spanId)
  expect(seen).toBe(`00-${inside?.traceId}-${inside?.spanId}-01`)
})

test('work with two causes has a span in the trace of each, linked with each other', async () => {
  const tracing = await open(0)
  await traced({ ...tracing, buckets }, { name: 'both' }, [sampled, other, sampled], () =>
    Promise.resolve(),
  )
  await tracing.stop()

  const [first, second, ...more] = ['0af7', '1111'].map((start) =>
    collector.spans().find(({ traceId }) => traceId.startsWith(start)),
  )
  expect(more).toEqual([])
  expect(collector.spans()).toHaveLength(2)
  expect(first?.links).toMatchObject([{ spanId: '2222222222222222' }])
  expect(second?.links).toMatchObject([{ spanId: first?.spanId }])
})

test('what nobody samples makes no span, and runs as part of none', async () => {
  const tracing = await open(0)
  const traces = { ...tracing, buckets }
  const inside: unknown[] = []
  for (const sent of [undefined, unsampled, 'nonsense']) {
    await tracing.begin({ name: 'request' }, sent, async (span) => {
      inside.push(span, tracing.current())
    })
  }
  // Work that somebody else's span led here, and that is not theirs.
  await tracing.begin({ name: 'kept' }, sampled, () =>
    traced(traces, { name: 'not theirs' }, [], async () => {
      inside.push(tracing.current())
    }),
  )
  await tracing.stop()
  expect(inside.every((one) => one === undefined)).toBe(true)
  expect(collector.spans().map(({ name }) => name)).toEqual(['kept'])
})

test('without a trace of the sender’s, the share that is set is sampled', async () => {
  const tracing = await open(1)
  await tracing.begin({ name: 'request' }, undefined, () => Promise.resolve())
  await tracing.begin({ name: 'request' }, unsampled, () => Promise.resolve())
  await tracing.stop()
  expect(collector.spans()).toHaveLength(1)
})

test('a collector that takes no spans costs one line, and nothing else', async () => {
  const tracing = await open(1, `${collector.url}/elsewhere`)
  // More than one export, and more than may wait.
  for (let turn = 0; turn < 3_000; turn += 1) {
    const answer = await tracing.begin({ name: 'request' }, undefined, () => Promise.resolve(turn))
    expect(answer).toBe(turn)
  }
  await tracing.stop()
  expect(warnings).toEqual([expect.stringContaining('collector')])
})

test('a collector that is gone keeps nobody from stopping', async () => {
  const { url } = collector
  await collector.stop()
  const tracing = await open(1, url)
  await tracing.begin({ name: 'request' }, undefined, () => Promise.resolve())
  await tracing.stop()
  expect(collector.spans()).toEqual([])
})
