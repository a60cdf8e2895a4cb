import { hash } from 'node:crypto'
import { administratorRole, permissions } from '@segue/destinations'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, until } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
/** Another gateway of the same organisation. */
let other: TestGateway
let admin: Record<string, string>
let here: string
let there: string
beforeAll(async () => {
  gateway = await startGateway()
  here = gateway.name
  there = here.slice(0, 20)
  other = await startGateway({}, here)
  admin = await gateway.headers('admin')
})
afterAll(async () => {
  await other.close()
  await gateway.close()
})

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

async function ask(
  method: Method,
  url: string,
  headers: Record<string, string>,
  payload?: object,
  on: TestGateway = gateway,
): Promise<LightMyRequestResponse> {
  return on.server.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
}

const role = (name: string, more: object = {}): object => ({
  name,
  description: 'for a test',
  permissions: ['data-monitoring'],
  sandboxes: [here],
  ...more,
})

async function issue(
  roles: string[],
  more: object = {},
  by = admin,
): Promise<{ id: string; headers: Record<string, string>; token: string }> {
  const answer = await ask('POST', '/v1/tokens', by, { name: 'ana', roles, ...more })
  expect(answer.statusCode).toBe(201)
  const { id, token } = answer.json()
  return { id, token, headers: { authorization: `Bearer ${token}`, 'x-sandbox-name': here } }
}

test('a role is created, read, changed by its etag and deleted', async () => {
  const name = 'Marketing / Süd'
  const made = await ask('POST', '/v1/roles', admin, role(name))
  expect([made.statusCode, made.json()]).toMatchObject([
    201,
    {
      name,
      permissions: ['data-monitoring'],
      sandboxes: [here],
      builtIn: false,
      createdBy: 'test',
    },
  ])
  expect(made.headers.etag).toBe(made.json().etag)
  expect((await ask('POST', '/v1/roles', admin, role(name))).json()).toMatchObject({
    status: 409,
    code: 'ROLE_EXISTS',
  })
  const url = `/v1/roles/${encodeURIComponent(name)}`
  expect((await ask('GET', url, admin)).json()).toEqual(made.json())
  const { roles } = (await ask('GET', '/v1/roles', admin)).json()
  expect(roles.map((one: { name: string }) => one.name).slice(0, 3)).toEqual([
    administratorRole,
    'Default production all access',
    'Sandbox Administrators',
  ])
  expect(roles).toContainEqual(made.json())

  const change = { description: '', permissions: ['view-profiles'], sandboxes: ['*'] }
  const ifMatch = { ...admin, 'if-match': made.json().etag }
  expect((await ask('PUT', url, admin, change)).json()).toMatchObject({ code: 'IF_MATCH_MISSING' })
  const changed = await ask('PUT', url, ifMatch, change)
  expect([changed.statusCode, changed.json()]).toMatchObject([200, { name, ...change }])
  const stale = await ask('PUT', url, ifMatch, change)
  expect([stale.statusCode, stale.json().code]).toEqual([412, 'ETAG_STALE'])
  expect((await ask('DELETE', url, ifMatch)).statusCode).toBe(412)
  expect((await ask('DELETE', url, admin)).statusCode).toBe(204)
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await ask(method, url, admin)).json()).toMatchObject({
      status: 404,
      code: 'ROLE_UNKNOWN',
    })
  }
})

test.each([
  ['/permissions/0', { permissions: ['admin'] }],
  ['/sandboxes/0', { sandboxes: ['Prod'] }],
  ['/sandboxes', { sandboxes: [] }],
  ['/name', { name: ' x' }],
  ['/name', { name: 'x\u0000y' }],
  ['', { more: 1 }],
])('a role that is wrong at %s is refused', async (pointer, more) => {
  const answer = await ask('POST', '/v1/roles', admin, role('wrong', more))
  expect([answer.statusCode, answer.json()]).toMatchObject([
    400,
    {
      code: 'REQUEST_INVALID',
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
    },
  ])
})

test('built-in roles stay, and so does one that a token has', async () => {
  const url = '/v1/roles/Sandbox%20Administrators'
  expect((await ask('DELETE', url, admin)).json()).toMatchObject({
    status: 409,
    code: 'ROLE_BUILT_IN',
  })
  await ask('POST', '/v1/roles', admin, role('in use'))
  const { id } = await issue(['in use'])
  const used = await ask('DELETE', '/v1/roles/in%20use', admin)
  expect([used.statusCode, used.json().code]).toEqual([409, 'ROLE_IN_USE'])
  await ask('DELETE', `/v1/tokens/${id}`, admin)
  expect((await ask('DELETE', '/v1/roles/in%20use', admin)).statusCode).toBe(204)
})

test('a token is shown once, works everywhere, is listed without itself, and ends when it is revoked', async () => {
  await ask('POST', '/v1/roles', admin, role('monitors'))
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const { id, token, headers } = await issue(['monitors'], { expiresAt })
  for (const on of [gateway, other]) {
    expect((await ask('GET', '/v1/status', headers, undefined, on)).statusCode).toBe(200)
  }
  const list = await ask('GET', '/v1/tokens', admin)
  expect(list.json().tokens).toContainEqual({
    id,
    name: 'ana',
    roles: ['monitors'],
    createdAt: expect.any(String),
    expiresAt,
    createdBy: 'test',
    ending: token.slice(-4),
    session: false,
  })
  expect(list.payload).not.toContain(token.slice(0, -4))

  expect((await ask('DELETE', `/v1/tokens/${id}`, admin)).statusCode).toBe(204)
  expect((await ask('GET', '/v1/status', headers)).json()).toMatchObject({ code: 'TOKEN_INVALID' })
  await until('the other gateway has noticed', async () => {
    return (await ask('GET', '/v1/status', headers, undefined, other)).statusCode === 401
  })
  const again = await ask('DELETE', `/v1/tokens/${id}`, admin)
  expect([again.statusCode, again.json().code]).toEqual([404, 'TOKEN_UNKNOWN'])
})

test('what a role allows is changed for tokens that are out there, at every gateway', async () => {
  const made = await ask('POST', '/v1/roles', admin, role('changing'))
  const { headers } = await issue(['changing'])
  const statusOf = async (on: TestGateway): Promise<number> =>
    (await ask('GET', '/v1/status', headers, undefined, on)).statusCode
  expect([await statusOf(gateway), await statusOf(other)]).toEqual([200, 200])
  await ask(
    'PUT',
    '/v1/roles/changing',
    { ...admin, 'if-match': made.json().etag },
    {
      description: '',
      permissions: [],
      sandboxes: [here],
    },
  )
  expect(await statusOf(gateway)).toBe(403)
  await until('the other gateway has noticed', async () => (await statusOf(other)) === 403)
})

test('a token that has expired is refused, and one that would have is not issued', async () => {
  const { token } = await gateway.tokens.issue({
    name: 'old',
    roles: [administratorRole],
    expiresAtMs: Date.now() - 1,
  })
  const answer = await ask('GET', '/v1/status', { authorization: `Bearer ${token}` })
  expect([answer.statusCode, answer.json().code]).toEqual([401, 'TOKEN_INVALID'])
  for (const expiresAt of ['2020-01-01T00:00:00Z', 'soon']) {
    const refused = await ask('POST', '/v1/tokens', admin, { name: 'x', roles: [], expiresAt })
    expect(refused.statusCode).toBe(400)
  }
  const unknown = await ask('POST', '/v1/tokens', admin, { name: 'x', roles: ['no such'] })
  expect([unknown.statusCode, unknown.json()]).toMatchObject([
    400,
    { code: 'TOKEN_ROLES_UNKNOWN', roles: ['no such'] },
  ])
})

test('who manages access in one sandbox cannot make more of it', async () => {
  const own = { permissions: ['manage-access', 'data-monitoring'], sandboxes: [there] }
  await ask('POST', '/v1/roles', admin, role('access there', own))
  await ask('POST', '/v1/roles', admin, role('monitors there', { sandboxes: [there] }))
  await ask('POST', '/v1/roles', admin, role('mighty'))
  const mighty = await issue(['mighty'])
  const { headers } = await issue(['access there'])
  const refused: [Method, string, object?][] = [
    ['POST', '/v1/tokens', { name: 'x', roles: [administratorRole] }],
    ['POST', '/v1/tokens', { name: 'x', roles: ['monitors there', 'mighty'] }],
    ['POST', '/v1/roles', role('x')],
    ['POST', '/v1/roles', role('x', { sandboxes: ['*'] })],
    ['POST', '/v1/roles', role('x', { ...own, permissions: ['view-profiles'] })],
    ['DELETE', '/v1/roles/mighty'],
    ['DELETE', `/v1/tokens/${mighty.id}`],
  ]
  for (const [method, url, payload] of refused) {
    const answer = await ask(method, url, headers, payload)
    expect([method, url, answer.statusCode, answer.json()]).toMatchObject([
      method,
      url,
      403,
      { code: 'RIGHTS_EXCEEDED', lacking: expect.arrayContaining([expect.anything()]) },
    ])
  }
  const made = await ask('POST', '/v1/roles', headers, role('mine', { sandboxes: [there] }))
  expect(made.statusCode).toBe(201)
  await issue(['mine', 'monitors there', 'access there'], {}, headers)
  expect((await ask('GET', '/v1/status', mighty.headers)).statusCode).toBe(200)
})

test("the last administrator's token cannot be revoked", async () => {
  const alone = await startGateway()
  try {
    const headers = await alone.headers('admin')
    const [only] = await alone.tokens.list()
    const id = only?.id
    const answer = await ask('DELETE', `/v1/tokens/${id}`, headers, undefined, alone)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'LAST_ADMINISTRATOR'])
    await alone.headers('admin')
    expect((await ask('DELETE', `/v1/tokens/${id}`, headers, undefined, alone)).statusCode).toBe(
      204,
    )
    expect((await ask('GET', '/v1/me', headers, undefined, alone)).statusCode).toBe(401)
  } finally {
    await alone.close()
  }
})

test('issuing and revoking are in the audit, and no token is', async () => {
  const { id, token } = await issue([])
  await ask('DELETE', `/v1/tokens/${id}`, admin)
  const events = await gateway.configuration.audit({ limit: 10_000 })
  expect(events.filter((event) => event.id === id)).toMatchObject([
    { actor: 'test', action: 'created', kind: 'token', after: { name: 'ana', roles: [] } },
    { actor: 'test', action: 'deleted', kind: 'token', before: { name: 'ana', roles: [] } },
  ])
  expect(JSON.stringify(events)).not.toContain(token.slice(0, -4))
  expect(gateway.logged()).not.toContain(token.slice(0, -4))
})

test('anybody with a token sees what it allows, and where', async () => {
  const { headers } = await issue(['monitors', 'Sandbox Administrators'])
  expect((await ask('GET', '/v1/me', headers)).json()).toEqual({
    name: 'ana',
    imsOrgId: 'segue@AdobeOrg',
    roles: ['monitors', 'Sandbox Administrators'],
    unknownRoles: [],
    sandboxes: [
      {
        name: here,
        permissions: ['data-monitoring', 'view-sandboxes', 'manage-sandboxes', 'reset-sandboxes'],
        mayConnect: false,
        mayActivate: false,
      },
      {
        name: there,
        permissions: ['view-sandboxes', 'manage-sandboxes', 'reset-sandboxes'],
        mayConnect: false,
        mayActivate: false,
      },
    ],
  })
  const { token } = await gateway.tokens.issue({ name: 'x', roles: ['monitors', 'no such'] })
  const bound = await ask('GET', '/v1/me', { authorization: `Bearer ${token}` })
  expect(bound.json()).toMatchObject({
    roles: ['monitors'],
    unknownRoles: ['no such'],
    sandboxes: [{ name: here, permissions: ['data-monitoring'] }],
  })
  expect((await ask('GET', '/v1/me', admin)).json()).toMatchObject({
    sandboxes: [
      { permissions: Object.keys(permissions), mayConnect: true, mayActivate: true },
      { mayConnect: true, mayActivate: true },
    ],
  })
})

test('effective policies are those of the sandbox of the request', async () => {
  const { headers } = await issue(['monitors'])
  const policies = async (sandbox: string): Promise<unknown> => {
    const url = '/data/foundation/access-control/acl/effective-policies'
    const asked = [
      '/permissions/data-monitoring',
      '/permissions/view-profiles',
      '/resource-types/monitoring',
    ]
    return (await ask('POST', url, { ...headers, 'x-sandbox-name': sandbox }, asked)).json()
  }
  expect(await policies(here)).toEqual({
    policies: { '/permissions/data-monitoring': ['*'], '/resource-types/monitoring': ['read'] },
  })
  expect(await policies(there)).toEqual({ policies: {} })
})

test('a token of before there were roles goes on working where it was an administrator’s', async () => {
  const { token, headers } = await issue([])
  const key = `{segue:${here}}:tokens`
  await gateway.redis.hset(
    key,
    hash('sha256', token, 'hex'),
    JSON.stringify({ name: 'old', permissions: ['admin'], createdAtMs: 1 }),
  )
  expect((await ask('GET', '/v1/roles', headers)).statusCode).toBe(200)
})

function signIn(token: string): Promise<LightMyRequestResponse> {
  return gateway.server.inject({
    method: 'POST',
    url: '/login',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: new URLSearchParams({ token }).toString(),
  })
}

test('a browser session ends with the token that it was made from', async () => {
  const { id, token } = await issue([administratorRole])
  const signedIn = await signIn(token)
  const cookies = Object.fromEntries(signedIn.cookies.map(({ name, value }) => [name, value]))
  const me = (): Promise<LightMyRequestResponse> =>
    gateway.server.inject({ url: '/v1/me', cookies })
  expect((await me()).statusCode).toBe(200)
  const { tokens } = (await ask('GET', '/v1/tokens', admin)).json()
  expect(tokens.filter((one: { session: boolean }) => one.session)).toMatchObject([{ name: 'ana' }])
  await ask('DELETE', `/v1/tokens/${id}`, admin)
  expect((await me()).statusCode).toBe(401)

  // Revoked elsewhere, and remembered here: no session is made from it.
  const second = await issue([administratorRole])
  expect((await ask('GET', '/v1/me', second.headers)).statusCode).toBe(200)
  await gateway.tokens.revoke(second.id)
  const late = await signIn(second.token)
  expect([late.statusCode, late.cookies]).toEqual([401, []])
})
