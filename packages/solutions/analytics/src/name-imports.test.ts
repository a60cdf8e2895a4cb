import { expect, test } from 'vitest'
import { refusal, retrySolution, misconfigured } from '@segue/solution-kit'
import type { AdobeOutcome, CallAdobe } from './adobe-client.ts'
import { importJobs } from './import-jobs.ts'
import { nameImports } from './name-imports.ts'
import type { NameChange } from './name-imports.ts'
import { segmentNames } from './segment-names.ts'
import { testSettings } from './test-settings.ts'

interface Sent {
  readonly keyOptions: { readonly overwrite: boolean }
  readonly data: readonly {
    readonly key: string
    readonly action?: string
    readonly data?: object
  }[]
}

const response = (status: number, body: object) =>
  ({
    kind: 'response',
    status,
    headers: {},
    body: JSON.stringify(body),
    bytes: new Uint8Array(),
  }) as const

const ok: AdobeOutcome = {
  kind: 'answer',
  response: response(200, { import_job_id: 'i', api_job_id: 'a' }),
}

/** Imports in front of a far end that answers as `answer` says. */
function imports(answer: (sent: Sent) => AdobeOutcome = () => ok) {
  const sent: Sent[] = []
  let most = 0
  let now = 0
  const call: CallAdobe = async ({ path, body }) => {
    expect(path).toBe('/api/acme/classifications/job/import/json/d1')
    now += 1
    most = Math.max(most, now)
    await Promise.resolve()
    now -= 1
    const one = JSON.parse(String(body)) as Sent
    sent.push(one)
    return answer(one)
  }
  const jobs = { begun: () => Promise.resolve(undefined), review: () => Promise.resolve() }
  const importName = nameImports({ call, jobs, settings: testSettings(), datasetId: 'd1' })
  return { importName, sent, most: () => most }
}

const change = (segmentId: string, name?: string): NameChange =>
  name === undefined ? { segmentId } : { segmentId, name }

test('a name is an import that overwrites; a removal deletes the key', async () => {
  const { importName, sent } = imports()
  expect(await importName(change('7841', 'Loyal buyers'))).toBeUndefined()
  expect(await importName(change('7841'))).toBeUndefined()
  expect(sent).toMatchObject([
    {
      dataFormat: 'json',
      encoding: 'UTF8',
      keyOptions: { byte_length: 0, type: 'string', overwrite: true },
      data: [{ key: '7841', data: { 'Segment Name': 'Loyal buyers' } }],
    },
    { data: [{ key: '7841', action: 'delete-key' }] },
  ])
})

test('a hundred at once are few imports, one at a time', async () => {
  const { importName, sent, most } = imports()
  await Promise.all(Array.from({ length: 100 }, (_, n) => importName(change(`s${n}`, 'x'))))
  expect(sent.length).toBeLessThanOrEqual(2)
  expect(most()).toBe(1)
  expect(sent.flatMap(({ data }) => data)).toHaveLength(100)
})

test('changes of one segment keep their order, in imports of their own', async () => {
  const { importName, sent } = imports()
  await Promise.all([
    importName(change('a', 'one')),
    importName(change('a', 'two')),
    importName(change('b', 'x')),
    importName(change('a')),
  ])
  const ofA = sent.map(({ data }) => data.filter(({ key }) => key === 'a'))
  expect(ofA.map((some) => some.length)).toEqual([1, 1, 1])
  expect(ofA.flat().map(({ action, data }) => action ?? data)).toEqual([
    { 'Segment Name': 'one' },
    { 'Segment Name': 'two' },
    'delete-key',
  ])
})

test('an entry that is refused does not keep the others from their names', async () => {
  const because = refusal('CALL_REFUSED', misconfigured('datasetId'))
  const { importName } = imports(({ data }) =>
    data.some(({ key }) => key === 'bad')
      ? { kind: 'refused', response: response(400, {}), refusal: because }
      : ok,
  )
  const outcomes = await Promise.all(
    ['a', 'bad', 'b', 'c'].map((key) => importName(change(key, 'x'))),
  )
  expect(outcomes).toEqual([undefined, because, undefined, undefined])
})

test('a limit is told to all, and asked once', async () => {
  const because = refusal('RATE_LIMIT', retrySolution(6_000, false))
  const { importName, sent } = imports(() => ({
    kind: 'refused',
    response: response(429, {}),
    refusal: because,
  }))
  const outcomes = await Promise.all(['a', 'b'].map((key) => importName(change(key, 'x'))))
  expect(outcomes).toEqual([because, because])
  expect(sent).toHaveLength(1)
})

test('an answer without a job is not taken for one', async () => {
  const { importName } = imports(() => ({ kind: 'answer', response: response(200, {}) }))
  expect(await importName(change('a', 'x'))).toMatchObject({ code: 'ANSWER_UNREADABLE' })
})

test('without a dataset segments go by their id, and no call is made', async () => {
  const names = segmentNames(undefined, testSettings())
  expect(await names.ensureSegment('ups:7841', 'x')).toMatchObject({
    status: 'ready',
    remoteId: '7841',
  })
  expect(await names.removeSegment('ups:7841', '7841')).toMatchObject({ status: 'removed' })
})

test('an id that the variable cannot hold is refused before it is named', async () => {
  const { importName, sent } = imports()
  const names = segmentNames(importName, testSettings())
  const segment = `ups:${'x'.repeat(256)}`
  expect(await names.ensureSegment(segment, 'x')).toMatchObject({ code: 'SEGMENT_ID_TOO_LONG' })
  expect(sent).toEqual([])
})

test('a job that fails is the setting’s fault, at once or when it is looked at again', async () => {
  const states = new Map([
    ['bad', 'failed_validation'],
    ['slow', 'queued'],
  ])
  const call: CallAdobe = ({ path }) => {
    const state = states.get(path.split('/').at(-1) ?? '')
    return Promise.resolve({ kind: 'answer', response: response(200, { state }) })
  }
  const events: string[] = []
  const log = ({ event }: { readonly event: string }) => void events.push(event)
  const jobs = importJobs({ call, companyId: 'acme', log })
  expect(await jobs.begun('bad')).toMatchObject({ setting: 'nameColumn' })
  expect(await jobs.begun('slow')).toBeUndefined()
  await jobs.review()
  expect(events).toEqual([])
  states.set('slow', 'failed_processing')
  await jobs.review()
  await jobs.review()
  expect(events).toEqual(['names_not_imported'])
})
