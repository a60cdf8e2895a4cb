import { expect, test } from 'vitest'
import { form, started } from './started.ts'

const folder = 'folder={"id":1034,"type":"Folder"}'

test('a static list is created, found, renamed and deleted as documented', async () => {
  const { marketo } = await started()
  const post = (path: string, body = '') => marketo('POST', path, { headers: form, body })

  const created = await post('/rest/asset/v1/staticLists.json', `${folder}&name=My Static List`)
  const asset = {
    id: 1021,
    name: 'My Static List',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\+0000$/),
    updatedAt: expect.stringMatching(/Z\+0000$/),
    folder: { id: 1034, type: 'Folder' },
    computedUrl: expect.stringMatching(/#ST1021A1$/),
  }
  expect(created.json()).toMatchObject({ success: true, errors: [], result: [asset] })
  const renamed = await post(
    '/rest/asset/v1/staticList/1021.json',
    'name=Other&description=for testing',
  )
  const other = { ...asset, name: 'Other', description: 'for testing' }
  expect(renamed.json()).toMatchObject({ result: [other] })

  for (const target of [
    '/rest/asset/v1/staticList/1021.json',
    '/rest/asset/v1/staticList/byName.json?name=Other',
    `/rest/asset/v1/staticLists.json?${encodeURI(folder)}`,
  ]) {
    expect((await marketo('GET', target)).json()).toMatchObject({ success: true, result: [other] })
  }
  expect((await post('/rest/asset/v1/staticList/1021/delete.json')).json()).toMatchObject({
    success: true,
    result: [{ id: 1021 }],
  })
  const gone = (await marketo('GET', '/rest/asset/v1/staticList/byName.json?name=Other')).json()
  expect(gone).toMatchObject({
    success: true,
    warnings: [expect.stringContaining('No assets found')],
  })
  expect(gone).not.toHaveProperty('result')
})

test('a name is taken once: by another create and by a rename it answers 709', async () => {
  const { marketo } = await started()
  const create = (name: string) =>
    marketo('POST', '/rest/asset/v1/staticLists.json', {
      headers: form,
      body: `${folder}&name=${name}`,
    })
  await create('A')
  await create('B')
  expect((await create('A')).json()).toMatchObject({ success: false, errors: [{ code: '709' }] })
  const rename = await marketo('POST', '/rest/asset/v1/staticList/1022.json', {
    headers: form,
    body: 'name=A',
  })
  expect(rename.json()).toMatchObject({ success: false, errors: [{ code: '709' }] })
})

test('browsing turns pages by offset and takes at most 200', async () => {
  const { marketo } = await started({ preset: 'loose' })
  for (let list = 0; list < 5; list += 1) {
    await marketo('POST', '/rest/asset/v1/staticLists.json', {
      headers: form,
      body: `${folder}&name=L${list}`,
    })
  }
  const page = await marketo('GET', '/rest/asset/v1/staticLists.json?maxReturn=2&offset=3')
  expect(page.json()).toMatchObject({ result: [{ name: 'L3' }, { name: 'L4' }] })
  const tooMany = await marketo('GET', '/rest/asset/v1/staticLists.json?maxReturn=201')
  expect(tooMany.json()).toMatchObject({ success: false, errors: [{ code: '1003' }] })
})

test.each([
  [folder, '701'],
  ['name=A', '1002'],
  ['folder=1034&name=A', '1001'],
  ['folder={"id":7,"type":"Folder"}&name=A', '710'],
  ['folder={"id":1034,"type":"Email"}&name=A', '711'],
])('creating with %s answers %s', async (body, code) => {
  const { marketo } = await started()
  const answer = await marketo('POST', '/rest/asset/v1/staticLists.json', { headers: form, body })
  expect(answer.json()).toMatchObject({ success: false, errors: [{ code }] })
})

test('the asset API takes forms only, and only with the permission', async () => {
  const { marketo } = await started({ marketo: { permissions: ['leads'] } })
  const denied = await marketo('GET', '/rest/asset/v1/staticLists.json')
  expect(denied.json()).toMatchObject({ errors: [{ code: '603' }] })
  const allowed = await started()
  const answer = await allowed.marketo('POST', '/rest/asset/v1/staticLists.json', {
    headers: { 'content-type': 'application/json' },
    body: '{"name":"A"}',
  })
  expect(answer.json()).toMatchObject({ errors: [{ code: '612' }] })
})
