import { Queue } from 'bullmq'
import { queuePrefix } from '@segue/redis'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { permissions } from '@segue/destinations'
import type { Permission } from '@segue/destinations'
import { csrfCookieName, csrfHeaderName } from '../src/access/session.ts'
import { exampleUpdate, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let queue: Queue
beforeAll(async () => {
  gateway = await startGateway()
  queue = new Queue('activation', {
    connection: gateway.redis,
    prefix: queuePrefix(gateway.sandbox.name, 'activation'),
  })
  await queue.add('bucket', { partition: 3, rows: 7 }, { delay: 3_600_000, jobId: 'p03-1-1' })
})
afterAll(async () => {
  await queue.close()
  await gateway.close()
})

type Method = 'GET' | 'POST' | 'PUT'
interface Route {
  readonly method: Method
  readonly url: string
  readonly needs: Permission
  readonly payload?: object
}

const dataflow = { name: 'X', enabled: true, activationDelayMs: 0, solutions: [], segments: {} }
const routes: readonly Route[] = [
  { method: 'POST', url: '/v1/profiles', needs: 'stream-profiles', payload: exampleUpdate(1) },
  { method: 'GET', url: '/v1/profiles/crm/nobody', needs: 'view-profiles' },
  { method: 'GET', url: '/v1/dead-letters', needs: 'view-profiles' },
  { method: 'GET', url: '/v1/status', needs: 'data-monitoring' },
  { method: 'GET', url: '/v1/dataflows', needs: 'data-monitoring' },
  { method: 'GET', url: '/v1/dataflows/none', needs: 'data-monitoring' },
  { method: 'GET', url: '/v1/dataflows/none/solutions', needs: 'data-monitoring' },
  { method: 'PUT', url: '/v1/dataflows/main', needs: 'manage-destinations', payload: dataflow },
  { method: 'GET', url: '/metrics', needs: 'view-metrics' },
  { method: 'GET', url: '/queues/', needs: 'view-queues' },
  { method: 'GET', url: '/queues/api/queues', needs: 'view-queues' },
  { method: 'GET', url: '/queues/static/favicon.ico', needs: 'view-queues' },
  { method: 'PUT', url: '/queues/api/queues/pause', needs: 'manage-queues' },
]

function ask(
  { method, url, payload }: Omit<Route, 'needs'>,
  headers: Record<string, string>,
): Promise<LightMyRequestResponse> {
  return gateway.server.inject({ method, url, headers, ...(payload ? { payload } : {}) })
}

test('every documented route is in this matrix, or is for anybody or any token', async () => {
  const document = await ask({ method: 'GET', url: '/openapi.json' }, await gateway.headers())
  const { paths } = document.json<{ paths: Record<string, Record<string, unknown>> }>()
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const matrix = routes.map(({ method, url }) =>
    `${method} ${url}`
      .replace('/crm/nobody', '/{namespace}/{id}')
      .replace(/flows\/[^/]+/, 'flows/{id}'),
  )
  const elsewhere = ['/healthz', '/readyz', '/login', '/openapi.json'].map((url) => `GET ${url}`)
  expect(new Set([...matrix, ...elsewhere, 'POST /login', 'POST /logout'])).toEqual(
    new Set([...documented, ...matrix.filter((name) => name.includes(' /queues/'))]),
  )
})

test.each(routes)('$method $url needs a token', async (route) => {
  const missing = await ask(route, {})
  expect([missing.statusCode, missing.json()]).toMatchObject([401, { code: 'TOKEN_MISSING' }])
  expect(missing.headers['www-authenticate']).toContain('Bearer')
  for (const authorization of ['Bearer segue_wrong', 'Bearer', 'Basic YTpi', 'segue_wrong']) {
    const wrong = await ask(route, { authorization })
    expect(wrong.statusCode).toBe(401)
    expect(wrong.json().code).toMatch(/^TOKEN_(INVALID|MISSING)$/)
  }
})

test.each(routes)(
  '$method $url needs the permission $needs, and no other will do',
  async (route) => {
    const others = Object.keys(permissions).filter((name) => name !== route.needs) as Permission[]
    const refused = await ask(route, await gateway.headers(...others))
    expect([refused.statusCode, refused.json()]).toMatchObject([
      403,
      { code: 'PERMISSION_MISSING', permission: route.needs },
    ])
    for (const granted of [route.needs, 'admin'] as const) {
      const answer = await ask(route, await gateway.headers(granted))
      expect([401, 403]).not.toContain(answer.statusCode)
    }
  },
)

test.each(['/openapi.json', '/docs/', '/docs/js/scalar.js'])('%s needs any token', async (url) => {
  expect((await ask({ method: 'GET', url }, {})).statusCode).toBe(401)
  const headers = await gateway.headers('view-metrics')
  expect((await ask({ method: 'GET', url }, headers)).statusCode).toBe(200)
})

test.each(['/healthz', '/readyz', '/login'])('%s is for anybody', async (url) => {
  expect((await ask({ method: 'GET', url }, {})).statusCode).toBe(200)
})

test('an address that leads nowhere is told as that', async () => {
  for (const url of ['/', '/v1', '/v2/profiles', '/healthz/x']) {
    const answer = await ask({ method: 'GET', url }, {})
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'ROUTE_UNKNOWN' }])
  }
  expect((await ask({ method: 'GET', url: '/%E0%A4%A' }, {})).json().code).toBe('REQUEST_INVALID')
})

test('a token that is revoked counts no more, a token that has expired neither', async () => {
  const headers = await gateway.headers('data-monitoring')
  const { createTokenChecks } = await import('../src/access/token-checks.ts')
  const { redisTokens } = await import('@segue/redis')
  const tokens = redisTokens(gateway.redis)
  const checks = createTokenChecks(tokens)
  const token = headers['authorization']?.slice('Bearer '.length) ?? ''
  expect(await checks.check(token)).toMatchObject({ permissions: ['data-monitoring'] })
  await tokens.revoke(token)
  checks.forget(token)
  expect(await checks.check(token)).toBeUndefined()
  const expired = await tokens.issue({ name: 'old', permissions: ['admin'], expiresAtMs: 1 })
  const answer = await ask(
    { method: 'GET', url: '/v1/status' },
    { authorization: `Bearer ${expired}` },
  )
  expect(answer.json()).toMatchObject({ code: 'TOKEN_INVALID' })
})

// Bull Board, with a bearer token.

test('Bull Board lists the queues of the sandbox, with jobs that a person can read', async () => {
  const headers = await gateway.headers('view-queues')
  const name = `${gateway.sandbox.name}.activation`
  const url = `/queues/api/queues?activeQueue=${name}&status=delayed&page=1&jobsPerPage=10`
  const { queues } = (await ask({ method: 'GET', url }, headers)).json()
  const names = queues.map((one: { name: string }) => one.name)
  for (const queueName of ['activation', 'solution-audience-manager', 'solution-marketo']) {
    expect(names).toContain(`${gateway.sandbox.name}.${queueName}`)
  }
  expect(queues.find((one: { name: string }) => one.name === name)).toMatchObject({
    counts: { delayed: 1 },
    readOnlyMode: true,
    jobs: [{ id: 'p03-1-1', data: { partition: 3, rows: 7 } }],
  })
})

test('who may only read sees a board that only reads, who may write one that writes', async () => {
  const clean = {
    method: 'PUT' as const,
    url: `/queues/api/queues/${gateway.sandbox.name}.activation/pause`,
  }
  const reader = await gateway.headers('view-queues')
  expect((await ask(clean, reader)).json()).toMatchObject({
    code: 'PERMISSION_MISSING',
    permission: 'manage-queues',
  })
  const writer = await gateway.headers('view-queues', 'manage-queues')
  const { queues } = (await ask({ method: 'GET', url: '/queues/api/queues' }, writer)).json()
  expect(queues[0]).toMatchObject({ readOnlyMode: false })
  expect((await ask(clean, writer)).statusCode).toBe(200)
  expect(await queue.isPaused()).toBe(true)
  await queue.resume()
})

test("the board's pages load nothing from elsewhere", async () => {
  const answer = await ask({ method: 'GET', url: '/queues' }, await gateway.headers('view-queues'))
  expect(answer.statusCode).toBe(200)
  expect(answer.payload).toContain('<title>Segue</title>')
  expect(answer.headers['content-security-policy']).toContain("default-src 'self'")
})

// A browser: cookies instead of a header.

/** What a browser keeps of an answer, as it sends it back. */
function cookiesOf(answer: LightMyRequestResponse): Record<string, string> {
  return Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]))
}

async function signIn(...granted: (Permission | 'admin')[]): Promise<Record<string, string>> {
  const { authorization = '' } = await gateway.headers(...granted)
  const answer = await gateway.server.inject({
    method: 'POST',
    url: '/login',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: new URLSearchParams({
      token: authorization.slice('Bearer '.length),
      next: '/queues',
    }).toString(),
  })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('/queues')
  expect(answer.cookies.find(({ name }) => name === 'segue_session')).toMatchObject({
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
  })
  expect(answer.cookies.map(({ value }) => value)).not.toContain(authorization.slice(7))
  return cookiesOf(answer)
}

test('a browser without a session gets a page to sign in, that leads back to where it was', async () => {
  const answer = await ask({ method: 'GET', url: '/queues?x=1' }, { accept: 'text/html,*/*' })
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['content-type']).toContain('text/html')
  expect(answer.payload).toContain('action="/login"')
  expect(answer.payload).toContain('name="next" value="/queues"')
})

test('a token that is not known signs nobody in', async () => {
  const answer = await gateway.server.inject({
    method: 'POST',
    url: '/login',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: 'token=segue_wrong',
  })
  expect([answer.statusCode, answer.cookies]).toEqual([401, []])
})

test('another site cannot sign a browser in', async () => {
  const { authorization = '' } = await gateway.headers('admin')
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://evil.example' },
    {},
  ]) {
    const answer = await gateway.server.inject({
      method: 'POST',
      url: '/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: `token=${authorization.slice(7)}`,
    })
    expect([answer.statusCode, answer.cookies]).toEqual([403, []])
    expect(answer.json().code).toBe('CSRF_REFUSED')
  }
})

test('a session sees the queues as its token would, and no more', async () => {
  const cookies = await signIn('view-queues')
  const list = { method: 'GET' as const, url: '/queues/api/queues', cookies }
  const answer = await gateway.server.inject(list)
  expect(answer.statusCode).toBe(200)
  expect(answer.json().queues[0]).toMatchObject({ readOnlyMode: true })
  const status = await gateway.server.inject({ ...list, url: '/v1/status' })
  expect(status.json()).toMatchObject({ code: 'PERMISSION_MISSING' })
})

test('a change by session needs the origin and the token that only our pages know', async () => {
  const cookies = await signIn('admin')
  const csrf = cookies[csrfCookieName] ?? ''
  const change = (headers: Record<string, string>): Promise<LightMyRequestResponse> =>
    gateway.server.inject({
      method: 'PUT',
      url: `/queues/api/queues/${gateway.sandbox.name}.activation/resume`,
      cookies,
      headers,
    })
  const refused: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { [csrfHeaderName]: csrf },
    { [csrfHeaderName]: csrf, 'sec-fetch-site': 'same-site' },
    { [csrfHeaderName]: csrf, origin: 'http://evil.example', host: 'localhost:80' },
    { [csrfHeaderName]: `${csrf}x`, 'sec-fetch-site': 'same-origin' },
  ]
  for (const headers of refused) {
    const answer = await change(headers)
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'CSRF_REFUSED' }])
  }
  const taken = { [csrfHeaderName]: csrf, 'sec-fetch-site': 'same-origin' }
  expect((await change(taken)).statusCode).toBe(200)
})

test('signing out ends the session for good', async () => {
  const cookies = await signIn('view-queues')
  const page = await gateway.server.inject({ url: '/login', cookies })
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.payload) ?? []
  const signOut = (payload: string): Promise<LightMyRequestResponse> =>
    gateway.server.inject({
      method: 'POST',
      url: '/logout',
      cookies,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      },
      payload,
    })
  expect((await signOut('csrf=wrong')).statusCode).toBe(403)
  const answer = await signOut(`csrf=${csrf}`)
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/login'])
  const after = await gateway.server.inject({ url: '/queues', cookies })
  expect(after.statusCode).toBe(401)
})
