import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

const failuresMax = 5
let gateway: TestGateway
let other: TestGateway
beforeAll(async () => {
  const settings = {
    SEGUE_AUTH_FAILURES_PER_MINUTE: String(failuresMax),
    SEGUE_TRUSTED_PROXIES: '127.0.0.0/8',
  }
  gateway = await startGateway(settings)
  other = await startGateway(settings, gateway.name)
})
afterAll(async () => {
  await other.close()
  await gateway.close()
})

let addresses = 0
/** An address that nobody has used. */
function address(): string {
  addresses += 1
  return `198.18.${process.pid % 250}.${addresses}`
}

function ask(
  from: string,
  headers: Record<string, string>,
  on: TestGateway = gateway,
): Promise<LightMyRequestResponse> {
  return on.server.inject({ url: '/v1/status', headers, remoteAddress: from })
}

function guess(from: string, on: TestGateway = gateway): Promise<LightMyRequestResponse> {
  return ask(from, { authorization: `Bearer segue_${Math.random()}` }, on)
}

test('after so many guesses from an address all further ones are refused, at every gateway', async () => {
  const from = address()
  for (let index = 0; index < failuresMax; index++) {
    expect((await guess(from, index % 2 === 0 ? gateway : other)).statusCode).toBe(401)
  }
  for (const on of [gateway, other, gateway]) {
    const answer = await guess(from, on)
    expect([answer.statusCode, answer.json().code]).toEqual([429, 'TOO_MANY_FAILURES'])
    const seconds = Number(answer.headers['retry-after'])
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(60)
  }
  expect((await guess(address())).statusCode).toBe(401)
})

test('guesses that are made at once are counted too', async () => {
  const from = address()
  const answers = await Promise.all(Array.from({ length: 40 }, () => guess(from)))
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(failuresMax)
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(40 - failuresMax)
})

test('a token in use is not held back by the failures of others, one that nobody knows yet is', async () => {
  const from = address()
  const used = await gateway.headers('data-monitoring')
  const unused = await gateway.headers('data-monitoring')
  expect((await ask(from, used)).statusCode).toBe(200)
  for (let index = 0; index < failuresMax; index++) await guess(from)
  expect((await guess(from)).statusCode).toBe(429)
  expect((await ask(from, used)).statusCode).toBe(200)
  // Whether it is valid is not even looked at: else guessing would go on.
  expect((await ask(from, unused)).statusCode).toBe(429)
  expect((await ask(address(), unused)).statusCode).toBe(200)
})

test('tokens that are valid do not count, nor do requests without one', async () => {
  const from = address()
  for (let index = 0; index < failuresMax + 3; index++) {
    const headers = await gateway.headers('data-monitoring')
    expect((await ask(from, headers)).statusCode).toBe(200)
    expect((await ask(from, {})).statusCode).toBe(401)
  }
  expect((await guess(from)).statusCode).toBe(401)
})

test('the page to sign in is no way around', async () => {
  const from = address()
  const signIn = (token: string): Promise<LightMyRequestResponse> =>
    gateway.server.inject({
      method: 'POST',
      url: '/login',
      remoteAddress: from,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      },
      payload: new URLSearchParams({ token }).toString(),
    })
  for (let index = 0; index < failuresMax; index++) {
    expect((await signIn(`segue_${index}`)).statusCode).toBe(401)
  }
  const refused = await signIn('segue_x')
  expect([refused.statusCode, Number(refused.headers['retry-after']) > 0]).toEqual([429, true])
  expect(refused.headers['content-type']).toContain('text/html')
  // By a session's cookie neither, and the page itself is there all the same.
  const cookies = { segue_session: 'segue_y' }
  const board = { url: '/queues', cookies, remoteAddress: from }
  expect((await gateway.server.inject(board)).statusCode).toBe(429)
  const page = { url: '/login', cookies, remoteAddress: from }
  expect((await gateway.server.inject(page)).statusCode).toBe(200)
})

const via = (client: string, proxy: string): Promise<LightMyRequestResponse> =>
  ask(proxy, { authorization: 'Bearer segue_x', 'x-forwarded-for': client })

test('behind a proxy that is trusted it is the address before it that counts', async () => {
  const [one, two] = [address(), address()]
  for (let index = 0; index < failuresMax; index++) await via(one, '127.0.0.1')
  expect((await via(one, '127.0.0.1')).statusCode).toBe(429)
  expect((await via(two, '127.0.0.1')).statusCode).toBe(401)
  // Anybody else cannot say that he is somebody else.
  const liar = address()
  for (let index = 0; index < failuresMax; index++) await via(`192.0.2.${index}`, liar)
  expect((await via('192.0.2.99', liar)).statusCode).toBe(429)
})
