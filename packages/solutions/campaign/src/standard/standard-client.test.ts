import { expect, test } from 'vitest'
import { Secret, tokenCache } from '@segue/solution-kit'
import type { HttpClient, HttpOutcome, HttpRequest } from '@segue/solution-kit'
import { standardClient } from './standard-client.ts'

function answered(status: number, body = '', headers: Record<string, string> = {}): HttpOutcome {
  return { kind: 'response', status, headers, body, bytes: new Uint8Array() }
}

const tokenInvalid = answered(401, '{"error_code":"401013","message":"Oauth token is not valid"}')
const fine = answered(200, '{"content":[]}', { 'x-request-id': 'abc-1' })

/** A client whose server answers each call by its token. */
function clientOver(answer: (token: string) => HttpOutcome) {
  const requests: HttpRequest[] = []
  let fetched = 0
  const http: HttpClient = {
    request: (request) => {
      requests.push(request)
      const token = request.headers?.['authorization'] ?? ''
      return Promise.resolve(answer(token.replace('Bearer ', '')))
    },
    close: () => Promise.resolve(),
  }
  const tokens = tokenCache({
    fetch: () => {
      fetched += 1
      const secret = new Secret(`T${fetched}`)
      return Promise.resolve({ kind: 'token', secret, expiresInMs: 3_600_000 })
    },
  })
  const url = 'https://mc.adobe.example/acme/campaign'
  const call = standardClient({ http, url, clientId: 'key', tokens, nowMs: () => 0 })
  return { call, requests, fetchedCount: () => fetched }
}

const path = { method: 'GET', at: { path: 'profileAndServices/service' } } as const

test('a call goes below the organization, with the documented headers', async () => {
  const { call, requests } = clientOver(() => fine)
  const outcome = await call({ ...path, query: { _lineCount: '200', q: 'a&b=c' } })
  expect(outcome).toEqual({ kind: 'answer', body: { content: [] }, requestId: 'abc-1' })
  expect(String(requests[0]?.url)).toBe(
    'https://mc.adobe.example/acme/campaign/profileAndServices/service?_lineCount=200&q=a%26b%3Dc',
  )
  expect(requests[0]?.headers).toEqual({
    accept: 'application/json',
    authorization: 'Bearer T1',
    'x-api-key': 'key',
    'content-type': 'application/json',
    'cache-control': 'no-cache',
  })
})

test('an address that Campaign returned is used as it is, at this host only', async () => {
  const { call, requests } = clientOver(() => fine)
  const href = 'https://mc.adobe.example/acme/campaign/profileAndServices/profile/@x_1/?a=1'
  await call({ method: 'GET', at: { href }, query: { _lineCount: '5' } })
  expect(String(requests[0]?.url)).toBe(`${href}&_lineCount=5`)
  for (const foreign of [
    'https://evil.example/x',
    'http://mc.adobe.example/x',
    '//evil.example/x',
    'file:///etc',
  ]) {
    expect(await call({ method: 'GET', at: { href: foreign } })).toMatchObject({
      kind: 'refused',
      refusal: { status: 'misconfigured', code: 'HREF_FOREIGN', setting: 'url' },
    })
  }
  expect(requests).toHaveLength(1)
})

test('a hundred calls refused at once cause one new token, and each goes again once', async () => {
  const { call, requests, fetchedCount } = clientOver((token) =>
    token === 'T1' ? tokenInvalid : fine,
  )
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => call(path)))
  expect(outcomes.every(({ kind }) => kind === 'answer')).toBe(true)
  expect(fetchedCount()).toBe(2)
  expect(requests).toHaveLength(200)
})

test('a gateway that takes no token names the credential after one repeat', async () => {
  const { call, requests } = clientOver(() => tokenInvalid)
  expect(await call(path)).toMatchObject({
    kind: 'refused',
    refusal: { status: 'misconfigured', code: 'TOKEN_INVALID', setting: 'clientId' },
  })
  expect(requests).toHaveLength(2)
})

test('nothing else is repeated, and no text of an error gets out', async () => {
  const secret = 'somebody@mail.example'
  const hung: HttpOutcome = { kind: 'timeout', code: 'UND_ERR_HEADERS_TIMEOUT', inDoubt: true }
  const expected: readonly (readonly [HttpOutcome, object])[] = [
    [answered(204), { kind: 'answer', body: undefined }],
    [
      answered(200, '<html>'),
      { kind: 'refused', refusal: { code: 'ANSWER_UNREADABLE', inDoubt: true } },
    ],
    [answered(404, `RST-360011 ${secret}`), { kind: 'error', class: 'unknown-record' }],
    [answered(500, `RST-360011 ${secret}`), { kind: 'error', class: 'refused' }],
    [answered(500, `{"code":500,"message":"RST-360011 ${secret}"}`), { class: 'refused' }],
    [answered(404, '{"error_code":"404040"}'), { refusal: { setting: 'url' } }],
    [answered(500, secret), { kind: 'refused', refusal: { code: 'HTTP_500', inDoubt: true } }],
    [answered(502, `{"code":502,"message":"Oops. ${secret}"}`), { kind: 'error', class: 'retry' }],
    [
      answered(429, '{"error_code":"429050"}', { 'retry-after': '7' }),
      { kind: 'error', refusal: { status: 'retry', scope: 'solution', afterMs: 7_000 } },
    ],
    [answered(403, '{"error_code":"403023"}'), { refusal: { setting: 'clientId' } }],
    [answered(400, secret), { kind: 'refused', refusal: { status: 'rejected', kind: 'failed' } }],
    [hung, { kind: 'refused', refusal: { status: 'retry', inDoubt: true, scope: 'row' } }],
  ]
  for (const [answer, outcome] of expected) {
    const { call, requests } = clientOver(() => answer)
    const got = await call(path)
    expect(got).toMatchObject(outcome)
    expect(requests).toHaveLength(1)
    expect(JSON.stringify(got)).not.toContain(secret)
  }
})
