import { expect, test } from 'vitest'
import { Secret, tokenCache } from '@segue/solution-kit'
import type { HttpClient, HttpOutcome, HttpRequest, HttpResponse } from '@segue/solution-kit'
import { marketoClient } from './marketo-client.ts'

function ok(body: object): HttpOutcome {
  return { ...answered(200), body: JSON.stringify(body) }
}

function says(code: string): HttpOutcome {
  return ok({ requestId: 'r', success: false, errors: [{ code, message: 'a@b.example' }] })
}

function gateway(status: number, code: string): HttpOutcome {
  return { ...answered(status), body: JSON.stringify({ error_code: code, message: 'a@b.example' }) }
}

function answered(status: number): HttpResponse {
  return { kind: 'response', status, headers: {}, body: '<html>', bytes: new Uint8Array() }
}

const fine = ok({ requestId: 'r', success: true, result: [] })

/** A client whose server answers each call by its token and count. */
function clientOver(answer: (token: string, calls: number) => HttpOutcome) {
  const requests: HttpRequest[] = []
  let fetched = 0
  const http: HttpClient = {
    request: (request) => {
      requests.push(request)
      const token = request.headers?.['authorization'] ?? ''
      return Promise.resolve(answer(token.replace('Bearer ', ''), requests.length))
    },
    close: () => Promise.resolve(),
  }
  const tokens = tokenCache({
    fetch: () => {
      fetched += 1
      return Promise.resolve({
        kind: 'token',
        secret: new Secret(`T${fetched}`),
        expiresInMs: 3_600_000,
      })
    },
  })
  const restUrl = new URL('http://127.0.0.1:9/marketo/')
  const call = marketoClient({ http, restUrl, tokens, nowMs: () => 0 })
  return { call, requests, fetchedCount: () => fetched }
}

const lookup = { method: 'GET', path: 'rest/v1/leads.json', query: 'a=b' } as const

test('a call carries the token in its header only, and goes below the endpoint’s path', async () => {
  const { call, requests } = clientOver(() => fine)
  expect(await call(lookup)).toMatchObject({ kind: 'answer', answer: { requestId: 'r' } })
  expect(requests).toHaveLength(1)
  expect(String(requests[0]?.url)).toBe('http://127.0.0.1:9/marketo/rest/v1/leads.json?a=b')
  expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer T1' })
})

test.each(['601', '602'])('%s: the token is dropped and the call repeated once', async (code) => {
  const { call, requests } = clientOver((token) => (token === 'T1' ? says(code) : fine))
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  expect(requests).toHaveLength(2)
})

test('HTTP 401 is read the same way', async () => {
  const { call, requests } = clientOver((token) => (token === 'T1' ? answered(401) : fine))
  expect(await call(lookup)).toMatchObject({ kind: 'answer' })
  expect(requests).toHaveLength(2)
})

test('a hundred calls refused at once cause one new token', async () => {
  const { call, requests, fetchedCount } = clientOver((token) =>
    token === 'T1' ? says('602') : fine,
  )
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => call(lookup)))
  expect(outcomes.every((outcome) => outcome.kind === 'answer')).toBe(true)
  expect(fetchedCount()).toBe(2)
  expect(requests).toHaveLength(200)
})

test('a server that takes no token pauses the solution after one repeat', async () => {
  const { call, requests } = clientOver(() => says('602'))
  expect(await call(lookup)).toEqual({
    kind: 'refused',
    refusal: expect.objectContaining({ status: 'retry', scope: 'solution', inDoubt: false }),
  })
  expect(requests).toHaveLength(2)
})

test('nothing else is repeated, and each answer is read as what it is', async () => {
  const hung: HttpOutcome = { kind: 'timeout', code: 'UND_ERR_HEADERS_TIMEOUT', inDoubt: true }
  const expected: readonly (readonly [HttpOutcome, object])[] = [
    [says('606'), { kind: 'error', code: '606', refusal: { code: 'RATE_LIMIT' } }],
    [answered(413), { kind: 'too-large' }],
    [answered(414), { kind: 'too-large' }],
    [answered(500), { kind: 'refused', refusal: { status: 'retry', inDoubt: true, scope: 'row' } }],
    [answered(200), { kind: 'refused', refusal: { status: 'retry', inDoubt: true } }],
    [answered(404), { kind: 'refused', refusal: { status: 'rejected', kind: 'failed' } }],
    [gateway(429, '4290801'), { kind: 'error', refusal: { code: 'DAILY_QUOTA' } }],
    [gateway(403, '403023'), { kind: 'error', refusal: { setting: 'clientId' } }],
    [gateway(503, '999999'), { kind: 'refused', refusal: { code: 'HTTP_503' } }],
    [hung, { kind: 'refused', refusal: { status: 'retry', inDoubt: true, scope: 'row' } }],
  ]
  for (const [answer, outcome] of expected) {
    const { call, requests } = clientOver(() => answer)
    const got = await call(lookup)
    expect(got).toMatchObject(outcome)
    expect(requests).toHaveLength(1)
    // Marketo's messages are not ours to pass on: they may name a person.
    expect(JSON.stringify(got)).not.toContain('a@b.example')
  }
})
