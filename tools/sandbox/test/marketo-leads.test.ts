import { expect, test } from 'vitest'
import { at, form, json, started, type Started, textAt } from './started.ts'

const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'
const ecid = '08382830887934830189014177072406221371'

function namesakes(count: number, from: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    email: 'one@example.com',
    ecid: String(from + index),
  }))
}

async function withPeople(): Promise<Started> {
  const sandbox = await started({ preset: 'loose' })
  await sandbox.control('POST', '/control/seed', {
    marketo: [
      { email: 'Ann@Example.com', emailSHA256: hash, firstName: 'Ann' },
      { ecid },
      { email: 'both@example.com' },
      { email: 'both@example.com', ecid: '9' },
      { email: 'both@example.com', ecid: '8' },
    ],
  })
  return sandbox
}

test('leads are found by e-mail, hash, ECID field and id, with the default fields', async () => {
  const { marketo } = await withPeople()
  const found = await marketo(
    'GET',
    '/rest/v1/leads.json?filterType=email&filterValues=ann@example.com',
  )
  expect(found.json()).toEqual({
    requestId: expect.any(String),
    success: true,
    result: [
      {
        id: 318_581,
        email: 'Ann@Example.com',
        firstName: 'Ann',
        lastName: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        updatedAt: expect.stringMatching(/Z$/),
      },
    ],
  })
  const by = (type: string, values: string) =>
    marketo(
      'GET',
      `/rest/v1/leads.json?filterType=${type}&filterValues=${values}&fields=id,${type}`,
    )
  expect((await by('emailSHA256', `none,${hash}`)).json()).toMatchObject({
    result: [{ id: 318_581, emailSHA256: hash }],
  })
  expect((await by('ecid', ecid)).json()).toMatchObject({ result: [{ id: 318_582, ecid }] })
  expect((await by('id', '318582,5')).json()).toMatchObject({ result: [{ id: 318_582 }] })
  expect((await by('ecid', 'nobody')).json()).toMatchObject({ success: true, result: [] })
  expect(at((await by('email', 'both@example.com')).json(), 'result')).toHaveLength(2)
})

test('a query too long for a URL answers HTTP 414, and goes as a POST with _method=GET', async () => {
  const { marketo } = await withPeople()
  const values = [
    ...Array.from({ length: 299 }, (_, index) => `${index}${'0'.repeat(60)}`),
    hash,
  ].join(',')
  const query = `filterType=emailSHA256&filterValues=${values}&fields=id`
  expect((await marketo('GET', `/rest/v1/leads.json?${query}`)).status).toBe(414)
  const inUrl = await marketo('POST', '/rest/v1/leads.json?_method=GET', {
    headers: form,
    body: query,
  })
  const inBody = await marketo('POST', '/rest/v1/leads.json', {
    headers: form,
    body: `${query}&_method=GET`,
  })
  expect(inUrl.json()).toMatchObject({ success: true, result: [{ id: 318_581 }] })
  expect(inBody.json()).toMatchObject({ success: true, result: [{ id: 318_581 }] })
})

test.each([
  ['filterValues=a', '1002'],
  ['filterType=email', '1002'],
  ['filterType=nope&filterValues=a', '1006'],
  ['filterType=firstName&filterValues=a', '1011'],
  ['filterType=ecids&filterValues=a', '1011'],
  ['filterType=email&filterValues=a&fields=nope', '1006'],
  [`filterType=id&filterValues=${'1,'.repeat(301)}`, '1003'],
])('a look-up with %s answers %s', async (query, code) => {
  const { marketo } = await withPeople()
  expect((await marketo('GET', `/rest/v1/leads.json?${query}`)).json()).toMatchObject({
    success: false,
    errors: [{ code }],
  })
})

test('more than a thousand matches are refused, fewer come in pages', async () => {
  const { marketo, control } = await started({ preset: 'loose' })
  await control('POST', '/control/seed', { marketo: namesakes(1000, 0) })
  const query = '/rest/v1/leads.json?filterType=email&filterValues=one@example.com&fields=id'
  const first = (await marketo('GET', query)).json()
  expect(at(first, 'result')).toHaveLength(300)
  const second = await marketo('GET', `${query}&nextPageToken=${textAt(first, 'nextPageToken')}`)
  expect(at(second.json(), 'result', 0, 'id')).toBe(318_881)
  await control('POST', '/control/seed', { marketo: namesakes(1, 1000) })
  expect((await marketo('GET', query)).json()).toMatchObject({ errors: [{ code: '1003' }] })
})

test('the description names the searchable fields, the custom ones among them', async () => {
  const { marketo } = await started({
    marketo: { emailHashField: 'mailHash', customFields: ['gaid'] },
  })
  const [described] = [(await marketo('GET', '/rest/v1/leads/describe2.json')).json()]
  expect(at(described, 'result', 0, 'searchableFields')).toEqual([
    ['id'],
    ['email'],
    ['mailHash'],
    ['ecid'],
    ['gaid'],
  ])
})

test('sync answers one result a record, in order, with a reason for each that is skipped', async () => {
  const { marketo } = await withPeople()
  const sync = async (body: object): Promise<unknown> =>
    (
      await marketo('POST', '/rest/v1/leads.json', { headers: json, body: JSON.stringify(body) })
    ).json()

  expect(
    await sync({
      input: [
        { email: 'new@example.com' },
        { email: 'ann@example.com', firstName: 'Anna' },
        { email: 'both@example.com' },
        { email: 'x@example.com', nope: 1 },
        { firstName: 'nobody' },
        { email: 'no address' },
      ],
    }),
  ).toMatchObject({
    success: true,
    result: [
      { id: 318_585, status: 'created' },
      { id: 318_581, status: 'updated' },
      { status: 'skipped', reasons: [{ code: '1007' }] },
      { status: 'skipped', reasons: [{ code: '1006' }] },
      { status: 'skipped', reasons: [{ code: '1003' }] },
      { status: 'skipped', reasons: [{ code: '1003' }] },
    ],
  })
  const updated = await sync({
    action: 'updateOnly',
    lookupField: 'ecid',
    input: [{ ecid }, { ecid: 'no' }],
  })
  expect(updated).toMatchObject({
    result: [{ status: 'updated' }, { reasons: [{ code: '1004' }] }],
  })
  const created = await sync({ action: 'createOnly', input: [{ email: 'new@example.com' }] })
  expect(created).toMatchObject({ result: [{ reasons: [{ code: '1005' }] }] })
  expect(await sync({ partitionName: 'Other', input: [{ email: 'a@b.c' }] })).toMatchObject({
    result: [{ reasons: [{ code: '1008' }] }],
  })
  const many = Array.from({ length: 301 }, () => ({ email: 'a@b.c' }))
  expect(await sync({ input: many })).toMatchObject({ errors: [{ code: '1003' }] })
  expect(await sync({ lookupField: 'firstName', input: many })).toMatchObject({
    errors: [{ code: '1011' }],
  })
})

test('a deleted lead leaves its lists and is not found any more', async () => {
  const { marketo, control } = await withPeople()
  const body = 'folder={"id":1034,"type":"Folder"}&name=L'
  await marketo('POST', '/rest/asset/v1/staticLists.json', { headers: form, body })
  await marketo('POST', '/rest/v1/lists/1021/leads.json?id=318581')
  expect((await marketo('GET', '/rest/v1/leads/318581/listMembership.json')).json()).toMatchObject({
    result: [{ id: 1021, listName: 'L' }],
  })
  await marketo('POST', '/rest/v1/leads/delete.json?id=318581')
  expect(at(await control('GET', '/control/members'), 'marketo', 1021, 'members')).toEqual([])
  expect((await marketo('POST', '/rest/v1/lists/1021/leads.json?id=318581')).json()).toMatchObject({
    result: [{ status: 'skipped', reasons: [{ code: '1004' }] }],
  })
})
