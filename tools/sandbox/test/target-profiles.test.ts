import { expect, test } from 'vitest'
import { form } from './started.ts'
import { elementsOf, targetStarted } from './target-caller.ts'

const update = '/m2/client/profile/update'

test('a profile reads as documented, and one that is not there answers 404', async () => {
  const { edge, batch, apply } = await targetStarted()
  await batch('thirdPartyId,country', 'a1-mbox3rdPartyId,france')
  await apply()
  const answer = await edge('/rest/v1/profiles/thirdPartyId/a1-mbox3rdPartyId?client=acmeclient')
  expect(answer.json()).toEqual({
    client: 'acmeclient',
    visitorId: 'a1-mbox3rdPartyId',
    modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    profileAttributes: { country: { value: 'france', modifiedAt: expect.any(String) } },
  })
  const missing = async (path: string): Promise<string> => {
    const { status, text } = await edge(`/rest/v1/profiles/${path}?client=acmeclient`)
    expect(status).toBe(404)
    return text
  }
  const said = '{"status":404,"message":"No profile found for client acmeclient with'
  expect(await missing('thirdPartyId/x')).toBe(`${said} third party id=x"}`)
  expect(await missing('111492025094307-353046')).toBe(`${said} mboxPC=111492025094307-353046"}`)
  expect(await missing('marketingCloudVisitorId/1')).toBe(`${said} marketing cloud visitor id=1"}`)
  expect((await edge('/rest/v1/profiles/thirdPartyId/x?client=other')).status).toBe(400)
})

test.each(['client', 'acmeclient'])(
  'a single update by /m2/%s/ changes a profile and makes none',
  async (segment) => {
    const { edge, attributes, control } = await targetStarted({}, 'real')
    await control('POST', '/control/seed', {
      target: [{ thirdPartyId: '123', attr: 'before', kept: 'x' }],
    })
    const url = `/m2/${segment}/profile/update`
    const answer = await edge(
      `${url}?mbox3rdPartyId=123&profile.attr=0&profile.attr2=%C3%A4+b&other=1&profile.kept=`,
    )
    expect(answer.text).toBe(
      '<response><success>true</success><message>Request successfully submitted</message></response>',
    )
    expect(await attributes('thirdPartyId/123')).toEqual({ attr: 'before', kept: 'x' })
    await edge(url, { method: 'POST', headers: form, body: 'mbox3rdPartyId=new&profile.attr=0' })
    expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 2 } })
    await control('POST', '/control/clock', { advanceMs: 3_600_000 })
    await expect
      .poll(() => attributes('thirdPartyId/123'))
      .toEqual({ attr: '0', attr2: 'ä b', kept: 'x' })
    expect(await attributes('thirdPartyId/new')).toBeUndefined()
    expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 0 } })
  },
)

test('each single update waits for its own hour', async () => {
  const { edge, attributes, control } = await targetStarted({}, 'real')
  await control('POST', '/control/seed', { target: [{ thirdPartyId: 'p' }] })
  const halfAnHour = () => control('POST', '/control/clock', { advanceMs: 1_800_000 })
  await edge(`${update}?mbox3rdPartyId=p&profile.a=1`)
  await halfAnHour()
  await edge(`${update}?mbox3rdPartyId=p&profile.b=2`)
  await halfAnHour()
  await expect.poll(() => attributes('thirdPartyId/p')).toEqual({ a: '1' })
  await halfAnHour()
  await expect.poll(() => attributes('thirdPartyId/p')).toEqual({ a: '1', b: '2' })
})

test('a single update has its limits: 8 KB in the address, 60 KB in the body, a million a day', async () => {
  const { edge, control } = await targetStarted({ singleUpdatesPerDay: 3 })
  const long = `${update}?mbox3rdPartyId=1&profile.a=`
  expect((await edge(long.padEnd(8193, 'x'))).status).toBe(414)
  expect((await edge(long.padEnd(8192, 'x'))).status).toBe(200)
  const post = (length: number) =>
    edge(update, {
      method: 'POST',
      headers: form,
      body: 'mboxPC=1.28_0&profile.a='.padEnd(length, 'x'),
    })
  expect((await post(61_441)).status).toBe(413)
  expect(elementsOf(await post(61_440))).toMatchObject({ success: 'true' })
  expect(elementsOf(await edge(update))).toMatchObject({ success: 'false' })
  expect(elementsOf(await post(50))).toMatchObject({ success: 'true' })
  const refused = await post(50)
  expect([refused.status, elementsOf(refused)['success']]).toEqual([200, 'false'])
  await control('POST', '/control/clock', { advanceMs: 86_460_000 })
  expect(elementsOf(await post(50))).toMatchObject({ success: 'true' })
})

test('people of a seed are there before, and stay as they are', async () => {
  const { control, attributes } = await targetStarted()
  const people = [{ thirdPartyId: 'p', a: '1' }, { marketingCloudVisitorId: 'e' }]
  expect(await control('POST', '/control/seed', { target: people })).toEqual({
    target: { created: 2, ids: ['p', 'e'] },
  })
  expect(
    await control('POST', '/control/seed', { target: [{ thirdPartyId: 'p', a: '2' }] }),
  ).toEqual({
    target: { created: 0, ids: ['p'] },
  })
  expect(await attributes('thirdPartyId/p')).toEqual({ a: '1' })
  await expect(control('POST', '/control/seed', { target: [{ email: 'x' }] })).rejects.toThrow(
    'SANDBOX_SEED_INVALID',
  )
})
