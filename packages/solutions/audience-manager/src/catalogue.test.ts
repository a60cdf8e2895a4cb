import { expect, test } from 'vitest'
import { misconfigured, refusal, retrySolution } from '@segue/solution-kit'
import { segmentCatalogue } from './catalogue.ts'
import { foldersOf } from './folders.ts'
import type { CallRest, RestCall, RestOutcome } from './rest-client.ts'
import { testOwner, testSettings } from './test-settings.ts'

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

interface Stored {
  readonly [field: string]: unknown
  readonly name: string
}

function status(code: number): RestOutcome {
  return {
    kind: 'refused',
    status: code,
    refusal: refusal(`HTTP_${code}`, misconfigured('clientId')),
  }
}

/** A catalogue in memory. Names and integration codes are unique in it; `raced` lets another process be first with what is created next. */
function catalogue(options: { wrapped?: boolean; ignoresFilter?: boolean; raced?: boolean } = {}) {
  const stored: Record<string, Stored[]> = {
    traits: [],
    segments: [],
    'folders/traits': [],
    'folders/segments': [],
  }
  const calls: RestCall[] = []
  let nextId = 100
  const call: CallRest = (request) => {
    calls.push(request)
    return Promise.resolve(answer(request))
  }
  function answer({ method, path, query = {}, json }: RestCall): RestOutcome {
    const kind = path.replace(/\/$/, '')
    const list = stored[kind] ?? []
    if (kind.startsWith('folders') && method === 'GET') {
      const root = { folderId: 0, name: 'All', subFolders: list }
      return { kind: 'answer', body: options.wrapped === true ? [root] : root }
    }
    if (method === 'GET') {
      const found = list.filter(
        (one) =>
          options.ignoresFilter === true || one['integrationCode'] === query['integrationCode'],
      )
      return { kind: 'answer', body: options.wrapped === true ? { list: found } : found }
    }
    const made = { ...(json as Stored), sid: nextId, folderId: nextId }
    const taken = list.some(
      (one) =>
        one.name === made.name ||
        (one['integrationCode'] ?? 0) === (made as Stored)['integrationCode'],
    )
    if (taken) return status(409)
    nextId += 1
    list.push(made)
    return options.raced === true ? status(409) : { kind: 'answer', body: made }
  }
  return {
    stored,
    calls,
    ensure: segmentCatalogue(call, testOwner, foldersOf(call), testSettings()),
  }
}

test('a trait and a segment are made in the form that Platform shares', async () => {
  const { ensure, stored } = catalogue()
  const receipt = await ensure(segment, 'Loyal, high-value')
  expect(stored['folders/traits']).toMatchObject([
    { name: 'Experience Platform Traits', parentFolderId: 0 },
  ])
  expect(stored['folders/segments']).toMatchObject([{ name: 'Experience Platform Segments' }])
  expect(stored['traits']).toMatchObject([
    {
      name: 'Loyal high value',
      traitType: 'ON_BOARDED_TRAIT',
      traitRule: `segID == "${id}"`,
      ttl: 0,
      integrationCode: id,
      dataSourceId: 29769,
    },
  ])
  const sid = Number(stored['traits']?.[0]?.['sid'])
  expect(receipt).toMatchObject({ status: 'ready', remoteId: `${sid}` })
  expect(stored['segments']).toMatchObject([{ integrationCode: id, segmentRule: `${sid}T` }])
})

test.each([{}, { wrapped: true }, { ignoresFilter: true }])(
  'asked again, nothing is made twice (%o)',
  async (options) => {
    const { ensure, stored, calls } = catalogue(options)
    const other = await ensure('ups:other', 'Other')
    const first = await ensure(segment, 'Loyal')
    const madeAt = calls.filter(({ method }) => method === 'POST').length
    expect(await ensure(segment, 'Loyal')).toEqual(first)
    expect(first).not.toEqual(other)
    expect(calls.filter(({ method }) => method === 'POST')).toHaveLength(madeAt)
    expect(stored['traits']).toHaveLength(2)
  },
)

test('what another process makes in between is used', async () => {
  const { ensure, stored } = catalogue({ raced: true })
  expect(await ensure(segment, 'Loyal')).toMatchObject({ status: 'ready' })
  expect(stored['traits']).toHaveLength(1)
  expect(stored['segments']).toHaveLength(1)
})

test('a name that something else has gets the segment’s id behind it', async () => {
  const { ensure, stored } = catalogue()
  await ensure('ups:other', 'Loyal')
  expect(await ensure(segment, 'Loyal')).toMatchObject({ status: 'ready' })
  expect(stored['traits']?.[1]?.name).toBe('Loyal 7841ba61 23c1 4bb3 a495 00d3a5fe1e93')
})

test('an id with a quote cannot break out of the rule', async () => {
  const { ensure, stored } = catalogue()
  await ensure('ups:a" or "b', 'x')
  expect(stored['traits']?.[0]?.['traitRule']).toBe(String.raw`segID == "a\" or \"b"`)
})

test('a refusal of any step is told, and nothing further is asked', async () => {
  const calls: RestCall[] = []
  const busy = refusal('HTTP_429', retrySolution(30_000, false))
  const call: CallRest = (request) => {
    calls.push(request)
    return Promise.resolve({ kind: 'refused', refusal: busy })
  }
  const ensure = segmentCatalogue(call, testOwner, foldersOf(call), testSettings())
  expect(await ensure(segment, 'x')).toEqual(busy)
  expect(calls).toHaveLength(1)
})
