import { expect, test } from 'vitest'
import { loginPage, safeNext } from './login-page.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfTokenOf, isCsrfToken, sessionCookies } from './session.ts'

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
