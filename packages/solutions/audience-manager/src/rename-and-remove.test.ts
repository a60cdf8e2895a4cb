import { describe, expect, test } from 'vitest'
import { failed, misconfigured, refusal, retrySolution } from '@segue/solution-kit'
import { removeFromCatalogue } from './remove-from-catalogue.ts'
import { renameInCatalogue } from './rename-in-catalogue.ts'
import type { CallRest, RestCall, RestOutcome } from './rest-client.ts'
import { testOwner } from './test-settings.ts'

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const spaced = id.replaceAll('-', ' ')
const owner = 29_769

type Item = { readonly sid: number; readonly name: string } & Readonly<Record<string, unknown>>

function status(code: number): RestOutcome {
  return { kind: 'refused', status: code, refusal: refusal(`HTTP_${code}`, failed) }
}

/** A segment's trait and segment in a catalogue that replaces what a PUT leaves out, and what else is in it. */
function catalogue(
  options: {
    readonly others?: readonly Item[]
    readonly without?: 'trait' | 'segment'
    readonly refuse?: (call: RestCall) => RestOutcome | undefined
  } = {},
) {
  const base = { dataSourceId: owner, folderId: 7, integrationCode: id, createTime: 5, pid: 1 }
  const trait: Item = { ...base, sid: 24, name: 'Loyal', ttl: 0, traitRule: `segID == "${id}"` }
  const made: Item = { ...base, sid: 25, name: 'Loyal', segmentRule: '24T' }
  const items = new Map<string, Item>()
  if (options.without !== 'trait') items.set('traits/24', trait)
  if (options.without !== 'segment') items.set('segments/25', made)
  for (const other of options.others ?? []) items.set(`traits/${other.sid}`, other)
  const calls: string[] = []
  const call: CallRest = (request) => {
    const { method, path, query } = request
    calls.push(`${method} ${path}`)
    return Promise.resolve(options.refuse?.(request) ?? answer(method, path, query, request.json))
  }
  function answer(
    method: string,
    path: string,
    query: Readonly<Record<string, string>> | undefined,
    json: object | undefined,
  ): RestOutcome {
    if (query !== undefined) {
      const found = [...items].flatMap(([key, item]) =>
        key.startsWith(path) && item['integrationCode'] === query['integrationCode'] ? [item] : [],
      )
      return { kind: 'answer', body: found }
    }
    const item = items.get(path)
    if (item === undefined) return status(404)
    if (method === 'GET') return { kind: 'answer', body: item }
    if (method === 'DELETE') {
      items.delete(path)
      return { kind: 'answer', body: undefined }
    }
    const { sid, createTime } = item
    const next = { ...(json as Item), sid, createTime, pid: 1 }
    const kind = path.split('/')[0] ?? ''
    const taken = [...items].some(([key, { name }]) => key.startsWith(kind) && name === next.name)
    if (taken) return status(409)
    items.set(path, next)
    return { kind: 'answer', body: next }
  }
  return { call, calls, items, trait, made }
}

function rename(call: CallRest, name: string, remoteId = '24') {
  return renameInCatalogue(call, testOwner, folders, segment, remoteId, name)
}

function remove(call: CallRest, remoteId = '24') {
  return removeFromCatalogue(call, testOwner, noLabels, segment, remoteId)
}

const folders = {
  ensure: () => Promise.resolve({ kind: 'folder', folderId: 7 } as const),
  nameOf: () => Promise.resolve(undefined),
}
const noLabels = { withdraw: () => Promise.resolve(undefined) }

const ready = { status: 'ready', remoteId: '24' }
const busy: RestOutcome = { kind: 'refused', refusal: refusal('BUSY', retrySolution(5, false)) }

describe('rename', () => {
  test('trait and segment take the name, keep everything else, and are left alone the next time', async () => {
    const { call, items, trait, made, calls } = catalogue()
    expect(await rename(call, 'Best, of all')).toMatchObject(ready)
    expect(items.get('traits/24')).toEqual({ ...trait, name: 'Best of all' })
    expect(items.get('segments/25')).toEqual({ ...made, name: 'Best of all' })
    const before = calls.length
    expect(await rename(call, 'Best, of all')).toMatchObject(ready)
    expect(calls.slice(before).filter((one) => !one.startsWith('GET'))).toEqual([])
  })

  test('a name that something else has gets the id behind it, and keeps it', async () => {
    const { call, items } = catalogue({ others: [{ sid: 30, name: 'Best' }] })
    for (let time = 0; time < 2; time += 1) {
      expect(await rename(call, 'Best')).toMatchObject(ready)
      expect(items.get('traits/24')?.name).toBe(`Best ${spaced}`)
      expect(items.get('segments/25')?.name).toBe('Best')
    }
  })

  test('both names taken is told', async () => {
    const names = ['Best', `Best ${spaced}`]
    const { call } = catalogue({ others: names.map((name, n) => ({ sid: 30 + n, name })) })
    expect(await rename(call, 'Best')).toMatchObject({
      status: 'misconfigured',
      code: 'NAME_TAKEN',
    })
  })

  test.each(['trait', 'segment'] as const)(
    'a %s that is gone asks for the segment again',
    async (without) => {
      const { call, calls } = catalogue({ without })
      expect(await rename(call, 'Best')).toMatchObject({ status: 'retry', code: 'SEGMENT_GONE' })
      expect(calls.filter((one) => one.startsWith('PUT'))).toEqual([])
    },
  )

  test('one that goes in between is gone too; other trouble is told as it is', async () => {
    const gone = catalogue({ refuse: ({ method }) => (method === 'PUT' ? status(404) : undefined) })
    expect(await rename(gone.call, 'Best')).toMatchObject({ code: 'SEGMENT_GONE' })
    for (const step of ['GET traits/24', 'GET segments/', 'PUT traits/24', 'PUT segments/25']) {
      const { call } = catalogue({
        refuse: ({ method, path }) => (`${method} ${path}` === step ? busy : undefined),
      })
      expect(await rename(call, 'Best')).toMatchObject({ code: 'BUSY' })
    }
  })

  test('a remote id that is none asks nothing', async () => {
    const { call, calls } = catalogue()
    expect(await rename(call, 'Best', '24/x')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
    expect(calls).toEqual([])
  })
})

describe('remove', () => {
  test('the segment goes first, then its trait, and both may be gone already', async () => {
    const { call, calls, items } = catalogue()
    expect(await remove(call)).toEqual({ status: 'removed' })
    expect(calls.filter((one) => one.startsWith('DELETE'))).toEqual([
      'DELETE segments/25',
      'DELETE traits/24',
    ])
    expect(items.size).toBe(0)
    expect(await remove(call)).toEqual({ status: 'removed' })
  })

  test.each(['trait', 'segment'] as const)('without its %s the other one goes', async (without) => {
    const { call, items } = catalogue({ without })
    expect(await remove(call)).toEqual({ status: 'removed' })
    expect(items.size).toBe(0)
  })

  test.each([
    ['segments/25', 'SEGMENT_MAPPED'],
    ['traits/24', 'TRAIT_IN_USE'],
  ])('409 on %s says what to do', async (conflict, code) => {
    const { call, items } = catalogue({
      refuse: ({ method, path }) =>
        method === 'DELETE' && path === conflict ? status(409) : undefined,
    })
    expect(await remove(call)).toMatchObject({
      status: 'rejected',
      kind: 'failed',
      code,
      detail: expect.stringContaining('remove it again'),
    })
    expect(items.has('traits/24')).toBe(true)
  })

  test('another’s trait is left alone', async () => {
    const { call, calls } = catalogue({ others: [{ sid: 30, name: 'x', integrationCode: 'y' }] })
    expect(await remove(call, '30')).toMatchObject({ code: 'TRAIT_NOT_OURS' })
    expect(calls).toEqual(['GET traits/30'])
  })

  test('a wrong address is no trait that is gone', async () => {
    const unknown = refusal('RESOURCE_UNKNOWN', misconfigured('restUrl'))
    const { call } = catalogue({ refuse: () => ({ kind: 'refused', refusal: unknown }) })
    expect(await remove(call)).toEqual(unknown)
  })
})
