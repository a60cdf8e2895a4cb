import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { destinationSpecId, flowSpecId, profileStoreSpecId } from '@segue/destinations'
import { startGateway } from '../test-gateway.ts'
import type { TestGateway } from '../test-gateway.ts'
import { connect, entitle, flowBody, sender } from './connected.ts'
import type { Send } from './connected.ts'

let gateway: TestGateway
let send: Send
let sendInDev: Send
beforeAll(async () => {
  const name = `t-${randomUUID()}`
  gateway = await startGateway({ SEGUE_SANDBOXES: `${name},dev` }, name)
  const headers = await gateway.headers('admin')
  send = sender(gateway, headers)
  sendInDev = sender(gateway, { ...headers, 'x-sandbox-name': 'dev' })
})
afterAll(() => gateway.close())

const destination = { id: destinationSpecId, version: '1.0' }

test('the catalog has the profile store and one card, with what the organisation is provisioned for', async () => {
  const { body } = await send('GET', '/connectionSpecs')
  expect(body.items.map(({ name }) => name)).toEqual([
    'Experience Cloud Audiences',
    'Profile Store',
  ])
  expect(body.items[1]?.id).toBe('8a9c3494-9708-43d7-ae3f-cda01e5030e1')
  const provisioned = async () => {
    const card = (await send('GET', `/connectionSpecs/${destinationSpecId}`)).body.items[0]!
    const { solutions } = card['attributes'] as { solutions: { provisioned: boolean }[] }
    return solutions.map((one) => one.provisioned)
  }
  const { body: shown } = await send('GET', `/connectionSpecs/${destinationSpecId}`)
  expect(shown.items[0]).toMatchObject({
    attributes: {
      isDestination: true,
      exportType: 'SEGMENT_EXPORT',
      exportFrequency: 'STREAMING',
      mappingStep: false,
      schedulingStep: false,
      identities: [
        {
          namespace: 'ECID',
          aliases: [
            'Adobe Marketing Cloud ID',
            'Adobe Experience Cloud ID',
            'Adobe Experience Platform ID',
          ],
        },
        { namespace: 'email_lc_sha256' },
        { namespace: 'IDFA' },
        { namespace: 'GAID' },
      ],
    },
    authSpec: [],
  })
  expect(await provisioned()).toEqual([false, false, false, false, false, false])
  await entitle(send)
  expect(await provisioned()).toEqual([true, true, true, true, true, true])

  expect((await send('GET', '/flowSpecs')).body.items).toMatchObject([{ id: flowSpecId }])
  expect((await send('GET', `/flowSpecs/${flowSpecId}`)).body.items).toHaveLength(1)
  expect((await send('GET', '/connectionSpecs/x')).body.code).toBe('CONNECTION_SPEC_UNKNOWN')
  expect((await send('GET', '/flowSpecs/x')).body.code).toBe('FLOW_SPEC_UNKNOWN')
})

test('one connection an organisation over all sandboxes, until the setting lifts it; what is used is not deleted', async () => {
  const { baseId, sourceId, targetId } = await connect(send)
  const second = await sendInDev('POST', '/connections', {
    body: { name: 'Another', connectionSpec: destination },
  })
  expect(second).toMatchObject({
    status: 409,
    body: {
      code: 'CONNECTION_LIMIT',
      setting: 'maxConnectionsPerOrg',
      limit: 1,
      existing: { id: baseId, sandboxName: gateway.name, name: 'ECA account' },
    },
  })
  expect(second.body['detail']).toContain(gateway.name)
  const secondTarget = {
    name: 'Another',
    baseConnectionId: baseId,
    connectionSpec: destination,
    params: {},
  }
  expect(await send('POST', '/targetConnections', { body: secondTarget })).toMatchObject({
    status: 409,
    body: { code: 'CONNECTION_LIMIT', existing: { id: targetId } },
  })

  // Without solutions: all that the organisation is provisioned for.
  const { body: shown } = await send('GET', `/targetConnections/${targetId}`)
  expect(shown.items).toMatchObject([
    {
      name: 'ECA',
      description: 'All solutions',
      baseConnectionId: baseId,
      connectionSpec: destination,
      state: 'enabled',
      data: { format: 'json' },
      params: { activationDelayMs: 10_000, marketingActions: [] },
    },
  ])
  const { solutions } = shown.items[0]!['params'] as { solutions: readonly string[] }
  expect(solutions).toHaveLength(6)

  const { body: flow } = await send('POST', '/flows', {
    body: flowBody({ baseId, sourceId, targetId }),
  })
  const inUse = async (path: string) => (await send('DELETE', path)).body
  expect(await inUse(`/targetConnections/${targetId}`)).toMatchObject({
    code: 'CONNECTION_IN_USE',
    usedBy: [{ kind: 'flow', id: flow.id, name: 'ECA flow' }],
  })
  expect(await inUse(`/sourceConnections/${sourceId}`)).toMatchObject({
    usedBy: [{ kind: 'flow', id: flow.id }],
  })
  expect(await inUse(`/connections/${baseId}`)).toMatchObject({
    usedBy: [{ kind: 'targetConnection', id: targetId }],
  })

  await entitle(send, { maxConnectionsPerOrg: 2 })
  const dev = await connect(sendInDev)
  expect((await sendInDev('GET', '/targetConnections')).body.items).toHaveLength(1)
  expect(await sendInDev('DELETE', `/targetConnections/${dev.targetId}`)).toMatchObject({
    status: 202,
    body: {},
  })
  expect((await sendInDev('GET', `/targetConnections/${dev.targetId}`)).status).toBe(404)
  // Lowered again, what is there stays, and may be renamed.
  await entitle(send, { maxConnectionsPerOrg: 1 })
  const account = await sendInDev('GET', `/connections/${dev.baseId}`)
  expect(
    await sendInDev('PATCH', `/connections/${dev.baseId}`, {
      ifMatch: account.etag,
      body: [{ op: 'replace', path: '/name', value: 'Theirs' }],
    }),
  ).toMatchObject({ status: 200 })
  await sendInDev('DELETE', `/connections/${dev.baseId}`)
})

test('a connection is changed by name, description and how it is used, and by nothing else', async () => {
  const [target] = (await send('GET', '/targetConnections')).body.items
  const url = `/targetConnections/${target?.id}`
  const patch = async (...operations: object[]) => {
    const { etag } = await send('GET', url)
    return send('PATCH', url, { ifMatch: etag, body: operations })
  }
  expect(
    await patch(
      { op: 'replace', path: '/name', value: ' Shared ' },
      { op: 'remove', path: '/description' },
      { op: 'replace', path: '/params/activationDelayMs', value: 500 },
    ),
  ).toMatchObject({ status: 200 })
  const [read] = (await send('GET', url)).body.items
  expect(read).toMatchObject({ name: 'Shared', description: '' })
  const [flow] = (await send('GET', '/flows')).body.items
  expect(
    (await gateway.sandbox.ports.dataflows.list()).find(({ id }) => id === flow?.id),
  ).toMatchObject({ activationDelayMs: 500 })

  const refusals = [
    [{ op: 'replace', path: '/name', value: '' }, 400, 'CONNECTION_INVALID', '/name'],
    [{ op: 'replace', path: '/state', value: 'disabled' }, 400, 'FIELD_READ_ONLY', '/state'],
    [
      { op: 'replace', path: '/connectionSpec/id', value: 'x' },
      400,
      'FIELD_READ_ONLY',
      '/connectionSpec/id',
    ],
    [
      { op: 'replace', path: '/params/activationDelayMs', value: -1 },
      400,
      'CONNECTION_INVALID',
      '/params/activationDelayMs',
    ],
    [
      { op: 'add', path: '/params/solutions/-', value: 'nowhere' },
      400,
      'CONNECTION_INVALID',
      '/params/solutions/6',
    ],
    [{ op: 'add', path: '/params/colour', value: 1 }, 400, 'CONNECTION_INVALID', '/params/colour'],
  ] as const
  for (const [operation, status, code, pointer] of refusals) {
    expect(await patch(operation)).toMatchObject({ status, body: { code, errors: [{ pointer }] } })
  }
  expect(await patch({ op: 'remove', path: '/params/solutions/0' })).toMatchObject({
    status: 409,
    body: { code: 'SOLUTIONS_APPEND_ONLY' },
  })
  expect(await patch({ op: 'test', path: '/name', value: 'Other' })).toMatchObject({
    status: 409,
    body: { code: 'PATCH_TEST_FAILED' },
  })
  expect(await patch({ op: 'remove', path: '/none' })).toMatchObject({
    status: 400,
    body: { code: 'PATCH_INVALID', errors: [{ pointer: '/0/path' }] },
  })
})

test('what a connection stands on is checked, and credentials are not taken', async () => {
  const [account] = (
    await send('GET', `/connections?property=connectionSpec.id==${destinationSpecId}`)
  ).body.items
  const body = {
    name: 'S',
    baseConnectionId: account?.id,
    connectionSpec: { id: profileStoreSpecId },
  }
  const refused = [
    ['/sourceConnections', body, '/baseConnectionId'],
    ['/sourceConnections', { ...body, baseConnectionId: 'nowhere' }, '/baseConnectionId'],
    ['/sourceConnections', { ...body, connectionSpec: destination }, '/connectionSpec/id'],
    ['/connections', { name: 'C', connectionSpec: { id: 'x' } }, '/connectionSpec/id'],
    ['/connections', { name: ' ', connectionSpec: { id: profileStoreSpecId } }, '/name'],
  ] as const
  for (const [url, wrong, pointer] of refused) {
    const answer = await send('POST', url, { body: wrong })
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'CONNECTION_INVALID', errors: [{ pointer }] },
    })
  }
  const secret = { name: 'C', connectionSpec: destination, auth: { params: { password: 'hush' } } }
  const answer = await send('POST', '/connections', { body: secret })
  expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } })
  expect(JSON.stringify(answer.body)).not.toContain('hush')
})
