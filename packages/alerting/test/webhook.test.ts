import { signingSecret } from '@segue/destinations'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { allowedHosts, createWebhooks, type Webhooks } from '../src/index.ts'
import { exampleMessage } from './messages.ts'
import { startWebhookReceiver, type WebhookReceiver } from './receivers.ts'

const secret = signingSecret(new Uint8Array(32).fill(1))
const message = exampleMessage()

let receiver: WebhookReceiver
let other: WebhookReceiver
let webhooks: Webhooks
beforeEach(async () => {
  receiver = await startWebhookReceiver()
  other = await startWebhookReceiver()
  webhooks = createWebhooks(allowedHosts(['127.0.0.1', 'localhost']))
})
afterEach(async () => {
  await webhooks.close()
  await receiver.close()
  await other.close()
})

const send = (url = receiver.url) => webhooks.send({ url, secret }, message)

test('a message is posted as JSON, signed so that a library of others accepts it', async () => {
  expect(await send()).toEqual({ status: 'sent' })
  const [posted] = receiver.posted
  expect(posted).toMatchObject({ method: 'POST', path: '/hook' })
  expect(posted?.headers['content-type']).toContain('application/json')
  const headers = posted!.headers as Record<string, string>
  expect(headers['webhook-id']).toBe(message.id)
  const read = new Webhook(secret).verify(posted!.body, headers)
  expect(read).toMatchObject({
    id: message.id,
    type: 'alert.raised',
    timestamp: '2026-11-23T00:00:00.000Z',
    subscriptionId: 's1',
    text: expect.stringContaining('marketo'),
    alert: {
      id: 'a1',
      rule: 'solution-unreachable',
      state: 'raised',
      code: 'HTTP_503',
      raisedAt: '2026-11-23T00:00:00.000Z',
    },
  })
  const wrong = new Webhook(signingSecret(new Uint8Array(32).fill(2)))
  expect(() => wrong.verify(posted!.body, headers)).toThrow('No matching signature')
  expect(() => new Webhook(secret).verify(`${posted!.body} `, headers)).toThrow('No matching')
  expect(posted!.body + JSON.stringify(headers)).not.toContain(secret)
})

test.each([301, 302, 303, 307, 308])('a redirect by %i leads nowhere', async (status) => {
  receiver.answer = (response) => response.writeHead(status, { location: other.url }).end()
  expect(await send()).toEqual({ status: 'refused', code: `WEBHOOK_HTTP_${status}` })
  expect(other.posted).toEqual([])
  expect(receiver.posted).toHaveLength(1)
})

test.each([
  [500, {}, { status: 'again', code: 'WEBHOOK_HTTP_500' }],
  [404, {}, { status: 'again', code: 'WEBHOOK_HTTP_404' }],
  [429, { 'retry-after': '7' }, { status: 'again', code: 'WEBHOOK_HTTP_429', afterMs: 7_000 }],
  [503, { 'retry-after': 'soon' }, { status: 'again', code: 'WEBHOOK_HTTP_503' }],
  [410, {}, { status: 'refused', code: 'WEBHOOK_HTTP_410' }],
] as const)('%i %j comes to %j', async (status, headers, outcome) => {
  receiver.answer = (response) => response.writeHead(status, headers).end('jane@example.com')
  expect(await send()).toEqual(outcome)
})

test('who is not there, or does not answer in time, is tried again', async () => {
  expect(await send('http://127.0.0.1:1/')).toEqual({
    status: 'again',
    code: 'WEBHOOK_UNREACHABLE',
  })
  const hasty = createWebhooks(allowedHosts(['127.0.0.1']), 50)
  receiver.answer = () => {}
  expect(await hasty.send({ url: receiver.url, secret }, message)).toEqual({
    status: 'again',
    code: 'WEBHOOK_TIMEOUT',
  })
  await hasty.close()
})

test('an answer without an end does not hold anything up', async () => {
  receiver.answer = (response) => {
    response.writeHead(200)
    const more = (): boolean => response.write(Buffer.alloc(65_536))
    response.on('drain', more)
    more()
  }
  expect(await send()).toEqual({ status: 'sent' })
  expect(await send()).toEqual({ status: 'sent' })
})

test('by default nothing on this machine or in its networks is reached', async () => {
  const open = createWebhooks(allowedHosts(['*']))
  const { port } = receiver
  for (const host of [
    '127.0.0.1',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
    '169.254.169.254',
  ]) {
    const outcome = await open.send({ url: `http://${host}:${port}/`, secret }, message)
    expect([host, outcome]).toEqual([host, { status: 'refused', code: 'WEBHOOK_ADDRESS_REFUSED' }])
  }
  await open.close()
  expect(receiver.posted).toEqual([])
  expect(await send(`http://localhost:${port}/`)).toEqual({ status: 'sent' })
  expect(receiver.posted).toHaveLength(1)
})
