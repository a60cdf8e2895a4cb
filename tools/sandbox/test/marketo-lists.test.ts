import { expect, test } from 'vitest'
import { at, form, json, started, type Started, textAt } from './started.ts'

/** The ids of the documented samples begin here. */
const firstLead = 318_581
const firstList = 1021

async function withList(count: number, settings: object = {}): Promise<Started & { list: string }> {
  const sandbox = await started(settings)
  const leads = Array.from({ length: count }, (_, index) => ({ email: `p${index}@example.com` }))
  await sandbox.control('POST', '/control/seed', { marketo: leads })
  const created = await sandbox.marketo('POST', '/rest/asset/v1/staticLists.json', {
    headers: form,
    body: 'folder={"id":1034,"type":"Folder"}&name=AEP Loyal buyers&description=7841ba61',
  })
  return { ...sandbox, list: `/rest/v1/lists/${textAt(created.json(), 'result', 0, 'id')}` }
}

function idsUpTo(count: number): string {
  return Array.from({ length: count }, (_, index) => `id=${firstLead + index}`).join('&')
}

test('the documented adds, removes and membership questions answer in the order of the request', async () => {
  const { marketo, list } = await withList(3)
  const ids = `id=${firstLead + 1}&id=999999&id=${firstLead}`

  const added = await marketo('POST', `${list}/leads.json?${ids}`, { headers: json })
  expect(added.status).toBe(200)
  expect(added.json()).toEqual({
    requestId: expect.stringMatching(/^[0-9a-f]+#[0-9a-f]+$/),
    success: true,
    result: [
      { id: firstLead + 1, status: 'added' },
      { id: 999_999, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
      { id: firstLead, status: 'added' },
    ],
  })
  const asked = await marketo(
    'GET',
    `${list}/leads/ismember.json?id=${firstLead}&id=${firstLead + 2}&id=999999`,
  )
  expect(asked.json()).toMatchObject({
    result: [
      { id: firstLead, status: 'memberof' },
      { id: firstLead + 2, status: 'notmemberof' },
      { id: 999_999, status: 'skipped', reasons: [{ code: '1004' }] },
    ],
  })
  const removed = await marketo('DELETE', `${list}/leads.json?${ids}`)
  expect(removed.json()).toMatchObject({
    success: true,
    result: [
      { id: firstLead + 1, status: 'removed' },
      { id: 999_999, status: 'skipped', reasons: [{ code: '1004' }] },
      { id: firstLead, status: 'removed' },
    ],
  })
})

test('ids may come in a JSON body, for both calls', async () => {
  const { marketo, list } = await withList(2)
  const body = JSON.stringify({ input: [{ id: firstLead }, { id: String(firstLead + 1) }] })
  for (const [method, status] of [
    ['POST', 'added'],
    ['DELETE', 'removed'],
  ] as const) {
    expect(
      (await marketo(method, `${list}/leads.json`, { headers: json, body })).json(),
    ).toMatchObject({
      result: [
        { id: firstLead, status },
        { id: firstLead + 1, status },
      ],
    })
  }
})

test.each([
  ['mixed', ['added', 'skipped'], ['removed', 'skipped']],
  ['added', ['added'], ['removed']],
  ['skipped', ['skipped'], ['skipped']],
])(
  'a repeat answers as the setting %s says, and changes nothing',
  async (repeatAnswer, onAdd, onRemove) => {
    const { marketo, control, list } = await withList(4, { marketo: { repeatAnswer } })
    const target = `${list}/leads.json?${[0, 1, 2, 3].map((n) => `id=${firstLead + n}`).join('&')}`
    const statuses = async (method: string): Promise<unknown[]> => {
      const result = at((await marketo(method, target)).json(), 'result')
      return [
        ...new Set(Array.isArray(result) ? result.map((one) => textAt(one, 'status')) : []),
      ].toSorted()
    }
    await statuses('POST')
    expect(await statuses('POST')).toEqual(onAdd)
    expect(
      at(await control('GET', '/control/members'), 'marketo', firstList, 'members'),
    ).toHaveLength(4)
    await statuses('DELETE')
    expect(await statuses('DELETE')).toEqual(onRemove)
    expect(at(await control('GET', '/control/members'), 'marketo', firstList, 'members')).toEqual(
      [],
    )
  },
)

test('a call takes 300 ids and refuses 301 as a whole', async () => {
  const { marketo, control, list } = await withList(301)
  expect((await marketo('POST', `${list}/leads.json?${idsUpTo(301)}`)).json()).toMatchObject({
    success: false,
    errors: [{ code: '1003' }],
  })
  expect(at(await control('GET', '/control/members'), 'marketo', firstList, 'members')).toEqual([])
  const most = (await marketo('POST', `${list}/leads.json?${idsUpTo(300)}`)).json()
  expect(at(most, 'result')).toHaveLength(300)
})

test('members come in pages by token, each once, and a page can be asked for again', async () => {
  const { marketo, list } = await withList(7)
  await marketo(
    'POST',
    `${list}/leads.json?${[6, 2, 4, 0, 1, 3, 5].map((n) => `id=${firstLead + n}`).join('&')}`,
  )
  const seen: unknown[] = []
  let token = ''
  for (;;) {
    const target = `${list}/leads.json?batchSize=3&fields=email${token}`
    const page = (await marketo('GET', target)).json()
    expect((await marketo('GET', target)).json()).toMatchObject({ result: at(page, 'result') })
    seen.push(at(page, 'result'))
    if (at(page, 'nextPageToken') === undefined) break
    token = `&nextPageToken=${textAt(page, 'nextPageToken')}`
  }
  expect(seen.flat()).toEqual(
    Array.from({ length: 7 }, (_, n) => ({ id: firstLead + n, email: `p${n}@example.com` })),
  )
})

test.each([
  ['GET', '/rest/v1/lists/9999/leads.json', '1013'],
  ['POST', '/rest/v1/lists/9999/leads.json?id=1', '1013'],
  ['POST', '/rest/v1/lists/1021/leads.json', '1002'],
  ['POST', '/rest/v1/lists/1021/leads.json?id=abc', '1001'],
  ['POST', '/rest/v1/lists/x/leads.json?id=1', '1001'],
  ['GET', '/rest/v1/lists/1021/leads.json?batchSize=301', '1003'],
  ['GET', '/rest/v1/lists/1021/leads.json?fields=nope', '1006'],
  ['GET', '/rest/v1/lists/1021/leads.json?nextPageToken=nope', '1001'],
  ['PUT', '/rest/v1/lists/1021/leads.json', '605'],
  ['GET', '/rest/v1/nothing.json', '610'],
])('%s %s answers %s inside HTTP 200', async (method, target, code) => {
  const { marketo } = await withList(1)
  const answer = await marketo(method, target)
  expect(answer.status).toBe(200)
  expect(answer.json()).toMatchObject({ success: false, errors: [{ code }] })
})

test('a body that is no JSON answers 609, one of another type 612', async () => {
  const { marketo, list } = await withList(1)
  const add = (headers: Record<string, string>, body: string) =>
    marketo('POST', `${list}/leads.json`, { headers, body })
  expect((await add(json, '{"input":')).json()).toMatchObject({ errors: [{ code: '609' }] })
  expect((await add(form, 'id=1')).json()).toMatchObject({ errors: [{ code: '612' }] })
  expect((await add({ 'content-type': 'nonsense' }, 'id=1')).json()).toMatchObject({
    errors: [{ code: '612' }],
  })
})
