import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listItems } from '../src/launch/flow-service.ts'
import type { Gateway } from '../src/launch/gateway.ts'
import { httpJson } from '../src/launch/http-json.ts'
import { solutions } from '../src/launch/run.ts'
import { renameSegment } from '../src/launch/set-up.ts'
import { newPerson, updateLine } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const segment = randomUUID()
let system: System

beforeAll(async () => {
  system = await startSystem({
    dataflows: { eca: { segments: [segment], activationDelayMs: 0, solutions } },
    // What was answered is on disk, so that a killed Redis has it.
    redisSettings: { appendfsync: 'always' },
  })
})
afterAll(() => system?.stop())

type Counterparts = Readonly<
  Record<string, Readonly<Record<string, { readonly name: string; readonly segment: string }>>>
>

/** What the segment is called in each solution, as the solution itself holds it. */
async function names(): Promise<readonly string[]> {
  const { body } = await httpJson<Counterparts>('GET', `${system.sandbox.control}/control/members`)
  return solutions.map(
    (solution) =>
      Object.values(body[solution] ?? {}).find((one) => one.segment === segment)?.name ?? '',
  )
}

async function documents(gateway: Gateway): Promise<unknown> {
  const kinds = ['connections', 'sourceConnections', 'targetConnections', 'flows']
  const items = await Promise.all(kinds.map((kind) => listItems(gateway, kind)))
  const organisation = await httpJson('GET', `${gateway.url}/v1/organisation`, {
    token: gateway.token,
  })
  return { items, organisation: organisation.body }
}

test('what one gateway changes the other shows at once, and the processor carries it out', async () => {
  const other = await system.parts.startGateway()
  await renameSegment(other, `ups:${segment}`, 'Named by the other')
  expect(await documents(system.gateway)).toEqual(await documents(other))
  await eventually('all solutions have the name', async () =>
    (await names()).every((name) => name.includes('Named by the other')),
  )
  await other.part.stop()
})

test('after everything was killed the configuration is there, and goes on', async () => {
  const before = await documents(system.gateway)
  await system.processor.kill9()
  await system.killGateway()
  await system.parts.redis.kill9()
  await system.parts.redis.restart()
  const gateway = await system.parts.startGateway()
  await system.parts.startProcessor('second')
  expect(await documents(gateway)).toEqual(before)

  const people = Array.from({ length: 5 }, newPerson)
  await system.know(people.map(({ lead }) => lead))
  const segments = { [segment]: { status: 'realized', atMs: Date.now() } } as const
  const sent = await httpJson('POST', `${gateway.url}/v1/profiles`, {
    token: gateway.token,
    contentType: 'application/x-ndjson',
    body: people.map((person) => updateLine(person, { segments })).join('\n'),
  })
  expect(sent.status).toBe(202)
  await eventually('all are members in all solutions', async () => {
    const members = await system.members()
    return solutions.every((solution) => {
      const held = new Set(members[solution]?.[segment])
      return people.every(({ ecid, email }) => held.has(ecid) || held.has(email))
    })
  })
})
