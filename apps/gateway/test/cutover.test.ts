import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, entitle, flowBody, registerSegments, sender } from './flow-service/connected.ts'
import type { Answer, Send } from './flow-service/connected.ts'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let send: Send
let flowId: string
beforeAll(async () => {
  gateway = await startGateway()
  send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
  await registerSegments(send, ['a'])
  await declareLegacy()
})
afterAll(() => gateway.close())

async function declareLegacy(): Promise<Answer> {
  const { etag } = await send('GET', '/v1/organisation')
  const body = [{ op: 'replace', path: '/legacySharing', value: { state: 'enabled' } }]
  return send('PATCH', '/v1/organisation', { ifMatch: etag, body })
}

const dataflow = async () =>
  (await gateway.sandbox.ports.dataflows.list()).find(({ id }) => id === flowId)

test('a flow that is made beside the legacy integration is held, and cannot be enabled', async () => {
  const connected = await connect(send, { activationDelayMs: 0, solutions: ['marketo'] })
  flowId = (await send('POST', '/flows', { body: flowBody(connected, ['a']) })).body.id
  expect((await send('GET', `/flows/${flowId}`)).body.items).toMatchObject([{ state: 'disabled' }])
  expect(await dataflow()).toMatchObject({ enabled: false })
  expect(await send('POST', `/flows/${flowId}/action?op=enable`)).toMatchObject({
    status: 409,
    body: { code: 'LEGACY_INTEGRATION_ACTIVE' },
  })
})

test('the switch enables it, with the gap measured and what moved in it ordered', async () => {
  const prepared = await send('POST', '/v1/cutovers')
  expect(prepared).toMatchObject({ status: 201, body: { state: 'prepared', flowIds: [flowId] } })
  const path = `/v1/cutovers/${prepared.body.id}`
  expect(await send('GET', path)).toMatchObject({ status: 200, body: prepared.body })
  const soon = new Date(Date.now() + 60_000).toISOString()
  expect(await send('POST', `${path}/switch`, { body: { legacyDisabledAt: soon } })).toMatchObject({
    status: 400,
    body: { code: 'CUTOVER_TIME_INVALID', errors: [{ pointer: '/legacyDisabledAt' }] },
  })
  expect(
    await send('POST', `${path}/switch`, { body: { legacyDisabledAt: 'noon' } }),
  ).toMatchObject({ status: 400 })

  const switched = await send('POST', `${path}/switch`, { body: { ticket: 'T-1' } })
  expect(switched).toMatchObject({
    status: 200,
    body: {
      state: 'switched',
      gapMs: 0,
      ticket: 'T-1',
      steps: [
        { name: 'prepared', by: 'test' },
        { name: 'switched', by: 'test' },
      ],
    },
  })
  expect(await dataflow()).toMatchObject({
    enabled: true,
    backfills: [
      {
        reach: 'members',
        segments: ['ups:a'],
        movedSinceMs: Date.parse(String(switched.body['legacyDisabledAt'])),
      },
    ],
  })
  expect(await send('POST', `${path}/switch`, { body: {} })).toMatchObject({
    status: 409,
    body: { code: 'CUTOVER_SWITCHED' },
  })
  expect(await send('DELETE', path)).toMatchObject({ status: 409 })
  expect((await send('GET', '/v1/cutovers')).body['cutovers']).toEqual([switched.body])
})

test('while a flow is on, the legacy integration cannot be declared on', async () => {
  expect(await declareLegacy()).toMatchObject({
    status: 409,
    body: { code: 'LEGACY_INTEGRATION_ACTIVE', flowId },
  })
})

test('an unknown cutover is not found', async () => {
  for (const answer of [
    await send('GET', '/v1/cutovers/none'),
    await send('POST', '/v1/cutovers/none/switch', { body: {} }),
    await send('DELETE', '/v1/cutovers/none'),
  ]) {
    expect(answer).toMatchObject({ status: 404, body: { code: 'CUTOVER_UNKNOWN' } })
  }
})
