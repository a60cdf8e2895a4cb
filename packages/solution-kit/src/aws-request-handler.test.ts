import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { AwsTrouble, awsRequestHandler } from './aws-request-handler.ts'
import type { HttpClient } from './http.ts'
import type { HttpOutcome } from './http-outcome.ts'
import type { HttpRequest } from './http-request.ts'

/** A client that notes the calls and answers all of them alike. */
function answering(outcome: HttpOutcome) {
  const calls: HttpRequest[] = []
  const http: HttpClient = {
    request: (call) => {
      calls.push(call)
      return Promise.resolve(outcome)
    },
    close: () => Promise.resolve(),
  }
  return { http, calls }
}

const body = '{"a":"é"}'
const answer: HttpOutcome = {
  kind: 'response',
  status: 503,
  headers: { 'retry-after': '7' },
  body,
  bytes: Buffer.from(body),
}
const request = {
  method: 'POST',
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 4711,
  path: '/folder/a%20file',
  headers: { authorization: 'AWS4-HMAC-SHA256 …' },
}

test('a call goes out as it was signed, and its answer comes back whole', async () => {
  const { http, calls } = answering(answer)
  const query = { 'list-type': '2', prefix: "a b/c!'()*", acl: null, tag: ['x', 'y'] }
  const sent = { ...request, query, body: new TextEncoder().encode('bytes') }
  const { response } = await awsRequestHandler(http, 'shared').handle(sent)
  expect(response.statusCode).toBe(503)
  expect(response.headers).toEqual({ 'retry-after': '7' })
  expect(await text(response.body)).toBe(body)
  expect(calls).toEqual([
    {
      method: 'POST',
      url: 'http://127.0.0.1:4711/folder/a%20file?acl&list-type=2&prefix=a%20b%2Fc%21%27%28%29%2A&tag=x&tag=y',
      headers: request.headers,
      body: sent.body,
      budget: 'shared',
    },
  ])
})

test('a call without a body, an address without a port', async () => {
  const { http, calls } = answering(answer)
  const { port: _port, ...bare } = request
  const { signal } = new AbortController()
  await awsRequestHandler(http, 'none').handle(bare, { abortSignal: signal })
  const { method, headers } = request
  const url = 'http://127.0.0.1/folder/a%20file'
  expect(calls).toEqual([{ method, url, headers, signal, budget: 'none' }])
})

test('trouble on the wire is thrown as it is', async () => {
  const trouble = { kind: 'timeout', code: 'TOTAL_TIMEOUT', inDoubt: true } as const
  const { http } = answering(trouble)
  const thrown: unknown = await awsRequestHandler(http, 'none')
    .handle(request)
    .catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(AwsTrouble)
  expect(thrown).toMatchObject({ trouble })
})

test('a body that could be sent only once is refused', async () => {
  const { http, calls } = answering(answer)
  const handler = awsRequestHandler(http, 'none')
  await expect(handler.handle({ ...request, body: {} })).rejects.toThrow(TypeError)
  expect(calls).toEqual([])
})
