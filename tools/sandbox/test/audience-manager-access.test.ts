import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exchange, type Exchanged } from './exchange.ts'
import { at, form, started, type Started, textAt } from './started.ts'

// Reference §1.6: who sees what is decided by data source, in Audience Manager and by nobody else.

const platform = 29_769
const trait = (name: string, dataSourceId = platform): object => ({
  name,
  traitType: 'ON_BOARDED_TRAIT',
  dataSourceId,
  folderId: 123,
  traitRule: `segID == "${name}"`,
  integrationCode: name,
})
const segment = (name: string, sid: string, dataSourceId = platform): object => ({
  name,
  dataSourceId,
  folderId: 123,
  segmentRule: `${sid}T`,
  integrationCode: name,
})

type Call = (method: string, target: string, body?: unknown) => Promise<Exchanged>

/** Calls as a user, who signs in with his username. */
async function as({ ready }: Started, username: string): Promise<Call> {
  const { imsUrl, restUrl, clientSecret } = ready.audienceManager
  const credentials = `client_id=${username}&client_secret=${clientSecret}`
  const answer = await exchange(imsUrl, '/ims/token/v3', {
    method: 'POST',
    headers: form,
    body: `${credentials}&grant_type=client_credentials&scope=openid`,
  })
  const token = textAt(answer.json(), 'access_token')
  return (method, target, body) =>
    exchange(restUrl, target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-api-key': username,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}

/** A sandbox with a trait and a segment of Platform's, the same of another source, and a user in a group. */
async function populated(settings: object = {}, stateFile?: string) {
  const sandbox = await started(settings, stateFile)
  const { rest } = sandbox
  const source = await rest('POST', '/v1/datasources', { name: 'Other', idType: 'COOKIE' })
  const other = Number(textAt(source.json(), 'dataSourceId'))
  const sids: Record<string, string> = {}
  for (const [name, owner] of [
    ['buyers', platform],
    ['readers', other],
  ] as const) {
    const made = await rest('POST', '/v1/traits', trait(name, owner))
    const traitSid = textAt(made.json(), 'sid')
    sids[`${name} trait`] = traitSid
    sids[name] = textAt(
      (await rest('POST', '/v1/segments', segment(name, traitSid, owner))).json(),
      'sid',
    )
  }
  const group = await rest('POST', '/v1/groups/', { name: 'Analysts', description: null })
  const groupId = Number(textAt(group.json(), 'groupId'))
  const user = { username: 'ana', emailAddress: 'ana@example.test', groups: [groupId] }
  expect((await rest('POST', '/v1/users/', user)).status).toBe(201)
  const grant = (permissions: unknown): Promise<Exchanged> =>
    rest('PUT', `/v1/groups/${groupId}/permissions/`, permissions)
  return { sandbox, rest, other, sids, groupId, grant, ana: await as(sandbox, 'ana') }
}

async function namesSeen(call: Call, kind: string): Promise<unknown> {
  const list = (await call('GET', `/v1/${kind}?pageSize=1000&sortBy=name`)).json()
  const found = at(list, 'list')
  return Array.isArray(found) ? found.map((item) => at(item, 'name')) : found
}

test('a group without the data source sees neither its traits nor its segments; with it, all', async () => {
  const { ana, grant, sids, other, rest } = await populated()
  const paths = [
    `/v1/traits/${sids['buyers trait']}`,
    `/v1/traits/${sids['buyers trait']}/population`,
    `/v1/segments/${sids['buyers']}`,
  ]
  const statuses = (): Promise<number[]> =>
    Promise.all(paths.map(async (path) => (await ana('GET', path)).status))
  expect([await namesSeen(ana, 'traits'), await namesSeen(ana, 'segments')]).toEqual([[], []])
  expect(await statuses()).toEqual([403, 403, 403])
  expect((await ana('GET', '/v1/traits?integrationCode=buyers')).json()).toEqual([])
  expect((await ana('GET', '/v1/traits/1')).status).toBe(404)

  const read = ['TRAIT', 'SEGMENT'].map((objectType) => ({
    objectType,
    objectId: platform,
    permissions: ['READ'],
  }))
  const granted = await grant(read)
  expect([granted.status, granted.json()]).toEqual([200, read])
  expect([await namesSeen(ana, 'traits'), await namesSeen(ana, 'segments')]).toEqual([
    ['buyers'],
    ['buyers'],
  ])
  expect(await statuses()).toEqual([200, 200, 200])

  // A PUT replaces all that was there before.
  await grant([{ objectType: 'TRAIT', objectId: String(other), permissions: ['READ'] }])
  expect([await namesSeen(ana, 'traits'), await namesSeen(ana, 'segments')]).toEqual([
    ['readers'],
    [],
  ])
  expect(await statuses()).toEqual([403, 403, 403])
  // Whoever syncs the segments sees all of them, as admins do.
  expect(await namesSeen(rest, 'traits')).toEqual(['buyers', 'readers'])
})

test('wild cards cover all data sources, those that come later too', async () => {
  const { ana, rest, groupId } = await populated()
  const wildcards = ['VIEW_ALL_TRAITS']
  const changed = await rest('PUT', `/v1/groups/${groupId}`, { name: 'Analysts', wildcards })
  expect(changed.json()).toMatchObject({ groupId, pid: 1194, wildcards, membershipCount: 1 })
  const source = await rest('POST', '/v1/datasources', { name: 'Later', idType: 'COOKIE' })
  await rest('POST', '/v1/traits', trait('later', Number(textAt(source.json(), 'dataSourceId'))))
  expect(await namesSeen(ana, 'traits')).toEqual(['buyers', 'later', 'readers'])
  expect(await namesSeen(ana, 'segments')).toEqual([])
})

test('each verb is granted by itself', async () => {
  const { ana, grant, sids } = await populated()
  const change = async (objectType: string, permissions: string[]): Promise<number[]> => {
    await grant([{ objectType, objectId: platform, permissions }])
    const isTrait = objectType === 'TRAIT'
    const kind = isTrait ? 'traits' : 'segments'
    const sid = isTrait ? sids['buyers trait'] : sids['buyers']
    const made = isTrait ? trait('made') : segment('made', sids['buyers trait'] ?? '')
    return [
      (await ana('GET', `/v1/${kind}/${sid}`)).status,
      (await ana('PUT', `/v1/${kind}/${sid}`, { name: 'renamed' })).status,
      (await ana('POST', `/v1/${kind}`, made)).status,
    ]
  }
  expect(await change('TRAIT', ['READ'])).toEqual([200, 403, 403])
  expect(await change('TRAIT', ['WRITE'])).toEqual([403, 200, 403])
  expect(await change('TRAIT', ['CREATE'])).toEqual([403, 403, 201])
  expect(await change('SEGMENT', ['READ', 'WRITE'])).toEqual([200, 200, 403])
  // A segment is made of traits that one may use.
  expect(await change('SEGMENT', ['CREATE'])).toEqual([403, 403, 403])
  expect((await ana('DELETE', `/v1/segments/${sids['buyers']}`)).status).toBe(403)
  await grant([{ objectType: 'SEGMENT', objectId: platform, permissions: ['DELETE'] }])
  expect((await ana('DELETE', `/v1/segments/${sids['buyers']}`)).status).toBe(204)
  await grant([
    { objectType: 'SEGMENT', objectId: platform, permissions: ['CREATE'] },
    { objectType: 'TRAIT', objectId: platform, permissions: ['MAP_TO_SEGMENTS'] },
  ])
  const made = await ana('POST', '/v1/segments', segment('made', sids['buyers trait'] ?? ''))
  expect(made.status).toBe(201)
})

test.each([
  ['no array', {}, 400],
  ['no such type', [{ objectType: 'MODEL', objectId: platform, permissions: [] }], 400],
  [
    'a permission of another type',
    [{ objectType: 'SEGMENT', objectId: platform, permissions: ['MAP_TO_SEGMENTS'] }],
    400,
  ],
  ['tags, which have wild cards only', [{ objectType: 'TAGS', objectId: 1, permissions: [] }], 400],
  ['no object', [{ objectType: 'TRAIT', permissions: ['READ'] }], 400],
  [
    'a data source of everybody’s',
    [{ objectType: 'TRAIT', objectId: 20_914, permissions: ['READ'] }],
    403,
  ],
  [
    'a data source that is not there',
    [{ objectType: 'TRAIT', objectId: 1, permissions: ['READ'] }],
    403,
  ],
])('permissions that name %s are refused, and nothing is changed', async (_, given, status) => {
  const { grant, rest, groupId } = await populated()
  const before = [{ objectType: 'TRAIT', objectId: platform, permissions: ['READ'] }]
  await grant(before)
  expect((await grant(given)).status).toBe(status)
  expect((await rest('GET', `/v1/groups/${groupId}/permissions`)).json()).toEqual(before)
})

test('types and their permissions are listed as documented', async () => {
  const { rest } = await started()
  const path = '/v1/permissionable-object-types/'
  expect((await rest('GET', path)).json()).toEqual([
    'SEGMENT',
    'TRAIT',
    'DESTINATION',
    'DERIVED_SIGNALS',
    'TAGS',
  ])
  expect((await rest('GET', `${path}SEGMENT/`)).json()).toEqual({
    wildcard: [
      'VIEW_ALL_SEGMENTS',
      'EDIT_ALL_SEGMENTS',
      'CREATE_ALL_SEGMENTS',
      'DELETE_ALL_SEGMENTS',
      'MAP_ALL_SEGMENTS_TO_MODELS',
      'MAP_ALL_TO_DESTINATIONS',
    ],
    perObject: ['READ', 'WRITE', 'CREATE', 'DELETE', 'MAP_TO_MODELS', 'MAP_TO_DESTINATION'],
  })
  expect((await rest('GET', `${path}TAGS`)).json()).toMatchObject({ perObject: [] })
  expect((await rest('GET', `${path}MODEL`)).status).toBe(404)
})

test('groups and users are for admins, but for oneself', async () => {
  const { ana, rest, groupId } = await populated()
  for (const path of [
    '/v1/groups',
    `/v1/groups/${groupId}/permissions`,
    '/v1/users',
    '/v1/users/7',
  ]) {
    expect((await ana('GET', path)).status).toBe(403)
  }
  expect((await ana('PUT', `/v1/groups/${groupId}/permissions`, [])).status).toBe(403)
  expect((await ana('PUT', `/v1/datasources/${platform}`, { name: 'x' })).status).toBe(403)
  const self = (await ana('GET', '/v1/users/self')).json()
  expect(self).toMatchObject({ username: 'ana', pid: 1194, groups: [groupId], isAdmin: false })
  const listed = (await rest('GET', `/v1/users/?groupId=${groupId}`)).json()
  expect(listed).toMatchObject([{ userId: at(self, 'userId') }])

  const taken = await rest('POST', '/v1/users', { username: 'ana' })
  expect(taken.status).toBe(409)
  expect((await rest('POST', '/v1/groups', { name: 'Analysts' })).status).toBe(409)
  expect((await rest('POST', '/v1/users', { username: 'ben', groups: [1] })).status).toBe(400)
  expect((await rest('DELETE', '/v1/users/7')).status).toBe(409)
  expect((await rest('GET', '/v1/groups/1/permissions')).status).toBe(400)

  await rest('PUT', `/v1/users/${textAt(self, 'userId')}`, { isAdmin: true })
  expect(await namesSeen(ana, 'traits')).toEqual(['buyers', 'readers'])
  await rest('PUT', `/v1/users/${textAt(self, 'userId')}`, { status: 'LOCKED' })
  expect((await ana('GET', '/v1/users/self')).json()).toMatchObject({ error_code: '403023' })
})

test('a group that is deleted has no members, and grants nothing', async () => {
  const { ana, grant, rest, groupId } = await populated()
  await grant([{ objectType: 'TRAIT', objectId: platform, permissions: ['READ'] }])
  expect(await namesSeen(ana, 'traits')).toEqual(['buyers'])
  expect((await rest('DELETE', '/v1/groups/bulk-delete', [groupId])).status).toBe(204)
  expect(await namesSeen(ana, 'traits')).toEqual([])
  expect((await ana('GET', '/v1/users/self')).json()).toMatchObject({ groups: [] })
  expect((await rest('DELETE', `/v1/groups/${groupId}`)).status).toBe(404)
})

test('who may what is kept over a restart; switched off, everybody sees all', async () => {
  const stateFile = join(await mkdtemp(join(tmpdir(), 'segue-access-')), 'state.json')
  const { grant, sandbox } = await populated({}, stateFile)
  await grant([{ objectType: 'TRAIT', objectId: platform, permissions: ['READ'] }])
  await sandbox.close()
  const again = await started({}, stateFile)
  expect(await namesSeen(await as(again, 'ana'), 'traits')).toEqual(['buyers'])
  await again.close()
  const off = await started({ audienceManager: { roleBasedAccess: false } }, stateFile)
  expect(await namesSeen(await as(off, 'ana'), 'traits')).toEqual(['buyers', 'readers'])
})

// Reference §1.7: data export controls.

const destination = (dataExportLabels: readonly string[]): object => ({
  name: 'Ads',
  destinationType: 'PUSH',
  serializationEnabled: false,
  dataExportLabels,
})
const mapping = (sid: string | undefined): object => ({
  sid: Number(sid),
  traitType: 'SEGMENT',
  startDate: '2026-11-23',
  valueAlias: '123',
})

test('a segment is mapped unless a control on a trait’s source meets a label of the destination', async () => {
  const { rest, sids, other } = await populated()
  const control = (source: number, dataExportRestrictions: string[]): Promise<Exchanged> =>
    rest('PUT', `/v1/datasources/${source}`, { dataExportRestrictions })
  const made = await rest('POST', '/v1/destinations/', destination(['PII', 'OFFSITE_ADS']))
  expect(made.status).toBe(201)
  const path = `/v1/destinations/${textAt(made.json(), 'destinationId')}/mappings/`
  const mapped = async (name: string): Promise<number> =>
    (await rest('POST', path, mapping(sids[name]))).status

  expect((await control(platform, ['PII', 'ONSITE_ADS'])).json()).toMatchObject({
    name: 'Experience Platform Segments',
    dataExportRestrictions: ['PII', 'ONSITE_ADS'],
  })
  expect((await rest('GET', `/v1/datasources/${platform}`)).json()).toMatchObject({
    dataExportRestrictions: ['PII', 'ONSITE_ADS'],
  })
  expect(await mapped('buyers')).toBe(409)
  await control(platform, ['ONSITE_ADS'])
  expect(await mapped('buyers')).toBe(201)
  expect(await mapped('buyers')).toBe(409)
  expect((await rest('DELETE', `/v1/segments/${sids['buyers']}`)).status).toBe(409)

  // The segment's own source is not looked at, its merge rule's is.
  await control(platform, ['PII'])
  const mixed = { dataSourceId: platform, name: 'mixed', folderId: 123 }
  const rule = { segmentRule: `${sids['readers trait']}T` }
  sids['mixed'] = textAt((await rest('POST', '/v1/segments', { ...mixed, ...rule })).json(), 'sid')
  expect(await mapped('mixed')).toBe(201)
  const withRule = { ...mixed, ...rule, name: 'ruled', mergeRuleDataSourceId: platform }
  sids['ruled'] = textAt((await rest('POST', '/v1/segments', withRule)).json(), 'sid')
  expect(await mapped('ruled')).toBe(409)

  // Nor may a trait be added to a segment that is there; a rename is no matter.
  const segmentPath = `/v1/segments/${sids['mixed']}`
  const more = { segmentRule: `${sids['readers trait']}T OR ${sids['buyers trait']}T` }
  expect((await rest('PUT', segmentPath, more)).status).toBe(409)
  expect((await rest('PUT', segmentPath, { name: 'other name' })).status).toBe(200)
  await control(other, ['OFFSITE_ADS'])
  expect((await rest('PUT', segmentPath, { name: 'another name' })).status).toBe(200)
  // What was mapped before the control was set is not sent.
  expect((await rest('GET', path)).json()).toMatchObject([
    { sid: Number(sids['buyers']), exportBlockedBy: ['PII'] },
    { sid: Number(sids['mixed']), exportBlockedBy: ['OFFSITE_ADS'] },
  ])
})

test('without a label, or without a control, nothing is blocked', async () => {
  const { rest, sids } = await populated()
  for (const [labels, controls] of [
    [[], ['PII']],
    [['PII'], []],
    [['PII'], ['OFFSITE_ADS']],
  ]) {
    await rest('PUT', `/v1/datasources/${platform}`, { dataExportRestrictions: controls })
    const made = await rest('POST', '/v1/destinations', destination(labels ?? []))
    const path = `/v1/destinations/${textAt(made.json(), 'destinationId')}`
    const answer = await rest('POST', `${path}/mappings`, mapping(sids['buyers']))
    expect(answer.json()).toMatchObject({ destinationId: expect.any(Number), exportBlockedBy: [] })
    expect((await rest('DELETE', path)).status).toBe(204)
  }
})

test('destinations are seen and mapped to by permission', async () => {
  const { ana, rest, grant, sids } = await populated()
  const made = await rest('POST', '/v1/destinations', destination([]))
  const objectId = Number(textAt(made.json(), 'destinationId'))
  const path = `/v1/destinations/${objectId}`
  expect((await ana('GET', '/v1/destinations')).json()).toEqual([])
  expect((await ana('GET', path)).status).toBe(403)
  expect((await ana('POST', '/v1/destinations', destination([]))).status).toBe(403)
  const write = { objectType: 'DESTINATION', objectId, permissions: ['READ', 'WRITE'] }
  await grant([write])
  expect((await ana('GET', '/v1/destinations')).json()).toMatchObject([{ destinationId: objectId }])
  expect((await ana('POST', `${path}/mappings`, mapping(sids['buyers']))).status).toBe(403)
  const map = { objectType: 'SEGMENT', objectId: platform, permissions: ['MAP_TO_DESTINATION'] }
  await grant([write, map])
  expect((await ana('POST', `${path}/mappings`, mapping(sids['buyers']))).status).toBe(201)
  const query = `?containsSegment=${sids['buyers']}`
  expect((await ana('GET', `/v1/destinations${query}`)).json()).toMatchObject([{ name: 'Ads' }])
  expect((await ana('GET', `${path}?includeMappings=true`)).json()).toMatchObject({
    mappings: [{ sid: Number(sids['buyers']) }],
  })
})
