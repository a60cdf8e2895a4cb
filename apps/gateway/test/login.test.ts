import type { Permission } from '@segue/destinations'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csrfCookieName, csrfHeaderName } from '../src/access/session.ts'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

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
  const answer = await gateway.server.inject({
    url: '/queues?x=1',
    headers: { accept: 'text/html,*/*' },
  })
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
