import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { httpClient, unlimited } from '../src/index.ts'
import type { HttpClient, HttpLimits, RateLimiter } from '../src/index.ts'

const opened: { close: () => unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

/** Quick bounds; undici's own timers tick twice a second, so a test waits at most about a second for one. */
const quick: Partial<HttpLimits> = {
  connectTimeoutMs: 300,
  headersTimeoutMs: 300,
  bodyTimeoutMs: 300,
  totalTimeoutMs: 5_000,
}

function client(
  limits: Partial<HttpLimits> = {},
  rateLimiter: RateLimiter = unlimited,
): HttpClient {
  const made = httpClient({ rateLimiter, limits: { ...quick, ...limits } })
  opened.push(made)
  return made
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  opened.unshift({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that does as told with each connection once something was sent on it. */
async function tcp(onRequest: (socket: Socket) => void) {
  const seen = { requests: 0 }
  const at = await listen(
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => {
        seen.requests += 1
        onRequest(socket)
      })
    }),
  )
  return { at, seen }
}

async function web(listener: RequestListener) {
  const server = createHttpServer(listener)
  const seen = { connections: 0 }
  server.on('connection', () => (seen.connections += 1))
  return { at: await listen(server), seen }
}

const post = { method: 'POST', body: 'x=1' }

test('an answer of any status comes back whole, over kept connections', async () => {
  const { at, seen } = await web((request, response) => {
    response.writeHead(418, { 'X-Error': '101', 'Set-Cookie': ['a=1', 'b=2'] })
    response.end(`${request.method} ${request.url} ${request.headers.host} “né”`)
  })
  const http = client()
  for (let call = 0; call < 20; call += 1) {
    const headers = { Host: 'acme.demdex.net' }
    const outcome = await http.request({
      method: 'GET',
      url: `http://${at}/event?a=b%01c`,
      headers,
    })
    const body = 'GET /event?a=b%01c acme.demdex.net “né”'
    expect(outcome).toMatchObject({ kind: 'response', status: 418, body })
    expect(outcome).toMatchObject({ headers: { 'x-error': '101', 'set-cookie': 'a=1,b=2' } })
    expect(outcome.kind === 'response' && Buffer.from(outcome.bytes).toString()).toBe(body)
  }
  // Two, not one: undici opens a second one where a call follows in the very turn in which the last one ended.
  expect(seen.connections).toBeLessThanOrEqual(2)
})

test('a refused connection is not in doubt', async () => {
  const server = createServer()
  const at = await listen(server)
  server.close()
  await once(server, 'close')
  const outcome = await client().request({ ...post, url: `http://${at}/` })
  expect(outcome).toEqual({ kind: 'connect', code: 'ECONNREFUSED', inDoubt: false })
})

test('an unknown host is not in doubt', async () => {
  const outcome = await client().request({ ...post, url: 'http://no-such-host.invalid/' })
  expect(outcome).toMatchObject({ kind: 'connect', inDoubt: false })
})

test('a failed TLS handshake is not in doubt: nothing of the call was in it', async () => {
  const { at } = await tcp((socket) => socket.end('plain'))
  const outcome = await client().request({ ...post, url: `https://${at}/` })
  expect(outcome).toMatchObject({ kind: 'connect', inDoubt: false })
})

test('a TLS handshake without an answer times out, not in doubt', async () => {
  const { at } = await tcp(() => undefined)
  const outcome = await client().request({ ...post, url: `https://${at}/` })
  expect(outcome).toEqual({ kind: 'timeout', code: 'UND_ERR_CONNECT_TIMEOUT', inDoubt: false })
})

test('a server that takes the call and says nothing leaves it in doubt', async () => {
  const { at } = await tcp(() => undefined)
  const outcome = await client().request({ ...post, url: `http://${at}/` })
  expect(outcome).toEqual({ kind: 'timeout', code: 'UND_ERR_HEADERS_TIMEOUT', inDoubt: true })
})

test('a connection that breaks under the call leaves it in doubt, and the call is not repeated', async () => {
  const { at, seen } = await tcp((socket) => socket.destroy())
  const outcome = await client().request({ method: 'GET', url: `http://${at}/` })
  expect(outcome).toMatchObject({ kind: 'dropped', inDoubt: true })
  expect(seen.requests).toBe(1)
})

test('an answer that stops half-way leaves the call in doubt', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'
  const hangs = await tcp((socket) => socket.write(head))
  expect(await client().request({ ...post, url: `http://${hangs.at}/` })).toEqual({
    kind: 'timeout',
    code: 'UND_ERR_BODY_TIMEOUT',
    inDoubt: true,
  })
  const breaks = await tcp((socket) => socket.end(head))
  expect(await client().request({ ...post, url: `http://${breaks.at}/` })).toMatchObject({
    kind: 'dropped',
    inDoubt: true,
  })
})

test('an answer that drips for ever ends at the total time-out', async () => {
  const { at } = await tcp((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write('.'), 20)
    socket.on('close', () => clearInterval(drip))
  })
  const outcome = await client({ totalTimeoutMs: 400 }).request({ ...post, url: `http://${at}/` })
  expect(outcome).toEqual({ kind: 'timeout', code: 'TOTAL_TIMEOUT', inDoubt: true })
})

test('an answer over the bound is cut off', async () => {
  const { at } = await web((_request, response) => response.end('x'.repeat(2_000)))
  const http = client({ maxResponseBytes: 1_999 })
  const outcome = await http.request({ ...post, url: `http://${at}/` })
  expect(outcome).toEqual({ kind: 'too-large', code: 'RESPONSE_TOO_LARGE', inDoubt: true })
})

test('an answer that is not HTTP leaves the call in doubt', async () => {
  const { at } = await tcp((socket) => socket.end('220 smtp ready\r\n'))
  const outcome = await client().request({ ...post, url: `http://${at}/` })
  expect(outcome).toMatchObject({ kind: 'malformed', inDoubt: true })
})

test('the caller may abort: before the call nothing was sent, during it that is in doubt', async () => {
  const arrived = Promise.withResolvers<void>()
  const { at, seen } = await tcp(() => arrived.resolve())
  const http = client({ headersTimeoutMs: 60_000 })
  const call = { ...post, url: `http://${at}/` }
  const unsent = await http.request({ ...call, signal: AbortSignal.abort() })
  expect(unsent).toEqual({ kind: 'aborted', code: 'ABORTED', inDoubt: false })
  expect(seen.requests).toBe(0)
  const abort = new AbortController()
  const underWay = http.request({ ...call, signal: abort.signal })
  await arrived.promise
  abort.abort()
  expect(await underWay).toEqual({ kind: 'aborted', code: 'ABORTED', inDoubt: true })
})

test('a call given up while it waits for a connection is not in doubt and never sent', async () => {
  const released = Promise.withResolvers<void>()
  const urls: (string | undefined)[] = []
  const { at } = await web((request, response) => {
    urls.push(request.url)
    void released.promise.then(() => response.end())
  })
  const http = client({ maxConnections: 1, headersTimeoutMs: 60_000 })
  const first = http.request({ ...post, url: `http://${at}/first` })
  const abort = new AbortController()
  const second = http.request({ ...post, url: `http://${at}/second`, signal: abort.signal })
  abort.abort()
  expect(await second).toMatchObject({ kind: 'aborted', inDoubt: false })
  released.resolve()
  expect(await first).toMatchObject({ kind: 'response' })
  expect(await http.request({ ...post, url: `http://${at}/third` })).toMatchObject({ status: 200 })
  expect(urls).toEqual(['/first', '/third'])
})

test('without budget nothing is sent, and the limiter’s answer comes back', async () => {
  const { at, seen } = await web((_request, response) => response.end())
  const waits: number[] = []
  const empty: RateLimiter = {
    take: (deadlineMs) => {
      waits.push(deadlineMs)
      return Promise.resolve(700)
    },
  }
  const http = client({ budgetWaitMs: 123 }, empty)
  const outcome = await http.request({ ...post, url: `http://${at}/` })
  expect(outcome).toEqual({ kind: 'rate-limited', afterMs: 700, inDoubt: false })
  expect(waits).toEqual([123])
  expect(seen.connections).toBe(0)
  const free = await http.request({ ...post, url: `http://${at}/`, budget: 'none' })
  expect(free).toMatchObject({ status: 200 })
})

test('a call that cannot be written is told so, not thrown', async () => {
  const { at } = await web((_request, response) => response.end())
  const headers = { authorization: 'Bearer a\r\nb' }
  expect(await client().request({ ...post, url: `http://${at}/`, headers })).toMatchObject({
    kind: 'invalid',
    inDoubt: false,
  })
  expect(await client().request({ ...post, url: 'not a url' })).toMatchObject({ kind: 'invalid' })
})

test('a closed client says so', async () => {
  const http = client()
  await http.close()
  expect(await http.request({ ...post, url: 'http://127.0.0.1:1/' })).toEqual({
    kind: 'closed',
    code: 'CLIENT_CLOSED',
    inDoubt: false,
  })
})
