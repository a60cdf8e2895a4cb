import type { TokenGrant } from '@segue/redis'
import { expect, test } from 'vitest'
import { loginPage, safeNext } from './login-page.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfTokenOf, isCsrfToken, sessionCookies } from './session.ts'
import { createTokenChecks, rememberedMs } from './token-checks.ts'

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://here:1', host: 'here:1' }, false],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'none' }, false],
  [{ origin: 'http://here:8080', host: 'here:8080' }, true],
  [{ origin: 'https://HERE', host: 'Here' }, true],
  [{ origin: 'http://here:8081', host: 'here:8080' }, false],
  [{ origin: 'http://evil', host: 'here' }, false],
  [{ origin: 'null', host: 'here' }, false],
  [{ origin: 'not a url', host: 'here' }, false],
  [{ host: 'here' }, false],
  [{ origin: 'http://here' }, false],
  [{}, false],
])('headers %j come from a page of this gateway: %s', (headers, expected) => {
  expect(isSameOrigin(headers)).toBe(expected)
})

test('a session has one value that its changes must carry, and it does not tell the session', () => {
  const token = csrfTokenOf('segue_session-one')
  expect(isCsrfToken(token, 'segue_session-one')).toBe(true)
  expect(isCsrfToken(token, 'segue_session-two')).toBe(false)
  expect(token).not.toContain('session-one')
  for (const given of [undefined, '', 'x', [token], { token }, `${token}x`]) {
    expect(isCsrfToken(given, 'segue_session-one')).toBe(false)
  }
})

test('over TLS no other host can set the session', () => {
  expect(sessionCookies(true)).toMatchObject({
    sessionName: '__Host-segue_session',
    options: { secure: true, sameSite: 'strict', path: '/' },
  })
  expect(sessionCookies(false)).toMatchObject({ options: { secure: false, sameSite: 'strict' } })
})

test.each([
  ['/queues', '/queues'],
  ['/queues/queue/prod.activation', '/queues/queue/prod.activation'],
  ['/docs/', '/docs/'],
  ['//evil.example/queues', '/queues'],
  ['/queues//evil.example', '/queues'],
  ['https://evil.example', '/queues'],
  ['/queues\\evil', '/queues'],
  ['/v1/profiles', '/queues'],
  ['/queuesx', '/queues'],
  ['/queues/"><script>', '/queues'],
  [undefined, '/queues'],
])('after signing in %j leads to %j', (given, expected) => {
  expect(safeNext(given)).toBe(expected)
})

test('pages show what is given as text', () => {
  const page = loginPage({
    next: '/queues',
    problem: '<img src=x>',
    signedIn: { name: '"><script>', session: 'segue_secret' },
  })
  expect(page).not.toContain('<img')
  expect(page).not.toContain('<script>')
  expect(page).not.toContain('segue_secret')
})

/** Checks over a store that counts, on a clock that is moved by hand. */
function counted(grants: Record<string, TokenGrant>): {
  checks: ReturnType<typeof createTokenChecks>
  looked: () => number
  pass: (ms: number) => void
} {
  let looked = 0
  let nowMs = 1_000
  const checks = createTokenChecks(
    {
      verify: async (token) => {
        looked += 1
        return grants[token]
      },
    },
    () => nowMs,
  )
  return { checks, looked: () => looked, pass: (ms) => (nowMs += ms) }
}

const grant: TokenGrant = { name: 'one', permissions: ['admin'], createdAtMs: 0 }

test('a valid token is looked up once for a while, and by all who ask at once together', async () => {
  const { checks, looked, pass } = counted({ one: grant })
  expect(await Promise.all([checks.check('one'), checks.check('one')])).toEqual([grant, grant])
  await checks.check('one')
  expect(looked()).toBe(1)
  pass(rememberedMs)
  expect(await checks.check('one')).toEqual(grant)
  expect(looked()).toBe(2)
})

test('a token that is not valid is never remembered, nor one that was forgotten or has expired', async () => {
  const grants = { one: grant, short: { ...grant, expiresAtMs: 1_500 } }
  const { checks, looked, pass } = counted(grants)
  expect(await checks.check('other')).toBeUndefined()
  expect(await checks.check('other')).toBeUndefined()
  expect(looked()).toBe(2)
  await checks.check('one')
  checks.forget('one')
  await checks.check('one')
  expect(looked()).toBe(4)
  await checks.check('short')
  pass(500)
  await checks.check('short')
  expect(looked()).toBe(6)
})

test('a look-up that fails is not held against the token', async () => {
  let fails = true
  const checks = createTokenChecks({
    verify: async () => {
      if (fails) throw new Error('Connection is closed.')
      return grant
    },
  })
  await expect(checks.check('one')).rejects.toThrow('closed')
  fails = false
  expect(await checks.check('one')).toEqual(grant)
})

test('what cannot be a token is not looked up, and those remembered are bounded', async () => {
  let looked = 0
  const checks = createTokenChecks({
    verify: async () => {
      looked += 1
      return grant
    },
  })
  await checks.check('')
  await checks.check('x'.repeat(10_000))
  expect(looked).toBe(0)
  for (let index = 0; index < 1_500; index++) await checks.check(`token-${index}`)
  await checks.check('token-1499')
  expect(looked).toBe(1_500)
  await checks.check('token-0')
  expect(looked).toBe(1_501)
})
