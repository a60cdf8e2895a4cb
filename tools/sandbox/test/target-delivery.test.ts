import { expect, test } from 'vitest'
import { at, json, textAt } from './started.ts'
import { targetStarted } from './target-caller.ts'

const ecid = '10527837386392355901041112038610706884'
const call = '/rest/v1/delivery?client=acmeclient&sessionId=7e4f'
const web = { context: { channel: 'web' } }
const mboxes = (...list: readonly object[]): object => ({
  ...web,
  execute: { mboxes: list.map((mbox, index) => ({ index, name: `m${index}`, ...mbox })) },
})

test('the documented sample sets attributes of an Experience Cloud id at once', async () => {
  const { edge, attributes } = await targetStarted({}, 'real')
  const answer = await edge(call, {
    method: 'POST',
    headers: json,
    body: `{"id":{"marketingCloudVisitorId":"${ecid}"},
 "context":{"channel":"web"},
 "execute":{"mboxes":[{"index":1,"name":"aep-segment-sync","profileParameters":{"aepseg_7841ba61":"realized"}}]}}`,
  })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    status: 200,
    requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    client: 'acmeclient',
    id: { tntId: expect.stringMatching(/^\d{13}-\d{6}\.28_0$/), marketingCloudVisitorId: ecid },
    edgeHost: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    execute: { mboxes: [{ index: 1, name: 'aep-segment-sync' }] },
  })
  expect(await attributes(`marketingCloudVisitorId/${ecid}`)).toEqual({
    aepseg_7841ba61: 'realized',
  })
  const tntId = textAt(answer.json(), 'id', 'tntId')
  expect(await attributes(tntId)).toEqual({ aepseg_7841ba61: 'realized' })
})

test('parameters of every part are set; prefetch, views and the page load are answered', async () => {
  const { edge, attributes } = await targetStarted()
  const body = {
    ...web,
    requestId: 'r',
    id: {
      tntId: 'abc.28_0',
      thirdPartyId: 'p',
      customerIds: [{ id: 'x', integrationCode: 'crm', authenticatedState: 'authenticated' }],
    },
    execute: { pageLoad: { profileParameters: { a: '1' }, parameters: { notKept: 'x' } } },
    prefetch: {
      views: [{ profileParameters: { b: '2' } }],
      mboxes: [{ index: 0, name: 'm', profileParameters: { c: '3' } }],
    },
  }
  const answer = await edge(call, { method: 'POST', headers: json, body: JSON.stringify(body) })
  expect(answer.json()).toMatchObject({
    requestId: 'r',
    id: { tntId: 'abc.28_0', thirdPartyId: 'p' },
    execute: { pageLoad: {} },
    prefetch: { views: [], mboxes: [{ index: 0, name: 'm' }] },
  })
  expect(await attributes('thirdPartyId/p')).toEqual({ a: '1', b: '2', c: '3' })
  expect(await attributes('abc')).toEqual({ a: '1', b: '2', c: '3' })
  const beacon = await edge(call, {
    method: 'POST',
    body: JSON.stringify({ context: { channel: 'web', beacon: true }, id: { thirdPartyId: 'p' } }),
  })
  expect([beacon.status, beacon.text]).toEqual([204, ''])
})

test('what does not validate answers 400 with a message, and sets nothing', async () => {
  const { edge, attributes } = await targetStarted({ profileBytes: 1000 })
  const id = { thirdPartyId: 'p' }
  const targets: [string, object][] = [
    [call, { id }],
    [call, { id, ...mboxes({ profileParameters: { 'profile.a': '1' } }) }],
    [call, { id, ...mboxes({ profileParameters: { a: 'x'.repeat(1000) } }) }],
    ['/rest/v1/delivery?sessionId=s', { id, ...web }],
    ['/rest/v1/delivery?client=other&sessionId=s', { id, ...web }],
    ['/rest/v1/delivery?client=acmeclient', { id, ...web }],
    ['/rest/v1/delivery?client=acmeclient&sessionId=', { id, ...web }],
    ['/rest/v1/delivery?client=acmeclient&sessionId=a%20b', { id, ...web }],
    ['/rest/v1/delivery?client=acmeclient&sessionId=a%2Fb', { id, ...web }],
    [`/rest/v1/delivery?client=acmeclient&sessionId=${'x'.repeat(129)}`, { id, ...web }],
  ]
  for (const [target, body] of targets) {
    const answer = await edge(target, { method: 'POST', headers: json, body: JSON.stringify(body) })
    expect({ target, status: answer.status }).toEqual({ target, status: 400 })
    expect(answer.json()).toEqual({ status: 400, message: expect.any(String) })
  }
  expect((await attributes('thirdPartyId/p')) ?? {}).toEqual({})
})

test('a session has 100 calls at once; the next one answers 420, and another session goes on', async () => {
  const { edge } = await targetStarted({}, 'real')
  const body = JSON.stringify(web)
  const hanging = new AbortController()
  const running = Array.from({ length: 100 }, () =>
    edge(call, {
      method: 'POST',
      headers: { 'x-sandbox-fault': 'hang' },
      body,
      signal: hanging.signal,
    }).catch(() => undefined),
  )
  const send = async (session: string): Promise<number> =>
    (
      await edge(`/rest/v1/delivery?client=acmeclient&sessionId=${session}`, {
        method: 'POST',
        body,
      })
    ).status
  await expect.poll(() => send('7e4f')).toBe(420)
  expect(await send('other')).toBe(200)
  hanging.abort()
  await Promise.all(running)
  await expect.poll(() => send('7e4f')).toBe(200)
})

test('a body over 60 MB answers 413, and scripted errors come in the documented form', async () => {
  const { edge, control } = await targetStarted({ deliveryBodyBytes: 1000 })
  const large = await edge(call, { method: 'POST', headers: json, body: 'x'.repeat(1001) })
  expect([large.status, at(large.json(), 'status')]).toEqual([413, 413])
  await control('POST', '/control/faults', {
    target: ['400', '420', '500', '503'].map((answer) => ({
      operation: 'delivery.execute',
      answer,
    })),
  })
  for (const status of [400, 420, 500, 503]) {
    const answer = await edge(call, { method: 'POST', headers: json, body: JSON.stringify(web) })
    expect(answer.status).toBe(status)
    expect(answer.json()).toEqual({ status, message: expect.any(String) })
  }
  expect(
    (await edge(call, { method: 'POST', headers: json, body: JSON.stringify(web) })).status,
  ).toBe(200)
})
