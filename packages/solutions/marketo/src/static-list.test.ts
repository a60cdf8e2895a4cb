import { expect, test } from 'vitest'
import type { SegmentReceipt } from '@segue/solution-kit'
import type { StaticList } from './answer.ts'
import { refusalOfCode } from './codes.ts'
import type { ListPlace } from './list-index.ts'
import type { CallMarketo } from './marketo-client.ts'
import { staticListMaker } from './static-list.ts'

const place = { folderId: 1034, folderType: 'Folder', namePrefix: 'AEP ' } as const
const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

function error(code: string) {
  return Promise.resolve({ kind: 'error', code, refusal: refusalOfCode(code, 'call', 0) } as const)
}

function answer(result: readonly unknown[] | undefined) {
  return Promise.resolve({ kind: 'answer', answer: { success: true, result } } as const)
}

/** Asks once, as a process that has just started. */
function ensureStaticList(
  call: CallMarketo,
  at: ListPlace,
  ofSegment: string,
  displayName: string,
): Promise<SegmentReceipt> {
  return staticListMaker(call, at, () => 0)(ofSegment, displayName)
}

/** The asset calls over lists that are there; `raced` is made by another process between look-up and create. */
function assets(
  lists: StaticList[],
  options: { notFound?: 'empty' | '702'; raced?: StaticList } = {},
) {
  const created: URLSearchParams[] = []
  let { raced } = options
  const call: CallMarketo = (request) => {
    if (request.method === 'GET' && request.path.endsWith('staticLists.json')) {
      const query = new URLSearchParams(request.query)
      if (query.get('folder') !== '{"id":1034,"type":"Folder"}') return error('710')
      const offset = Number(query.get('offset'))
      return answer(lists.slice(offset, offset + Number(query.get('maxReturn'))))
    }
    const [, byId] = /staticList\/(\d+)\.json$/.exec(request.path) ?? []
    if (byId !== undefined) return answer(lists.filter((list) => `${list.id}` === byId))
    if (request.method === 'GET') {
      const name = new URLSearchParams(request.query).get('name')
      const found = lists.filter((list) => list.name === name)
      if (found.length > 0) return answer(found)
      return options.notFound === '702' ? error('702') : answer(undefined)
    }
    if (raced !== undefined) {
      lists.push(raced)
      raced = undefined
    }
    const form = new URLSearchParams(request.form)
    const name = form.get('name') ?? ''
    if (lists.some((list) => list.name === name)) return error('709')
    created.push(form)
    const list = { id: 1000 + lists.length, name, description: form.get('description') }
    lists.push(list)
    return answer([{ id: list.id, name }])
  }
  return { call, created }
}

test.each(['empty', '702'] as const)(
  'a list is made once and found after (%s)',
  async (notFound) => {
    const { call, created } = assets([], { notFound })
    const first = await ensureStaticList(call, place, segment, 'Loyal buyers')
    const again = await ensureStaticList(call, place, segment, 'Loyal buyers')
    expect(first).toMatchObject({ status: 'ready', remoteId: '1000' })
    expect(again).toEqual(first)
    expect(created.map((form) => Object.fromEntries(form))).toEqual([
      { folder: '{"id":1034,"type":"Folder"}', name: 'AEP Loyal buyers', description: id },
    ])
  },
)

test('a list that another process made in between is taken', async () => {
  const raced = { id: 5, name: 'AEP Loyal buyers', description: id }
  const { call, created } = assets([], { raced })
  expect(await ensureStaticList(call, place, segment, 'Loyal buyers')).toMatchObject({
    status: 'ready',
    remoteId: '5',
  })
  expect(created).toHaveLength(0)
})

test.each([
  ['of another segment', '00000000-23c1-4bb3-a495-00d3a5fe1e93'],
  ['of a longer id', `${id}0`],
  ['somebody made by hand', undefined],
])(
  'a list of the same name %s is left alone; the second name is used',
  async (_what, description) => {
    const { call, created } = assets([{ id: 5, name: 'AEP Loyal buyers', description }])
    const first = await ensureStaticList(call, place, segment, 'Loyal buyers')
    expect(first).toMatchObject({ status: 'ready', remoteId: '1001' })
    expect(created[0]?.get('name')).toBe(`AEP Loyal buyers [${id}]`)
    expect(await ensureStaticList(call, place, segment, 'Loyal buyers')).toEqual(first)
    expect(created).toHaveLength(1)
  },
)

test('people may write more into the description after the id', async () => {
  const { call } = assets([
    { id: 5, name: 'AEP Loyal buyers', description: `${id} for the May mailing` },
  ])
  expect(await ensureStaticList(call, place, segment, 'Loyal buyers')).toMatchObject({
    remoteId: '5',
  })
})

test('two names that both belong to others ask for another prefix', async () => {
  const { call } = assets([
    { id: 5, name: 'AEP Loyal buyers' },
    { id: 6, name: `AEP Loyal buyers [${id}]` },
  ])
  expect(await ensureStaticList(call, place, segment, 'Loyal buyers')).toMatchObject({
    status: 'misconfigured',
    code: 'LIST_NAME_TAKEN',
    setting: 'listNamePrefix',
  })
})

test.each([
  ['710', 'listFolderId'],
  ['711', 'listFolderType'],
  ['603', 'clientId'],
])('%s names the setting to look at', async (code, setting) => {
  const call: CallMarketo = (request) =>
    request.method === 'GET' ? answer(undefined) : error(code)
  expect(await ensureStaticList(call, place, segment, 'x')).toMatchObject({
    status: 'misconfigured',
    setting,
  })
})

test('a look-up that fails makes no list', async () => {
  const methods: string[] = []
  const call: CallMarketo = (request) => {
    methods.push(request.method)
    return error('606')
  }
  expect(await ensureStaticList(call, place, segment, 'x')).toMatchObject({ code: 'RATE_LIMIT' })
  expect(methods).toEqual(['GET'])
})

test('a segment of another namespace keeps it in the description', async () => {
  const { call, created } = assets([])
  await ensureStaticList(call, place, 'CustomerAudienceUpload:42', 'x')
  expect(created[0]?.get('description')).toBe('CustomerAudienceUpload:42')
})

test('a list that people renamed is found by the segment’s id, on whatever page it is', async () => {
  const others = Array.from({ length: 450 }, (_, n) => ({
    id: n + 1,
    name: `AEP other ${n}`,
    description: `other-${n}`,
  }))
  const own = { id: 900, name: 'Our best customers', description: `${id} was: Loyal buyers` }
  const { call, created } = assets([...others, own])
  expect(await ensureStaticList(call, place, segment, 'Loyal buyers')).toMatchObject({
    status: 'ready',
    remoteId: '900',
  })
  expect(created).toHaveLength(0)
})

test('what is remembered of the folder is not believed of a list that is gone', async () => {
  const lists: StaticList[] = [{ id: 900, name: 'Our best customers', description: id }]
  const { call } = assets(lists)
  const ensure = staticListMaker(call, place, () => 0)
  expect(await ensure(segment, 'Loyal buyers')).toMatchObject({ remoteId: '900' })
  lists.length = 0
  expect(await ensure(segment, 'Loyal buyers')).toMatchObject({ remoteId: '1000' })
})

test('many segments cost one reading of the folder', async () => {
  const paths: string[] = []
  const { call } = assets([])
  const ensure = staticListMaker(
    (request) => {
      paths.push(request.path)
      return call(request)
    },
    place,
    () => 0,
  )
  for (let n = 0; n < 20; n += 1) await ensure(`ups:${n}`, `Segment ${n}`)
  expect(paths.filter((path) => path.endsWith('asset/v1/staticLists.json'))).toHaveLength(1 + 20)
})
