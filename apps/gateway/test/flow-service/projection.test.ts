import { randomUUID } from 'node:crypto'
import { configure } from '@segue/destinations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from '../test-gateway.ts'
import type { TestGateway } from '../test-gateway.ts'
import { adding, connect, entitle, flowBody, registerSegments, sender } from './connected.ts'
import type { Connected, Send, Shown } from './connected.ts'

const names = Array.from({ length: 50 }, (_, index) => `s${index}`)
let one: TestGateway
let other: TestGateway
let send: Send
let sendOther: Send
let connected: Connected
beforeAll(async () => {
  one = await startGateway()
  other = await startGateway({}, one.name)
  const headers = await one.headers('admin')
  send = sender(one, headers)
  sendOther = sender(other, headers)
  await entitle(send)
  await registerSegments(send, names)
  connected = await connect(send)
})
afterAll(async () => {
  await one.close()
  await other.close()
})

const segmentsOf = (flow: Shown | undefined): readonly string[] =>
  flow?.transformations[0]?.params.segmentSelectors.selectors.map(({ value }) => value.id) ?? []
const dataflow = async (gateway: TestGateway, id: string) =>
  (await gateway.sandbox.ports.dataflows.list()).find((flow) => flow.id === id)

test('fifty edits at once, by two gateways, with a retry where somebody else was first: none is lost', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected) })
  const url = `/flows/${body.id}`
  let stale = 0
  const add = async (name: string, by: Send): Promise<void> => {
    for (;;) {
      const { etag } = await by('GET', url)
      const { status } = await by('PATCH', url, { ifMatch: etag, body: [adding(name)] })
      if (status === 200) return
      expect(status).toBe(412)
      stale += 1
    }
  }
  await Promise.all(names.map((name, index) => add(name, index % 2 === 0 ? send : sendOther)))
  expect(stale).toBeGreaterThan(0)
  const [flow] = (await sendOther('GET', url)).body.items
  expect(segmentsOf(flow).toSorted()).toEqual(names.toSorted())
  const engine = await dataflow(one, body.id)
  expect(Object.keys(engine?.segments ?? {}).toSorted()).toEqual(
    names.map((name) => `ups:${name}`).toSorted(),
  )
  const audit = await one.configuration.audit({ limit: 10_000 })
  expect(audit.filter(({ id, action }) => id === body.id && action === 'updated')).toHaveLength(50)
  await send('DELETE', url)
})

test('the etag of an answer is that of the change, never of a later one', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected) })
  const url = `/flows/${body.id}`
  let lost = 0
  await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const { etag } = await send('GET', url)
      const name = { op: 'replace', path: '/name', value: `Name ${index}` }
      const changed = await send('PATCH', url, { ifMatch: etag, body: [name] })
      if (changed.status !== 200) return
      // By this etag nobody else has changed it since: so what stands there is what was written.
      const expected = { op: 'test', path: '/name', value: `Name ${index}` }
      const again = await send('PATCH', url, { ifMatch: changed.etag, body: [expected] })
      if (again.status === 409) lost += 1
    }),
  )
  expect(lost).toBe(0)
  await send('DELETE', url)
})

test('what one gateway changes the other shows at once, and the engine goes by', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected, ['s0']) })
  expect((await sendOther('GET', `/flows/${body.id}`)).body.items[0]?.state).toBe('enabled')
  const off = await sendOther('POST', `/flows/${body.id}/action?op=disable`)
  expect(off.status).toBe(200)
  expect((await send('GET', `/flows/${body.id}`)).etag).toBe(off.etag)
  expect(await dataflow(one, body.id)).toMatchObject({ enabled: false })
  await send('DELETE', `/flows/${body.id}`)
})

test('what is changed past all gateways reaches the engine too', async () => {
  const { body } = await send('POST', '/flows', { body: flowBody(connected, ['s0']) })
  const rename = (name: string) =>
    configure(
      { store: one.configuration, nowMs: Date.now, newId: randomUUID },
      { name: 'somebody' },
      (all) => ({
        writes: [
          { kind: 'flow', id: body.id, value: { ...all.get('flow', body.id)!.value, name } },
        ],
        answer: () => undefined,
      }),
    )
  await rename('By somebody')
  await expect
    .poll(async () => (await dataflow(one, body.id))?.name, { timeout: 20_000 })
    .toBe('By somebody')
  await send('DELETE', `/flows/${body.id}`)
})

test('after a restart all is there, and what a gateway died before putting is put', async () => {
  const name = `t-${randomUUID()}`
  const first = await startGateway({}, name)
  const headers = await first.headers('admin')
  const sendFirst = sender(first, headers)
  await entitle(sendFirst)
  await registerSegments(sendFirst, ['a'])
  const { body } = await sendFirst('POST', '/flows', {
    body: flowBody(await connect(sendFirst), ['a']),
  })
  const shown = (await sendFirst('GET', `/flows/${body.id}`)).body
  await first.close()

  // Changed, and dead before the engine heard of it; and an engine that has a dataflow of no flow.
  const { dataflows } = other.sandbox.ports
  expect(await dataflows.list()).not.toContainEqual(expect.objectContaining({ id: body.id }))
  const offline = await startGateway({}, name)
  const raw = offline.configuration
  const ports = offline.sandbox.ports
  await offline.server.close()
  await configure({ store: raw, nowMs: Date.now, newId: randomUUID }, { name: 'x' }, (all) => ({
    writes: [
      {
        kind: 'flow',
        id: body.id,
        value: { ...all.get('flow', body.id)!.value, state: 'disabled' },
      },
    ],
    answer: () => undefined,
  }))
  await ports.dataflows.put({
    id: 'left-over',
    name: 'Left over',
    enabled: true,
    activationDelayMs: 0,
    solutions: ['marketo'],
    segments: { 'ups:a': { name: 'A', solutions: ['marketo'] } },
  })
  expect((await ports.dataflows.list()).map(({ enabled }) => enabled)).toEqual([true, true])

  const second = await startGateway({}, name)
  const again = sender(second, headers)
  const [flow] = (await again('GET', `/flows/${body.id}`)).body.items
  expect(flow).toMatchObject({
    ...shown.items[0],
    state: 'disabled',
    etag: expect.any(String),
    version: expect.any(String),
    updatedAt: expect.any(Number),
    updatedBy: 'x',
    lastOperation: expect.anything(),
  })
  expect(await dataflow(second, body.id)).toMatchObject({ enabled: false })
  expect(await dataflow(second, 'left-over')).toMatchObject({ retired: true, segments: {} })
  await second.close()
  await offline.close()
})
