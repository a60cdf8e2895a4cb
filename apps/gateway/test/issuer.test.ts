import { generateKeyPair, SignJWT } from 'jose'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createIssuer } from '../src/access/issuer.ts'
import type { IssuerOptions } from '../src/access/issuer.ts'
import { startLocalIssuer } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let local: LocalIssuer
let gateway: TestGateway
beforeAll(async () => {
  local = await startLocalIssuer()
  gateway = await startGateway({
    SEGUE_OIDC_ISSUER: local.url,
    SEGUE_OIDC_AUDIENCE: 'segue',
    SEGUE_OIDC_ROLES_CLAIM: 'realm_access.roles',
    SEGUE_OIDC_NAME_CLAIM: 'email',
  })
})
afterEach(() => local.answerWith(undefined))
afterAll(async () => {
  await gateway.close()
  await local.close()
})

function me(token: string): Promise<LightMyRequestResponse> {
  return gateway.server.inject({ url: '/v1/me', headers: { authorization: `Bearer ${token}` } })
}

/** An issuer as a gateway just started has it. */
function fresh(more: Partial<IssuerOptions> = {}): ReturnType<typeof createIssuer> {
  const { url } = local
  return createIssuer({
    issuer: url,
    audience: 'segue',
    rolesClaim: 'roles',
    nameClaim: 'name',
    restMs: 0,
    ...more,
  })
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000)
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const invalid = expect.objectContaining({ code: 'TOKEN_INVALID' })

test('a signed token stands for whom its claims name, with the roles that exist here', async () => {
  const roles = ['Sandbox Administrators', 'no such role']
  const token = await local.sign({ email: 'ana@example.com', realm_access: { roles } })
  expect((await me(token)).json()).toMatchObject({
    name: 'ana@example.com',
    roles: ['Sandbox Administrators'],
    unknownRoles: ['no such role'],
    expiresAt: expect.any(String),
    sandboxes: [{ permissions: ['view-sandboxes', 'manage-sandboxes', 'reset-sandboxes'] }, {}],
  })
  const status = { url: '/v1/status', headers: { authorization: `Bearer ${token}` } }
  expect((await gateway.server.inject(status)).json()).toMatchObject({ code: 'PERMISSION_MISSING' })
  const none = await local.sign({ realm_access: 'nothing' })
  expect((await me(none)).json()).toMatchObject({ name: 'subject-1', roles: [], sandboxes: [] })
})

test('a browser signs in with one, no longer than it lasts', async () => {
  const exp = nowSeconds() + 600
  const token = await local.sign({ exp, realm_access: { roles: ['administrator'] } })
  const answer = await gateway.server.inject({
    method: 'POST',
    url: '/login',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: new URLSearchParams({ token }).toString(),
  })
  expect(answer.statusCode).toBe(303)
  const cookies = Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]))
  const { expiresAt, roles } = (await gateway.server.inject({ url: '/v1/me', cookies })).json()
  expect(roles).toEqual(['administrator'])
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual((exp + 10) * 1_000)
})

test.each([
  ['expired', () => local.sign({ exp: nowSeconds() - 60 }), 'expired'],
  ['not valid yet', () => local.sign({ nbf: nowSeconds() + 60 }), '"nbf"'],
  ['for another audience', () => local.sign({ aud: 'other' }), '"aud"'],
  ["another issuer's", () => local.sign({ iss: 'https://other.example' }), '"iss"'],
  ['without an end', () => local.sign({}, {}, ['exp']), '"exp"'],
  ["nobody's", () => local.sign({}, {}, ['sub']), '"sub"'],
  ['of a key that is not known', () => local.sign({}, { kid: 'key-0' }), 'no key'],
  [
    'signed by another key with the same name',
    async () => {
      const { privateKey } = await generateKeyPair('ES256')
      return new SignJWT({ iss: local.url, aud: 'segue', sub: 'x', exp: nowSeconds() + 60 })
        .setProtectedHeader({ alg: 'ES256', kid: local.publicKey().kid ?? '' })
        .sign(privateKey)
    },
    'signature',
  ],
  [
    'not signed at all',
    async () => {
      const claims = { iss: local.url, aud: 'segue', sub: 'x', exp: nowSeconds() + 60 }
      return `${base64({ alg: 'none' })}.${base64(claims)}.`
    },
    'algorithm',
  ],
  [
    'signed by the public key as if it were a secret',
    () =>
      new SignJWT({ iss: local.url, aud: 'segue', sub: 'x', exp: nowSeconds() + 60 })
        .setProtectedHeader({ alg: 'HS256', kid: local.publicKey().kid ?? '' })
        .sign(new TextEncoder().encode(JSON.stringify(local.publicKey()))),
    'algorithm',
  ],
  [
    'changed after it was signed',
    async () => {
      const [head, , signature] = (await local.sign()).split('.')
      const claims = { iss: local.url, aud: 'segue', sub: 'y', exp: nowSeconds() + 60 }
      return `${head}.${base64(claims)}.${signature}`
    },
    'signature',
  ],
  ['rubbish in three parts', async () => 'a.b.c', 'cannot|can be checked'],
])('a token that is %s is refused, and told why', async (_, make, why) => {
  const answer = await me(await make())
  expect([answer.statusCode, answer.json()]).toMatchObject([
    401,
    { code: 'TOKEN_INVALID', detail: expect.stringMatching(why) },
  ])
})

test('a key that is not known is looked for, but not for every token', async () => {
  const issuer = fresh({ refetchMs: 0 })
  await issuer.verify(await local.sign())
  await local.rotate()
  // Rotated: found by another look.
  expect(await issuer.verify(await local.sign({ roles: 'a b' }))).toMatchObject({
    roles: ['a', 'b'],
  })
  const patient = fresh()
  await patient.verify(await local.sign())
  const before = local.lookedUp()
  for (let index = 0; index < 5; index++) {
    const unknown = patient.verify(await local.sign({}, { kid: `other-${index}` }))
    await expect(unknown).rejects.toEqual(invalid)
  }
  expect(local.lookedUp()).toBe(before)
})

test.each([
  ['fails', 500, ''],
  ['answers no JSON', 200, '<html>'],
  ['answers without end', 200, `"${'x'.repeat(300_000)}"`],
  ['calls itself otherwise', 200, '{"issuer":"https://other.example","jwks_uri":"http://x/"}'],
])('an issuer that %s is no fault of the token', async (_, status, body) => {
  const token = await local.sign()
  const failures: unknown[] = []
  const issuer = fresh({ failed: (error) => failures.push(error) })
  local.answerWith(status, body)
  await expect(issuer.verify(token)).rejects.toMatchObject({
    code: 'ISSUER_UNAVAILABLE',
    status: 503,
    retryAfter: expect.any(Number),
  })
  local.answerWith(undefined)
  expect(await issuer.verify(token)).toMatchObject({ name: 'subject-1' })
})

test('an issuer that is away is told as 503, asked no more than now and then, and other tokens go on', async () => {
  const away = await startLocalIssuer()
  const token = await away.sign()
  await away.close()
  const failures: unknown[] = []
  const issuer = fresh({
    issuer: away.url,
    restMs: 60_000,
    failed: (error) => failures.push(error),
  })
  for (let index = 0; index < 5; index++) {
    await expect(issuer.verify(token)).rejects.toMatchObject({ code: 'ISSUER_UNAVAILABLE' })
  }
  expect(failures).toHaveLength(1)

  const other = await startGateway({
    SEGUE_OIDC_ISSUER: away.url,
    SEGUE_OIDC_AUDIENCE: 'segue',
    SEGUE_AUTH_FAILURES_PER_MINUTE: '1',
  })
  try {
    const ask = async (headers: Record<string, string>): Promise<unknown> => {
      const remoteAddress = '198.19.0.1'
      const answer = await other.server.inject({ url: '/v1/status', headers, remoteAddress })
      return [answer.statusCode, answer.json().code, answer.headers['retry-after']]
    }
    // That it cannot be checked is no guess, however often.
    for (let index = 0; index < 3; index++) {
      const headers = { authorization: `Bearer ${token}` }
      expect(await ask(headers)).toEqual([503, 'ISSUER_UNAVAILABLE', '2'])
    }
    expect(await ask(await other.headers('data-monitoring'))).toEqual([200, undefined, undefined])
    expect(other.logged()).toContain('could not be asked')
    expect(other.logged()).not.toContain(token)
  } finally {
    await other.close()
  }
})

test('keys that were had once go on to be good while the issuer is away', async () => {
  const issuer = fresh()
  await issuer.warm()
  local.answerWith(503)
  expect(await issuer.verify(await local.sign({ name: 'ana' }))).toMatchObject({ name: 'ana' })
})
