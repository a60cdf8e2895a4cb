import { backfillOrdersLimit } from '@segue/runtime'
import { expect, test } from 'vitest'
import { patchConnection } from '../connect/connection-commands.ts'
import type { PatchOperation } from '../patch/json-patch.ts'
import { selector, startService } from '../testing/test-service.ts'
import { actOnFlow, deleteFlow, patchFlow } from './flow-commands.ts'
import { flowView } from './flow-view.ts'

const selectorsPath = '/transformations/0/params/segmentSelectors/selectors'
const add = (id: string, more: object = {}): PatchOperation => ({
  op: 'add',
  path: `${selectorsPath}/-`,
  value: selector(id, more),
})
const remove = (index: number): PatchOperation => ({
  op: 'remove',
  path: `${selectorsPath}/${index}`,
})

async function started() {
  const service = await startService()
  await service.register(['a', 'b', 'c', 'd'])
  const ends = await service.connect()
  const patch = async (id: string, ...operations: readonly PatchOperation[]) => {
    const { etag } = await service.flowOf(id)
    return service.run((all, at) => patchFlow(all, id, etag, operations, at))
  }
  const act = (id: string, op: string) => service.run((all, at) => actOnFlow(all, id, op, at))
  return { service, ends, patch, act }
}

const refusal = (code: string, ...pointers: readonly string[]) =>
  expect.objectContaining({
    code,
    ...(pointers.length === 0
      ? {}
      : {
          fields: expect.objectContaining({
            errors: pointers.map((pointer) => ({ pointer, detail: expect.any(String) })),
          }),
        }),
  })

test('a flow activates its segments for all solutions of the connection, or for those that are named', async () => {
  const { service, ends } = await started()
  const { id } = await service.flow(ends, ['a', selector('b', { solutions: ['target'] })])
  const flow = await service.flowOf(id)
  expect(flow).toMatchObject({ state: 'enabled', held: false })
  expect(flow.selectors).toEqual([
    {
      segment: 'ups:a',
      solutions: ['marketo', 'target'],
      createdAtMs: service.clock.nowMs,
      updatedAtMs: service.clock.nowMs,
    },
    {
      segment: 'ups:b',
      solutions: ['target'],
      createdAtMs: service.clock.nowMs,
      updatedAtMs: service.clock.nowMs,
    },
  ])
  expect(flow.backfills).toEqual([
    {
      id: expect.any(String),
      segments: ['ups:a'],
      solutions: ['marketo', 'target'],
      reach: 'members',
      requestedMs: service.clock.nowMs,
    },
    expect.objectContaining({ segments: ['ups:b'], solutions: ['target'] }),
  ])
  expect(new Set(flow.backfills.map((order) => order.id)).size).toBe(2)
})

test('what is newly activated is ordered to be sent, and nothing else', async () => {
  const { service, ends, patch } = await started()
  const { id } = await service.flow(ends, ['a', selector('b', { solutions: ['target'] })])
  const ordered = async () => {
    const { backfills } = await service.flowOf(id)
    return backfills.map(({ segments, solutions }) => [segments.join(), solutions.join()])
  }
  const first = await ordered()
  await patch(id, { op: 'replace', path: '/name', value: 'Other' }, remove(0))
  expect(await ordered()).toEqual(first)
  // Added to a solution that it was not activated for, and one that was removed before.
  await patch(
    id,
    { op: 'replace', path: `${selectorsPath}/0`, value: selector('b') },
    add('a'),
    add('c'),
  )
  expect((await ordered()).slice(first.length)).toEqual([
    ['ups:b', 'marketo'],
    ['ups:a,ups:c', 'marketo,target'],
  ])
})

test('with the setting off, as in the seed’s edition, orders reach only whom a solution was told of', async () => {
  const { service, ends } = await started()
  await service.change((organisation) => ({
    ...organisation,
    settings: { ...organisation.settings, backfill: false },
  }))
  const { id } = await service.flow(ends, ['a'])
  expect((await service.flowOf(id)).backfills).toMatchObject([{ reach: 'told' }])
})

test('a disabled flow orders nothing until it is enabled, and then all its segments', async () => {
  const { service, ends, patch, act } = await started()
  const { id } = await service.flow(ends, ['a'])
  await act(id, 'DISABLE')
  const before = (await service.flowOf(id)).backfills.length
  await patch(id, add('b'))
  expect(await service.flowOf(id)).toMatchObject({ state: 'disabled' })
  expect((await service.flowOf(id)).backfills).toHaveLength(before)
  await act(id, 'enable')
  const flow = await service.flowOf(id)
  expect(flow.state).toBe('enabled')
  expect(flow.backfills.slice(before)).toMatchObject([{ segments: ['ups:a', 'ups:b'] }])
  // To enable twice is to enable.
  const again = await act(id, 'Enable')
  expect(again.etag).toBe(flow.etag)
})

test('orders are bounded: the oldest go', async () => {
  const { service, ends, act } = await started()
  const { id } = await service.flow(ends, ['a'])
  for (let time = 0; time < backfillOrdersLimit + 5; time += 1) {
    await act(id, 'disable')
    await act(id, 'enable')
  }
  const { backfills } = await service.flowOf(id)
  expect(backfills).toHaveLength(backfillOrdersLimit)
  expect(backfills.at(-1)?.requestedMs).toBe(service.clock.nowMs)
})

test('a segment of a solution is activated in one flow, on or off; other solutions are free', async () => {
  const { service, ends, patch, act } = await started()
  const { id: first } = await service.flow(ends, [selector('a', { solutions: ['marketo'] })])
  await act(first, 'disable')
  await expect(service.flow(ends, ['a'])).rejects.toMatchObject({
    code: 'SEGMENT_ACTIVATED_ELSEWHERE',
    fields: { segment: 'ups:a', solution: 'marketo', flow: { id: first, name: 'ECA' } },
  })
  const { id: second } = await service.flow(ends, [selector('a', { solutions: ['target'] })])
  await expect(patch(first, remove(0), add('a'))).rejects.toEqual(
    refusal('SEGMENT_ACTIVATED_ELSEWHERE'),
  )
  await service.run((all, at) => deleteFlow(all, second, at))
  await patch(first, remove(0), add('a'))
})

test('while the legacy integration is on a flow is held, and cannot be enabled', async () => {
  const { service, ends, act } = await started()
  await service.change((organisation) => ({ ...organisation, legacySharing: { state: 'enabled' } }))
  const { id } = await service.flow(ends, ['a'])
  expect(await service.flowOf(id)).toMatchObject({ state: 'disabled', held: true, backfills: [] })
  await expect(act(id, 'enable')).rejects.toEqual(refusal('LEGACY_INTEGRATION_ACTIVE'))
  await service.change((organisation) => ({
    ...organisation,
    legacySharing: { state: 'disabled', disabledAtMs: 1 },
  }))
  await act(id, 'enable')
  expect(await service.flowOf(id)).toMatchObject({ state: 'enabled', held: false })
})

test.each([
  ['finalize', 'FLOW_ACTION_UNSUPPORTED'],
  ['PUBLISH', 'FLOW_ACTION_UNSUPPORTED'],
  ['constructor', 'FLOW_ACTION_UNSUPPORTED'],
  ['', 'FLOW_ACTION_UNSUPPORTED'],
])('the action %s is refused', async (op, code) => {
  const { service, ends, act } = await started()
  const { id } = await service.flow(ends, [])
  await expect(act(id, op)).rejects.toEqual(refusal(code))
})

test.each<[string, object | string, string, string]>([
  [
    'a schedule',
    selector('a', { schedule: { startDate: '2026-01-01' } }),
    'SCHEDULE_UNSUPPORTED',
    '/0/value/schedule',
  ],
  ['a mapping', selector('a', { mappingId: '7' }), 'MAPPING_UNSUPPORTED', '/0/value/mappingId'],
  ['another type', { type: 'JSON_PATH', value: { id: 'a' } }, 'FLOW_INVALID', '/0/type'],
  ['no id', selector(''), 'FLOW_INVALID', '/0/value/id'],
  [
    'an id that is none',
    { type: 'PLATFORM_SEGMENT', value: { id: 7 } },
    'FLOW_INVALID',
    '/0/value/id',
  ],
  ['what is not known', selector('a', { colour: 'red' }), 'FLOW_INVALID', '/0/value/colour'],
  [
    'a namespace that is none',
    selector('b', { namespace: 'ups:a' }),
    'FLOW_INVALID',
    '/0/value/namespace',
  ],
  ['no solution', selector('a', { solutions: [] }), 'FLOW_INVALID', '/0/value/solutions'],
  [
    'a solution of another connection',
    selector('a', { solutions: ['campaign'] }),
    'FLOW_INVALID',
    '/0/value/solutions',
  ],
  [
    'a solution twice',
    selector('a', { solutions: ['target', 'target'] }),
    'FLOW_INVALID',
    '/0/value/solutions',
  ],
  ['a segment that nobody knows', selector('z'), 'SELECTOR_SEGMENT_UNKNOWN', '/0/value/id'],
  [
    'one of another namespace',
    selector('a', { namespace: 'AAM' }),
    'SELECTOR_SEGMENT_UNKNOWN',
    '/0/value/id',
  ],
])('a selector with %s is refused, by its pointer', async (_, one, code, pointer) => {
  const { service, ends } = await started()
  await expect(service.flow(ends, [one])).rejects.toEqual(
    refusal(code, `${selectorsPath}${pointer}`),
  )
})

test('a segment stands in a flow once, and a flow has at most 250', async () => {
  const { service, ends } = await started()
  await expect(service.flow(ends, ['a', 'b', 'a'])).rejects.toEqual(
    refusal('FLOW_INVALID', `${selectorsPath}/2`),
  )
  const many = Array.from({ length: 251 }, (_, index) => `s${index}`)
  await service.register(many)
  await expect(service.flow(ends, many)).rejects.toEqual(refusal('FLOW_SEGMENT_LIMIT'))
  const { id } = await service.flow(ends, many.slice(1))
  expect((await service.flowOf(id)).selectors).toHaveLength(250)
})

test('a sandbox has at most 100 flows', async () => {
  const { service, ends } = await started()
  for (let count = 0; count < 100; count += 1) await service.flow(ends, [])
  await expect(service.flow(ends, [])).rejects.toEqual(refusal('FLOW_LIMIT'))
})

test.each<[string, PatchOperation, string, string]>([
  ['the state', { op: 'replace', path: '/state', value: 'disabled' }, 'FIELD_READ_ONLY', '/state'],
  ['the id', { op: 'replace', path: '/id', value: 'x' }, 'FIELD_READ_ONLY', '/id'],
  [
    'the target',
    { op: 'add', path: '/targetConnectionIds/-', value: 'x' },
    'FIELD_READ_ONLY',
    '/targetConnectionIds/1',
  ],
  ['what is not there', { op: 'add', path: '/colour', value: 'red' }, 'FIELD_READ_ONLY', '/colour'],
  ['when it was made', { op: 'remove', path: '/createdAt' }, 'FIELD_READ_ONLY', '/createdAt'],
  ['the name away', { op: 'remove', path: '/name' }, 'FLOW_INVALID', '/name'],
  ['the name to nothing', { op: 'replace', path: '/name', value: ' ' }, 'FLOW_INVALID', '/name'],
  [
    'the description to a number',
    { op: 'replace', path: '/description', value: 7 },
    'FLOW_INVALID',
    '/description',
  ],
  ['everything away', { op: 'replace', path: '', value: null }, 'FIELD_READ_ONLY', ''],
  [
    'a mapping',
    { op: 'add', path: '/transformations/0/params/profileSelectors/selectors/-', value: {} },
    'MAPPING_UNSUPPORTED',
    '/transformations/0/params/profileSelectors',
  ],
  [
    'another transformation',
    { op: 'add', path: '/transformations/-', value: {} },
    'FLOW_INVALID',
    '/transformations',
  ],
  [
    'selectors to none',
    { op: 'replace', path: selectorsPath, value: {} },
    'FLOW_INVALID',
    selectorsPath,
  ],
  [
    'a segment’s name',
    { op: 'replace', path: `${selectorsPath}/0/value/name`, value: 'x' },
    'FIELD_READ_ONLY',
    `${selectorsPath}/0/value/name`,
  ],
  [
    'when a segment was activated',
    { op: 'replace', path: `${selectorsPath}/0/value/createTime`, value: '1' },
    'FIELD_READ_ONLY',
    `${selectorsPath}/0/value/createTime`,
  ],
])('a patch cannot change %s', async (_, operation, code, pointer) => {
  const { service, ends, patch } = await started()
  const { id } = await service.flow(ends, ['a'])
  await expect(patch(id, operation)).rejects.toEqual(refusal(code, pointer))
})

test('a patch removes by places that move, and may replace a selector by what was read', async () => {
  const { service, ends, patch } = await started()
  const { id } = await service.flow(ends, ['a', 'b', 'c'])
  await patch(id, remove(0), remove(1))
  expect((await service.flowOf(id)).selectors.map(({ segment }) => segment)).toEqual(['ups:b'])
  const configuration = await service.read()
  const view = JSON.parse(JSON.stringify(flowView(configuration, configuration.get('flow', id)!)))
  const [{ params }] = view.transformations
  const value = params.segmentSelectors.selectors[0]
  expect(value.value).toMatchObject({
    id: 'b',
    name: 'Name of b',
    createTime: String(Math.floor(configuration.get('flow', id)!.createdAtMs / 1_000)),
  })
  await patch(id, {
    op: 'replace',
    path: `${selectorsPath}/0`,
    value: { ...value, value: { ...value.value, solutions: ['marketo'] } },
  })
  const [now] = (await service.flowOf(id)).selectors
  expect(now).toMatchObject({ solutions: ['marketo'], updatedAtMs: service.clock.nowMs })
  expect(now?.createdAtMs).toBeLessThan(service.clock.nowMs)
})

test('a stale etag, or none, is refused, and so are flows of other sandboxes', async () => {
  const { service, ends, patch } = await started()
  const { id, etag } = await service.flow(ends, ['a'])
  await patch(id, add('b'))
  const by = (ifMatch: string | undefined, sandboxName?: string) =>
    service.run((all, at) => patchFlow(all, id, ifMatch, [add('c')], at), sandboxName)
  await expect(by(etag)).rejects.toEqual(refusal('ETAG_STALE'))
  await expect(by(undefined)).rejects.toEqual(refusal('IF_MATCH_MISSING'))
  await expect(by(etag, 'dev')).rejects.toEqual(refusal('FLOW_UNKNOWN'))
  await expect(service.run((all, at) => deleteFlow(all, id, at), 'dev')).rejects.toEqual(
    refusal('FLOW_UNKNOWN'),
  )
})

test('a deleted flow takes the subscriptions to its alerts along', async () => {
  const { service, ends } = await started()
  const { id } = await service.flow(ends, ['a'])
  const subscribe = (name: string, flowId?: string) =>
    service.run(() => ({
      writes: [
        {
          kind: 'alertSubscription',
          id: name,
          value: {
            sandboxName: 'prod',
            rules: [],
            enabled: true,
            channel: { type: 'email', to: 'a@b.example' },
            ...(flowId === undefined ? {} : { flowId }),
          },
        },
      ],
      answer: () => undefined,
    }))
  await subscribe('own', id)
  await subscribe('all')
  await service.run((all, at) => deleteFlow(all, id, at))
  const left = (await service.read()).all('alertSubscription').map((one) => one.id)
  expect(left).toEqual(['all'])
})

test('a connection’s solutions are appended to while a flow uses it, and a selector keeps its own', async () => {
  const { service, ends } = await started()
  const solutions = async (value: readonly string[]) => {
    const etag = (await service.read()).get('targetConnection', ends.targetId)?.etag
    return service.run((all, at) =>
      patchConnection(
        all,
        'targetConnection',
        ends.targetId,
        etag,
        [{ op: 'replace', path: '/params/solutions', value }],
        at,
      ),
    )
  }
  await solutions(['target', 'marketo'])
  const { id } = await service.flow(ends, ['a'])
  for (const fewer of [['marketo', 'target'], ['target'], ['campaign', 'target', 'marketo']]) {
    await expect(solutions(fewer)).rejects.toEqual(refusal('SOLUTIONS_APPEND_ONLY'))
  }
  await solutions(['target', 'marketo', 'campaign'])
  expect((await service.flowOf(id)).selectors[0]?.solutions).toEqual(['target', 'marketo'])
})
