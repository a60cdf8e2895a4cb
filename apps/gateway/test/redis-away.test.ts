import { afterEach, beforeEach, expect, test } from 'vitest'
import { startRedisProxy } from './redis-proxy.ts'
import type { RedisProxy } from './redis-proxy.ts'
import { exampleUpdate, logRecords, redisUrl, startGateway, until } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let proxy: RedisProxy
let gateway: TestGateway
let headers: Record<string, string>
beforeEach(async () => {
  proxy = await startRedisProxy(redisUrl(3))
  gateway = await startGateway({ REDIS_URL: proxy.url })
  headers = await gateway.headers('admin')
})
afterEach(async () => {
  await gateway.close()
  await proxy.close()
})

interface Answer {
  readonly status: number
  readonly code: unknown
  readonly retryAfter: unknown
}

async function ask(method: 'GET' | 'POST', url: string): Promise<Answer> {
  const answer = await gateway.server.inject({
    method,
    url,
    headers,
    ...(method === 'POST' ? { payload: exampleUpdate(1) } : {}),
  })
  const body: { readonly code?: unknown } = answer.headers['content-type']
    ?.toString()
    .includes('json')
    ? answer.json()
    : {}
  return {
    status: answer.statusCode,
    code: body.code,
    retryAfter: answer.headers['retry-after'],
  }
}

const reading = ['/v1/status', '/v1/dataflows', '/v1/profiles/crm/x', '/v1/dead-letters', '/readyz']

// A Redis that hangs is given up by the gateway's own deadline; the client's would come much later, and by another code.
test.each([
  ['cut', /^(REDIS_UNAVAILABLE|DEADLINE_EXCEEDED)$/],
  ['freeze', /^DEADLINE_EXCEEDED$/],
] as const)(
  'where Redis is away (%s) all answers are 503, none hangs, and all is well when it returns',
  async (how, code) => {
    expect(await ask('POST', '/v1/profiles')).toMatchObject({ status: 202 })
    await proxy[how]()

    const answers = await Promise.all([
      ask('POST', '/v1/profiles'),
      ask('POST', '/v1/profiles'),
      ...reading.map((url) => ask('GET', url)),
    ])
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 503,
        code: expect.stringMatching(code),
        retryAfter: '1',
      })
    }
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200 })
    const { payload } = await gateway.server.inject({ url: '/metrics', headers })
    expect(payload).toContain('segue_redis_up 0')

    await proxy.restore()
    await until('updates are taken again', async () => {
      return (await ask('POST', '/v1/profiles')).status === 202
    })
    for (const url of ['/readyz', '/v1/status']) {
      await until(`${url} is well`, async () => (await ask('GET', url)).status === 200)
    }
    const metrics = await gateway.server.inject({ url: '/metrics', headers })
    expect(metrics.payload).toContain('segue_redis_up 1')
    expect(metrics.payload).toMatch(/^segue_requests_in_flight 0$/m)
    expect((await logRecords(gateway.sandbox)).length).toBeGreaterThanOrEqual(2)
  },
)
