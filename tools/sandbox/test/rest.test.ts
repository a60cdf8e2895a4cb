import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { askIms, at, form, started, textAt } from './started.ts'

const segmentId = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const trait = {
  name: 'Loyal buyers',
  description: 'From Platform',
  traitType: 'ON_BOARDED_TRAIT',
  dataSourceId: 29_769,
  folderId: 123,
  traitRule: `segID == "${segmentId}"`,
  ttl: 0,
  integrationCode: segmentId,
  comments: 'by test',
}
const segment = {
  name: 'Loyal buyers',
  dataSourceId: 29_769,
  mergeRuleDataSourceId: 0,
  folderId: 123,
  integrationCode: segmentId,
}

test('IMS answers a token for a day, a new one each time, and refuses wrong credentials', async () => {
  const { ready } = await started()
  const { imsUrl, clientId, clientSecret } = ready.audienceManager
  const ask = (body: string) =>
    exchange(imsUrl, '/ims/token/v3', { method: 'POST', headers: form, body })
  const good = `client_id=${clientId}&client_secret=${clientSecret}&grant_type=client_credentials&scope=openid`
  expect((await ask(good)).json()).toEqual({
    access_token: expect.any(String),
    token_type: 'bearer',
    expires_in: 86_399,
  })
  expect(await askIms(ready)).not.toBe(await askIms(ready))
  const wrong = await ask(good.replace(clientSecret, 'wrong'))
  expect(wrong.status).toBe(400)
  expect(wrong.json()).toMatchObject({ error: 'invalid_client' })
})

test("the gateway asks for a token and a key, and a token's day ends", async () => {
  const { ready, control, rest } = await started({ frozenClock: true })
  const { restUrl, clientId } = ready.audienceManager
  const get = async (headers: Record<string, string>): Promise<[number, unknown]> => {
    const answer = await exchange(restUrl, '/v1/users/self', { headers })
    return [answer.status, at(answer.json(), 'error_code')]
  }
  const authorization = `Bearer ${await askIms(ready)}`
  expect(await get({})).toEqual([403, '403010'])
  expect(await get({ authorization })).toEqual([403, '403000'])
  expect(await get({ authorization, 'x-api-key': 'other' })).toEqual([403, '403003'])
  expect(await get({ authorization: 'Bearer x', 'x-api-key': clientId })).toEqual([401, '401013'])
  expect(await get({ authorization, 'x-api-key': clientId })).toEqual([200, undefined])
  await control('POST', '/control/clock', { advanceMs: 86_399_000 })
  expect(await get({ authorization, 'x-api-key': clientId })).toEqual([401, '401013'])
  expect((await rest('GET', '/v1/users/self')).json()).toMatchObject({ pid: 1194 })
})

test('what the provisioned partner has: data sources and folders', async () => {
  const { rest, ready } = await started()
  const { dataSources, folders } = ready.audienceManager
  const sources = (await rest('GET', '/v1/datasources/')).json()
  expect(sources).toMatchObject([
    { dataSourceId: dataSources.traitOwner, name: 'Experience Platform Segments' },
    { dataSourceId: dataSources.ecid },
    { dataSourceId: dataSources.email, idType: 'CROSS_DEVICE' },
    { dataSourceId: 20_914, integrationCode: 'DSID_20914' },
    { dataSourceId: 20_915, integrationCode: 'DSID_20915' },
  ])
  expect((await rest('GET', `/v1/folders/traits/${folders.traits}`)).json()).toMatchObject({
    name: 'Experience Platform Traits',
  })
  expect((await rest('GET', `/v1/folders/segments/${folders.segments}`)).json()).toMatchObject({
    name: 'Experience Platform Segments',
  })
})

test('a trait and its segment are created, found, renamed, and deleted in that order only', async () => {
  const { rest } = await started()
  const created = await rest('POST', '/v1/traits/', trait)
  expect(created.status).toBe(201)
  expect(created.json()).toMatchObject({
    ...trait,
    sid: 289_983,
    pid: 1194,
    createTime: expect.any(Number),
  })
  const made = await rest('POST', '/v1/segments/', { ...segment, segmentRule: '289983T' })
  expect(made.status).toBe(201)
  const sid = textAt(made.json(), 'sid')

  const query = `/v1/traits?integrationCode=${segmentId}&dataSourceId=29769`
  expect((await rest('GET', query)).json()).toMatchObject([{ sid: 289_983 }])
  const renamed = await rest('PUT', '/v1/traits/289983', { ...trait, name: 'Very loyal buyers' })
  expect(renamed.status).toBe(200)
  expect((await rest('GET', '/v1/traits/289983')).json()).toMatchObject({
    name: 'Very loyal buyers',
    ttl: 0,
  })
  expect((await rest('PUT', `/v1/segments/${sid}`, { name: 'Very loyal' })).json()).toMatchObject({
    name: 'Very loyal',
    segmentRule: '289983T',
  })

  expect((await rest('DELETE', '/v1/traits/289983')).status).toBe(409)
  expect((await rest('DELETE', `/v1/segments/${sid}`)).status).toBe(204)
  expect((await rest('DELETE', '/v1/traits/289983')).status).toBe(204)
  expect((await rest('GET', '/v1/traits/289983')).status).toBe(404)
  expect((await rest('GET', query)).json()).toEqual([])
})

test('a segment that a destination has is not deleted until it is unmapped, also over a restart', async () => {
  const stateFile = join(await mkdtemp(join(tmpdir(), 'segue-mapped-')), 'state.json')
  const before = await started({}, stateFile)
  await before.rest('POST', '/v1/traits/', trait)
  const made = await before.rest('POST', '/v1/segments/', { ...segment, segmentRule: '289983T' })
  const path = `/v1/segments/${textAt(made.json(), 'sid')}`
  const mapping = { integrationCode: segmentId }
  await before.control('POST', '/control/segment-mappings', mapping)
  expect((await before.rest('DELETE', path)).status).toBe(409)
  expect((await before.rest('PUT', path, { name: 'Still here' })).status).toBe(200)
  await before.close()

  const { rest, control } = await started({}, stateFile)
  expect((await rest('DELETE', path)).status).toBe(409)
  await control('DELETE', '/control/segment-mappings', mapping)
  expect((await rest('DELETE', path)).status).toBe(204)
  expect((await rest('DELETE', path)).status).toBe(404)
  await expect(control('POST', '/control/segment-mappings', mapping)).rejects.toThrow(
    'names no segment',
  )
})

test('a name or an integration code that is taken answers 409', async () => {
  const { rest } = await started()
  await rest('POST', '/v1/traits/', trait)
  expect((await rest('POST', '/v1/traits/', { ...trait, integrationCode: 'x' })).status).toBe(409)
  expect((await rest('POST', '/v1/traits/', { ...trait, name: 'Other' })).status).toBe(409)
  expect(
    (await rest('POST', '/v1/traits/', { ...trait, name: 'Other', integrationCode: 'x' })).status,
  ).toBe(201)
})

test.each([
  ['name', ''],
  ['name', 'x'.repeat(256)],
  ['name', 'with, comma'],
  ['name', 'with-hyphen'],
  ['name', 'with\ttab'],
  ['name', 'with|pipe'],
  ['name', 7],
  ['traitType', 'OTHER'],
  ['dataSourceId', 1],
  ['dataSourceId', 20_914],
  ['folderId', 999],
  ['ttl', -1],
])('a trait with %s %j answers 400', async (field, value) => {
  const { rest } = await started()
  expect((await rest('POST', '/v1/traits/', { ...trait, [field]: value })).status).toBe(400)
})

test('paging wraps the list; sorting and searching work on any value', async () => {
  const { rest } = await started()
  for (const name of ['C', 'A', 'B']) {
    await rest('POST', '/v1/traits/', {
      ...trait,
      name,
      integrationCode: name,
      description: `about ${name}`,
    })
  }
  expect(at((await rest('GET', '/v1/traits')).json(), 0, 'name')).toBe('C')
  expect((await rest('GET', '/v1/traits?page=1&pageSize=2&sortBy=name')).json()).toMatchObject({
    total: 3,
    page: 1,
    pageSize: 2,
    list: [{ name: 'C' }],
  })
  expect((await rest('GET', '/v1/traits?sortBy=name&descending=true')).json()).toMatchObject([
    { name: 'C' },
    { name: 'B' },
    { name: 'A' },
  ])
  expect((await rest('GET', '/v1/traits?search=about%20a')).json()).toMatchObject([{ name: 'A' }])
})

test('limits are told and kept', async () => {
  const { rest } = await started({ audienceManager: { maxTraits: 1, maxFolders: 3 } })
  await rest('POST', '/v1/traits/', trait)
  expect((await rest('GET', '/v1/traits/limits')).json()).toEqual({ count: 1, limit: 1 })
  expect(
    (await rest('POST', '/v1/traits/', { ...trait, name: 'B', integrationCode: 'B' })).status,
  ).toBe(409)
  const folder = (name: string, parentFolderId: number) =>
    rest('POST', '/v1/folders/traits/', { name, parentFolderId })
  expect((await folder('A', 1)).status).toBe(201)
  expect((await folder('B', 1)).status).toBe(409)
  expect((await folder('A', 999)).status).toBe(400)
})

test('a segment rule must be one, over traits that are there', async () => {
  const { rest } = await started()
  const create = async (segmentRule: string): Promise<number> =>
    (await rest('POST', '/v1/segments/', { ...segment, segmentRule })).status
  expect(await create('289983T')).toBe(400)
  expect(await create('anything')).toBe(400)
  expect((await rest('GET', '/v1/nothing')).json()).toMatchObject({ error_code: '404040' })
})
