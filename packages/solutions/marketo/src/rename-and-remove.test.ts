import { describe, expect, test } from 'vitest'
import type { StaticList } from './answer.ts'
import { refusalOfCode } from './codes.ts'
import type { CallMarketo } from './marketo-client.ts'
import { removeStaticList } from './remove-static-list.ts'
import { renameStaticList } from './rename-static-list.ts'

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

function error(code: string) {
  return Promise.resolve({ kind: 'error', code, refusal: refusalOfCode(code, 'call', 0) } as const)
}

function answer(result: readonly unknown[] | undefined) {
  return Promise.resolve({ kind: 'answer', answer: { success: true, result } } as const)
}

/** The asset calls over lists; `strict` refuses a list its own name too; `refuse` answers a code to all that writes. */
function assets(
  lists: { id: number; name: string; description?: string }[],
  options: { strict?: boolean; refuse?: string; absence?: 'empty' | '702' } = {},
) {
  const written: string[] = []
  const absent = () => (options.absence === '702' ? error('702') : answer(undefined))
  const call: CallMarketo = (request) => {
    const [, listId, verb] = /staticList\/(\d+)(\/delete)?\.json$/.exec(request.path) ?? []
    if (listId === undefined) {
      const name = new URLSearchParams(request.query).get('name')
      const found = lists.filter((one) => one.name === name)
      return found.length === 0 ? absent() : answer(found)
    }
    const list = lists.find((one) => `${one.id}` === listId)
    if (request.method === 'GET') return list === undefined ? absent() : answer([list])
    written.push(request.path)
    if (options.refuse !== undefined) return error(options.refuse)
    if (list === undefined) return error('702')
    if (verb !== undefined) {
      lists.splice(lists.indexOf(list), 1)
      return answer([{ id: list.id }])
    }
    const form = new URLSearchParams(request.form)
    const name = form.get('name') ?? ''
    const holder: StaticList | undefined = lists.find((one) => one.name === name)
    if (holder !== undefined && (holder !== list || options.strict === true)) return error('709')
    list.name = name
    return answer([{ id: list.id }])
  }
  return { call, written, lists }
}

function rename(call: CallMarketo, name: string, remoteId = '5') {
  return renameStaticList(call, 'AEP ', segment, remoteId, name)
}

function remove(call: CallMarketo, remoteId = '5') {
  return removeStaticList(call, segment, remoteId)
}

const own = () => ({ id: 5, name: 'AEP Loyal', description: `${id} for the May mailing` })

describe('rename', () => {
  test.each([true, false])(
    'the list takes the name, also when asked again (%s)',
    async (strict) => {
      const { call, lists } = assets([own()], { strict })
      for (const name of ['Loyal buyers', 'Loyal buyers', 'Best']) {
        expect(await rename(call, name)).toMatchObject({ status: 'ready', remoteId: '5' })
        expect(lists).toEqual([{ ...own(), name: `AEP ${name}` }])
      }
    },
  )

  test.each([true, false])(
    'a name that another list has gets the id behind it (%s)',
    async (strict) => {
      const { call, lists } = assets([own(), { id: 6, name: 'AEP Best' }], { strict })
      for (let time = 0; time < 2; time += 1) {
        expect(await rename(call, 'Best')).toMatchObject({ status: 'ready', remoteId: '5' })
        expect(lists[0]?.name).toBe(`AEP Best [${id}]`)
      }
    },
  )

  test('both names taken asks for another prefix', async () => {
    const others = ['AEP Best', `AEP Best [${id}]`].map((name, n) => ({ id: 10 + n, name }))
    expect(await rename(assets([own(), ...others]).call, 'Best')).toMatchObject({
      status: 'misconfigured',
      code: 'LIST_NAME_TAKEN',
      setting: 'listNamePrefix',
    })
  })

  test('709 for another reason than the name is told as it is', async () => {
    expect(await rename(assets([own()], { refuse: '709' }).call, 'Best')).toMatchObject({
      code: 'BUSINESS_RULE',
    })
  })

  test('a list that is gone asks for the segment again', async () => {
    for (const refuse of ['702', '1013']) {
      expect(await rename(assets([], { refuse }).call, 'Best')).toMatchObject({
        status: 'retry',
        code: 'SEGMENT_GONE',
        inDoubt: false,
      })
    }
  })

  test('other trouble is told as it is, and a remote id that is none asks nothing', async () => {
    const { call, written } = assets([own()], { refuse: '606' })
    expect(await rename(call, 'Best')).toMatchObject({ code: 'RATE_LIMIT' })
    expect(written).toHaveLength(1)
    expect(await rename(call, 'Best', '5/delete')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
    expect(written).toHaveLength(1)
  })
})

describe('remove', () => {
  test.each(['empty', '702'] as const)(
    'the list goes, and may be gone already (%s)',
    async (absence) => {
      const { call, lists } = assets([own()], { absence })
      expect(await remove(call)).toEqual({ status: 'removed' })
      expect(lists).toEqual([])
      expect(await remove(call)).toEqual({ status: 'removed' })
    },
  )

  test('a list that goes in between counts as removed', async () => {
    expect(await remove(assets([own()], { refuse: '702' }).call)).toEqual({ status: 'removed' })
  })

  test.each(['709', '1022'])('a list in use says what to do (%s)', async (refuse) => {
    expect(await remove(assets([own()], { refuse }).call)).toMatchObject({
      status: 'rejected',
      kind: 'failed',
      code: 'LIST_IN_USE',
      detail: expect.stringContaining('take it out'),
    })
  })

  test('a list that is not the segment’s own is left alone', async () => {
    const { call, written } = assets([{ ...own(), description: 'somebody’s own by now' }])
    expect(await remove(call)).toMatchObject({ status: 'rejected', code: 'LIST_NOT_OURS' })
    expect(written).toEqual([])
  })

  test('a remote id that is none asks nothing', async () => {
    const { call, written } = assets([own()])
    expect(await remove(call, '../5')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
    expect(written).toEqual([])
  })
})
