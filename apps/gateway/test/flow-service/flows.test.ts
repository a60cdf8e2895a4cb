import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from '../test-gateway.ts'
import type { TestGateway } from '../test-gateway.ts'
import { connect, entitle, flowBody, registerSegments, sender } from './connected.ts'
import type { Connected, Send } from './connected.ts'

let gateway: TestGateway
let send: Send
let connected: Connected
beforeAll(async () => {
  gateway = await startGateway()
  send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
  await registerSegments(send, ['a', 'b', 'c', 'd'])
  connected = await connect(send, { activationDelayMs: 0 })
})
afterAll(() => gateway.close())

test('a flow is read as it is documented', async () => {
  const made = await send('POST', '/flows', { body: flowBody(connected, ['a', 'b']) })
  expect(made.status).toBe(201)
  const read = await send('GET', `/flows/${made.body.id}`)
  console.log(JSON.stringify(read.body, undefined, 1))
  console.log(await gateway.sandbox.ports.dataflows.list())
})
