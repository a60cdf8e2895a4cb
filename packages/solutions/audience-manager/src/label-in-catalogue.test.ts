import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failed, refusal, retryRow, silent } from '@segue/solution-kit'
import { foldersOf } from './folders.ts'
import { labelsOfTraits } from './label-in-catalogue.ts'
import type { CallRest, RestCall, RestOutcome } from './rest-client.ts'
import { testOwner, testSettings } from './test-settings.ts'

const dataSourceId = 29_769
const ownerName = 'Experience Platform Segments'
const path = `datasources/${dataSourceId}`
/** By their meaning, as Adobe's pages have them: the four controls, under the names of the default settings. */
const controlOf: Readonly<Record<string, readonly string[]>> = {
  C3: ['PII'],
  C4: ['OFF_SITE_ADS', 'ON_SITE_ADS', 'ON_SITE_PERSONALIZATION'],
  C5: ['OFF_SITE_ADS'],
  C6: ['ON_SITE_ADS'],
  C7: ['ON_SITE_PERSONALIZATION'],
}

function status(code: number): RestOutcome {
  return { kind: 'refused', status: code, refusal: refusal(`HTTP_${code}`, failed) }
}

/** Traits 1 to `count` with their segments, of one data source; each answer takes a turn of its own, in any order. */
function catalogue(count: number, options: { readonly controls?: readonly string[] } = {}) {
  const items = new Map<string, Readonly<Record<string, unknown>>>()
  for (let n = 1; n <= count; n += 1) {
    const base = { name: `Segment ${n}`, integrationCode: `s${n}`, dataSourceId, pid: 1 }
    items.set(`traits/${n}`, { ...base, sid: n, comments: `note ${n}` })
    items.set(`segments/${1_000 + n}`, { ...base, sid: 1_000 + n, segmentRule: `${n}T` })
  }
  // Of another data source: none of ours.
  items.set('traits/999', {
    sid: 999,
    dataSourceId: 7,
    comments: 'Experience Platform labels: C3',
  })
  const described = { dataSourceId, name: ownerName, type: 'GENERAL', pid: 1 }
  items.set(path, { ...described, dataExportRestrictions: options.controls ?? [] })
  const calls: string[] = []
  const refuse = new Map<string, RestOutcome>()
  const call: CallRest = async (request) => {
    const name = `${request.method} ${request.path}`
    calls.push(name)
    await Promise.resolve()
    const answered = refuse.get(name) ?? answer(request)
    await Promise.resolve()
    return answered
  }
  function answer({ method, path: at, query, json }: RestCall): RestOutcome {
    if (query !== undefined) {
      const kind = at.slice(0, -1)
      const all = [...items].filter(([key]) => key.startsWith(`${kind}/`)).map(([, one]) => one)
      const code = query['integrationCode']
      const found = code === undefined ? all : all.filter((one) => one['integrationCode'] === code)
      const page = Number(query['page'] ?? 0)
      const list = found.slice(page * 3, page * 3 + 3)
      return { kind: 'answer', body: code === undefined ? { list, total: all.length } : found }
    }
    const item = items.get(at)
    if (item === undefined) return status(404)
    if (method === 'GET') return { kind: 'answer', body: item }
    items.set(at, { ...(json as object), ...pick(item, ['sid', 'dataSourceId', 'pid']) })
    return { kind: 'answer', body: items.get(at) }
  }
  const make = () =>
    labelsOfTraits({
      call,
      findOwner: testOwner,
      folders: foldersOf(call),
      settings: testSettings(),
      log: silent,
    })
  return {
    make,
    items,
    calls,
    refuse,
    controls: () => ((items.get(path)?.['dataExportRestrictions'] ?? []) as string[]).toSorted(),
  }
}

function pick(item: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(names.flatMap((name) => (name in item ? [[name, item[name]]] : [])))
}

/** What the labels of all traits come to, said plainly. */
function expected(labels: ReadonlyMap<number, readonly string[]>): readonly string[] {
  const all = [...labels.values()].flat()
  return [...new Set(all.flatMap((label) => controlOf[label] ?? []))].toSorted()
}

test('each label becomes its control by the documented table, the others none; all stand with the trait', async () => {
  for (const label of ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C12', 'I1', 'S1']) {
    const world = catalogue(1)
    const receipt = await world.make().set('ups:s1', '1', [label])
    expect(receipt).toMatchObject({ status: 'ready', remoteId: '1' })
    expect(world.controls()).toEqual((controlOf[label] ?? []).toSorted())
    expect(world.items.get('traits/1')).toMatchObject({
      comments: `note 1\nExperience Platform labels: ${label}`,
      integrationCode: 's1',
      dataSourceId,
    })
    const objects = receipt.status === 'ready' ? (receipt.objects ?? []) : []
    expect(objects.find(({ kind }) => kind === 'trait')?.has).toMatchObject({ labels: label })
    // What else the data source is stays as it was.
    expect(world.items.get(path)).toMatchObject({ name: ownerName, type: 'GENERAL' })
  }
})

test('whatever the order, from however many processes: the controls are what all traits’ labels come to', async () => {
  const step = fc.record({
    trait: fc.integer({ min: 1, max: 5 }),
    process: fc.integer({ min: 0, max: 1 }),
    labels: fc.uniqueArray(fc.constantFrom('C2', 'C3', 'C4', 'C5', 'C6', 'C7'), { maxLength: 3 }),
    waits: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const world = catalogue(5)
      const processes = [world.make(), world.make()]
      const labels = new Map<number, readonly string[]>()
      let underWay: { readonly trait: number; readonly done: Promise<unknown> }[] = []
      for (const { trait, process, labels: next, waits } of steps) {
        // One process at a time changes a counterpart: the engine sees to that.
        if (waits || underWay.some((one) => one.trait === trait)) {
          await Promise.all(underWay.map(({ done }) => done))
          underWay = []
        }
        labels.set(trait, next)
        const done = processes[process]?.set(`ups:s${trait}`, `${trait}`, next)
        if (done !== undefined) underWay.push({ trait, done })
      }
      await Promise.all(underWay.map(({ done }) => done))
      expect(world.controls()).toEqual(expected(labels))
    }),
    { seed: 20261123, numRuns: 60 },
  )
})

test('again is free of writes, and many at once share the reading', async () => {
  const world = catalogue(30)
  const labels = world.make()
  const all = Array.from({ length: 30 }, (_, n) => n + 1)
  const setAll = () => Promise.all(all.map((n) => labels.set(`ups:s${n}`, `${n}`, ['C3'])))
  for (const receipt of await setAll()) expect(receipt.status).toBe('ready')
  expect(world.calls.filter((one) => one === `PUT ${path}`)).toHaveLength(1)
  expect(world.calls.filter((one) => one === `GET ${path}`).length).toBeLessThan(8)
  const writes = world.calls.filter((one) => one.startsWith('PUT')).length
  await setAll()
  expect(world.calls.filter((one) => one.startsWith('PUT'))).toHaveLength(writes)
})

test('what an administrator set by hand stays, whatever labels come and go beside it', async () => {
  const world = catalogue(2, { controls: ['ON_SITE_ADS', 'SOMETHING_NEW'] })
  const labels = world.make()
  await labels.set('ups:s1', '1', ['C3'])
  expect(world.controls()).toEqual(['ON_SITE_ADS', 'PII', 'SOMETHING_NEW'])
  await labels.set('ups:s1', '1', [])
  expect(world.controls()).toEqual(['ON_SITE_ADS', 'SOMETHING_NEW'])
})

test('a trait that is gone takes its controls with it, but for those that another asks for', async () => {
  const world = catalogue(2)
  const labels = world.make()
  await labels.set('ups:s1', '1', ['C3', 'C5'])
  await labels.set('ups:s2', '2', ['C5'])
  const trait = world.items.get('traits/1')
  world.items.delete('traits/1')
  const comments = trait?.['comments']
  expect(
    await labels.withdraw(dataSourceId, { sid: 1, comments: String(comments) }),
  ).toBeUndefined()
  expect(world.controls()).toEqual(['OFF_SITE_ADS'])
})

describe('trouble', () => {
  test.each([
    ['PUT', 403, { status: 'misconfigured', code: 'EXPORT_CONTROLS_REFUSED', setting: 'clientId' }],
    [
      'PUT',
      400,
      { status: 'misconfigured', code: 'EXPORT_CONTROL_UNKNOWN', setting: 'exportControls' },
    ],
    ['GET', 500, { code: 'HTTP_500' }],
  ] as const)(
    '%s %i of the data source is told, and mended by a repeat',
    async (method, code, receipt) => {
      const world = catalogue(1)
      world.refuse.set(`${method} ${path}`, status(code))
      const labels = world.make()
      expect(await labels.set('ups:s1', '1', ['C3'])).toMatchObject(receipt)
      expect(world.controls()).toEqual([])
      world.refuse.clear()
      expect(await labels.set('ups:s1', '1', ['C3'])).toMatchObject({ status: 'ready' })
      expect(world.controls()).toEqual(['PII'])
    },
  )

  test('a label that was withdrawn while its control could not be lifted is lifted later, by whoever comes', async () => {
    const world = catalogue(1)
    await world.make().set('ups:s1', '1', ['C3', 'C7'])
    world.refuse.set(`PUT ${path}`, status(500))
    expect(await world.make().set('ups:s1', '1', ['C7'])).toMatchObject({ code: 'HTTP_500' })
    expect(world.controls()).toEqual(['ON_SITE_PERSONALIZATION', 'PII'])
    world.refuse.clear()
    expect(await world.make().set('ups:s1', '1', ['C7'])).toMatchObject({ status: 'ready' })
    expect(world.controls()).toEqual(['ON_SITE_PERSONALIZATION'])
    expect(world.items.get('traits/1')).toMatchObject({
      comments: 'note 1\nExperience Platform labels: C7',
    })
  })

  test('a trait, or its segment, that is gone is made again', async () => {
    for (const missing of ['traits/1', 'segments/1001']) {
      const world = catalogue(1)
      world.items.delete(missing)
      expect(await world.make().set('ups:s1', '1', ['C3'])).toMatchObject({ code: 'SEGMENT_GONE' })
      expect(world.calls.filter((one) => one.startsWith('PUT'))).toEqual([])
    }
  })

  test('another’s trait, or no trait’s number, is left alone', async () => {
    const world = catalogue(2)
    expect(await world.make().set('ups:s2', '1', ['C3'])).toMatchObject({ code: 'TRAIT_NOT_OURS' })
    expect(await world.make().set('ups:s1', '1/x', [])).toMatchObject({ code: 'REMOTE_ID_INVALID' })
    expect(world.calls.filter((one) => one.startsWith('PUT'))).toEqual([])
  })

  test('a data source that somebody keeps changing is left for later', async () => {
    const world = catalogue(1)
    const untaken: RestOutcome = { kind: 'answer', body: {} }
    world.refuse.set(`PUT ${path}`, untaken)
    expect(await world.make().set('ups:s1', '1', ['C3'])).toEqual(
      refusal('EXPORT_CONTROLS_CONTENDED', retryRow(1_000, false), expect.any(String)),
    )
  })
})
