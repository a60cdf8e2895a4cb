import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, textAt } from './started.ts'
import { askTargetIms, mediaType, targetStarted } from './target-caller.ts'

const segment = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const realized = { and: [{ profile: 'aepseg_7841ba61', equals: ['realized'] }] }
const audience = {
  name: 'AEP – Loyal buyers',
  description: segment,
  workspace: '1234567',
  targetRule: realized,
}

test('an audience is made, read, renamed, replaced and deleted', async () => {
  const { admin, members } = await targetStarted()
  const created = await admin('POST', '/audiences', { ...audience, name: 'Loyal buyers' })
  expect(created.status).toBe(201)
  expect(created.headers['content-type']).toContain(mediaType)
  expect(created.json()).toEqual({
    ...audience,
    name: 'Loyal buyers',
    id: expect.any(Number),
    origin: 'target',
    status: 'saved',
    type: 'reusable',
    modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  })
  const id = textAt(created.json(), 'id')
  expect((await admin('GET', `/audiences/${id}`)).json()).toEqual(created.json())
  const renamed = await admin('PATCH', `/audiences/${id}`, { name: 'Very loyal buyers' })
  expect(renamed.status).toBe(200)
  expect(renamed.json()).toMatchObject({
    name: 'Very loyal buyers',
    description: segment,
    targetRule: realized,
  })
  expect((await admin('PUT', `/audiences/${id}`, { name: 'Only a name' })).status).toBe(400)
  const replaced = await admin('PUT', `/audiences/${id}`, {
    name: 'Replaced',
    audienceRule: { or: [{ audience: 1 }] },
  })
  expect(replaced.json()).toMatchObject({
    description: '',
    audienceRule: { or: [{ audience: 1 }] },
  })
  expect(at(replaced.json(), 'targetRule')).toBeUndefined()
  const deleted = await admin('DELETE', `/audiences/${id}`)
  expect([deleted.status, at(deleted.json(), 'status')]).toEqual([200, 'deleted'])
  expect((await admin('GET', `/audiences/${id}`)).status).toBe(404)
  expect((await admin('DELETE', `/audiences/${id}`)).status).toBe(404)
  expect(await members(id)).toBeUndefined()
})

test('members are those whom the rule holds of, by every id that has a namespace', async () => {
  const { admin, batch, deliver, apply, control } = await targetStarted({
    thirdPartyNamespace: 'crm',
  })
  const id = textAt((await admin('POST', '/audiences', { ...audience, name: 'A' })).json(), 'id')
  const not = { ...audience, name: 'B', description: '', targetRule: { not: realized } }
  const otherId = textAt((await admin('POST', '/audiences', not)).json(), 'id')
  await batch('thirdPartyId,aepseg_7841ba61', 'p,realized', 'q,exited', 'r,realized')
  await deliver({ marketingCloudVisitorId: 'e' }, { aepseg_7841ba61: 'realized' })
  await deliver({ tntId: 't' }, { aepseg_7841ba61: 'realized' })
  await apply()
  await deliver({ marketingCloudVisitorId: 'f', thirdPartyId: 'r' })
  await batch('thirdPartyId,aepseg_7841ba61', 's,realized')
  await control('POST', '/control/faults', {
    target: [{ operation: 'delivery.execute', answer: 'apply-500' }],
  })
  expect(
    (await deliver({ marketingCloudVisitorId: 'g' }, { aepseg_7841ba61: 'realized' })).status,
  ).toBe(500)
  await apply()
  expect(at(await control('GET', '/control/members'), 'target')).toEqual({
    [id]: {
      name: 'A',
      segment,
      members: ['ECID:e', 'ECID:f', 'ECID:g', 'crm:p', 'crm:r', 'crm:s'],
    },
    [otherId]: { name: 'B', segment: '', members: ['crm:q'] },
  })
})

test('the list has pages and an order, and its entries no rule', async () => {
  const { admin } = await targetStarted()
  for (const name of ['B', 'C', 'A']) await admin('POST', '/audiences', { ...audience, name })
  const list = async (query: string): Promise<unknown> =>
    (await admin('GET', `/audiences${query}`)).json()
  expect(await list('?offset=1&limit=1&sortBy=name')).toEqual({
    total: 3,
    offset: 1,
    limit: 1,
    audiences: [
      {
        id: expect.any(Number),
        name: 'B',
        description: segment,
        origin: 'target',
        status: 'saved',
        type: 'reusable',
        modifiedAt: expect.any(String),
        workspace: '1234567',
      },
    ],
  })
  expect(await list('')).toMatchObject({ total: 3, offset: 0, limit: 2_147_483_647 })
  expect(await list('?sortBy=-id')).toMatchObject({
    audiences: [{ name: 'A' }, { name: 'C' }, { name: 'B' }],
  })
  for (const query of ['?limit=x', '?offset=-1', '?sortBy=targetRule']) {
    expect((await admin('GET', `/audiences${query}`)).status).toBe(400)
  }
})

test('without its media type a call answers 406: Content-Type with a body, Accept without', async () => {
  const { admin } = await targetStarted()
  const id = textAt((await admin('POST', '/audiences', audience)).json(), 'id')
  const v1 = 'application/vnd.adobe.target.v1+json'
  const wrong = [
    await admin(
      'POST',
      '/audiences',
      { ...audience, name: 'B' },
      { 'content-type': 'application/json' },
    ),
    await admin('POST', '/audiences', { ...audience, name: 'B' }, { 'content-type': v1 }),
    await admin('PATCH', `/audiences/${id}`, { name: 'B' }, { 'content-type': v1 }),
    await admin('PUT', `/audiences/${id}`, audience, { 'content-type': v1 }),
    await admin('GET', '/audiences', undefined, { accept: '*/*' }),
    await admin('GET', `/audiences/${id}`, undefined, { accept: 'application/json' }),
    await admin('DELETE', `/audiences/${id}`, undefined, { accept: v1 }),
  ]
  for (const answer of wrong) {
    expect(answer.status).toBe(406)
    expect(answer.json()).toEqual({
      httpStatus: 406,
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      requestTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      errors: [
        { errorCode: 'Unsupported.Feature', message: 'Unsupported features detected', meta: {} },
      ],
    })
  }
  expect(
    (
      await admin(
        'POST',
        '/audiences',
        { ...audience, name: 'B' },
        { 'content-type': `${mediaType}; charset=utf-8`, accept: '*/*' },
      )
    ).status,
  ).toBe(201)
  expect(
    (
      await admin('GET', '/audiences', undefined, {
        accept: `text/html, ${mediaType};q=0.9`,
        'content-type': 'application/json',
      })
    ).status,
  ).toBe(200)
})

test('what does not validate answers 400 and says why', async () => {
  const { admin } = await targetStarted()
  await admin('POST', '/audiences', { ...audience, name: 'Taken' })
  const wrong: [object, string][] = [
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(256) }, 'name'],
    [{ name: 7 }, 'name'],
    [{ name: undefined }, 'name is required'],
    [{ description: 7 }, 'description'],
    [{ workspace: '7' }, 'workspace'],
    [{ type: 'other' }, 'type'],
    [{ targetRule: undefined }, 'targetRule or audienceRule is required'],
    [{ audienceRule: { and: [] } }, 'cannot be mixed'],
    [{ targetRule: { and: [] } }, 'not a rule'],
    [{ name: 'Taken' }, 'taken'],
  ]
  for (const [fields, said] of wrong) {
    const answer = await admin('POST', '/audiences', { ...audience, ...fields })
    expect(answer.status).toBe(400)
    expect(textAt(answer.json(), 'errors', 0, 'message')).toContain(said)
  }
  expect(at((await admin('GET', '/audiences')).json(), 'total')).toBe(1)
})

test('the greatest name passes, and one audience may keep its own', async () => {
  const { admin } = await targetStarted({ maxAudiences: 1 })
  const name = '水'.repeat(255)
  const id = textAt((await admin('POST', '/audiences', { ...audience, name })).json(), 'id')
  expect((await admin('PUT', `/audiences/${id}`, { ...audience, name })).status).toBe(200)
  expect((await admin('POST', '/audiences', audience)).status).toBe(400)
})

test('an audience that an activity uses cannot be deleted', async () => {
  const { admin, control } = await targetStarted()
  const id = textAt((await admin('POST', '/audiences', audience)).json(), 'id')
  await control('POST', '/control/target/audience-uses', { audienceId: Number(id) })
  const refused = await admin('DELETE', `/audiences/${id}`)
  expect(refused.json()).toMatchObject({
    httpStatus: 400,
    errors: [{ errorCode: 'Audience.InUse' }],
  })
  await control('DELETE', '/control/target/audience-uses', { audienceId: Number(id) })
  expect((await admin('DELETE', `/audiences/${id}`)).status).toBe(200)
  await expect(control('POST', '/control/target/audience-uses', { audienceId: 7 })).rejects.toThrow(
    'SANDBOX_CONTROL_INVALID',
  )
})

test("the gateway asks for a token and a key, and a token's day ends", async () => {
  const sandbox = await targetStarted()
  const { adminUrl, clientId, tenant } = sandbox.ready.target
  const get = async (headers: Record<string, string>, of = tenant): Promise<unknown[]> => {
    const answer = await exchange(adminUrl, `/${of}/target/audiences`, {
      headers: { accept: mediaType, ...headers },
    })
    return [answer.status, at(answer.json(), 'error_code')]
  }
  const authorization = `Bearer ${await askTargetIms(sandbox)}`
  expect(await get({})).toEqual([403, '403010'])
  expect(await get({ authorization })).toEqual([403, '403000'])
  expect(await get({ authorization, 'x-api-key': 'other' })).toEqual([403, '403003'])
  expect(await get({ authorization: 'Bearer x', 'x-api-key': clientId })).toEqual([401, '401013'])
  expect(await get({ authorization, 'x-api-key': clientId })).toEqual([200, undefined])
  expect(await get({ authorization, 'x-api-key': clientId }, 'other')).toEqual([404, '404040'])
  await sandbox.control('POST', '/control/clock', { advanceMs: 86_399_000 })
  expect(await get({ authorization, 'x-api-key': clientId })).toEqual([401, '401013'])
})

test('every documented code can be asked for, in the form of the API or of the gateway', async () => {
  const { admin, control } = await targetStarted()
  const byApi = ['400', '401', '403', '404', '406', '407', '500', '503']
  const byGateway = ['401013', '403010', '403023', '404040', '429001', '429050']
  const plan = [...byApi, ...byGateway, '502', 'ok']
  await control('POST', '/control/faults', {
    target: plan.map((answer) => ({ operation: 'audiences.create', answer })),
  })
  const create = () => admin('POST', '/audiences', audience)
  for (const code of byApi) {
    const answer = await create()
    expect(answer.status).toBe(Number(code))
    expect(answer.json()).toMatchObject({
      httpStatus: Number(code),
      requestId: expect.any(String),
      requestTime: expect.any(String),
      errors: [{ errorCode: expect.any(String), message: expect.any(String) }],
    })
  }
  for (const code of byGateway) {
    const answer = await create()
    expect(answer.status).toBe(Number(code.slice(0, 3)))
    expect(answer.json()).toEqual({ error_code: code, message: expect.any(String) })
  }
  expect((await create()).json()).toEqual({
    code: 502,
    message: 'Oops. Something went wrong. Check your URI and try again.',
  })
  expect((await create()).status).toBe(201)
})

test('the attributes that profiles have are listed', async () => {
  const { admin, deliver, batch, apply } = await targetStarted()
  await batch('thirdPartyId,b', 'p,1')
  await deliver({ marketingCloudVisitorId: 'e' }, { a: '1' })
  const list = async (): Promise<unknown> =>
    (
      await admin('GET', '/profileattributes/mbox', undefined, {
        accept: 'application/vnd.adobe.target.v1+json',
      })
    ).json()
  await apply()
  expect(await list()).toEqual({ mboxProfileAttributes: ['a', 'b', 'mbox3rdPartyId'] })
})
