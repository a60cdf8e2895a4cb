import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { adding, patchItem, removing as removingFrom, send } from '../src/launch/flow-service.ts'
import { httpJson } from '../src/launch/http-json.ts'
import { solutions } from '../src/launch/run.ts'
import { renameSegment } from '../src/launch/set-up.ts'
import { newPerson, updateLine } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const [kept, dropped] = [randomUUID(), randomUUID()]
/** Advertising Cloud’s mapping rows cannot be taken back: its members leave when their window ends. */
const removing = solutions.filter((name) => name !== 'advertising-cloud')
let system: System

beforeAll(async () => {
  system = await startSystem({
    dataflows: { eca: { segments: [kept, dropped], activationDelayMs: 0, solutions } },
  })
})
afterAll(() => system?.stop())

type Counterparts = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        { readonly name: string; readonly segment: string; readonly members: readonly string[] }
      >
    >
  >
>

/** The segment's counterpart in each solution, as the solution itself holds it. */
async function counterparts(segment: string) {
  const { body } = await httpJson<Counterparts>('GET', `${system.sandbox.control}/control/members`)
  return Object.fromEntries(
    Object.entries(body).map(([solution, all]) => [
      solution,
      Object.values(all).find((one) => one.segment === segment),
    ]),
  )
}

const patchFlow = (operations: Parameters<typeof patchItem>[3]): Promise<void> =>
  patchItem(system.gateway, 'flows', system.flow('eca'), operations)

test('activating, renaming and unmapping a segment creates, renames and removes its counterpart in every solution', async () => {
  await eventually('every solution has both, with nobody in them', async () => {
    const [one, other] = [await counterparts(kept), await counterparts(dropped)]
    return solutions.every((name) => one[name] !== undefined && other[name] !== undefined)
  })
  const people = Array.from({ length: 10 }, newPerson)
  await system.know(people.map(({ lead }) => lead))
  const realized = { status: 'realized', atMs: Date.now() } as const
  const segments = { [kept]: realized, [dropped]: realized }
  await system.stream(people.map((person) => updateLine(person, { segments })))
  await system.untilIdle()
  const before = await counterparts(kept)
  const ecids = people.map(({ ecid }) => ecid).toSorted()
  expect(before['analytics']?.members).toEqual(ecids)

  await renameSegment(system.gateway, kept, 'Loyal buyers')
  await patchFlow((flow) => removingFrom(flow, [`ups:${dropped}`]))
  await eventually('all are renamed, all but one are removed', async () => {
    const [one, other] = [await counterparts(kept), await counterparts(dropped)]
    return (
      solutions.every((name) => one[name]?.name.includes('Loyal buyers')) &&
      removing.every((name) => (other[name]?.name ?? '') === '')
    )
  })
  await system.untilIdle()
  const after = await counterparts(kept)
  for (const name of solutions) {
    expect({ name, members: after[name]?.members }).toEqual({
      name,
      members: before[name]?.members,
    })
  }
  const shown = await system.get<Record<string, { readonly segments: object }>>(
    `/v1/dataflows/${system.flow('eca')}/solutions`,
  )
  for (const name of solutions) {
    expect(shown[name]?.segments).toMatchObject({
      [`ups:${kept}`]: { state: 'ready', name: 'Loyal buyers' },
    })
    expect(Object.keys(shown[name]?.segments ?? {})).toEqual([`ups:${kept}`])
  }

  // Activated again it is made again, and told of whom it held before.
  await renameSegment(system.gateway, dropped, 'Back again')
  await patchFlow([adding(`ups:${dropped}`)])
  await eventually('it is there again with its members', async () => {
    const again = await counterparts(dropped)
    return solutions.every(
      (name) =>
        again[name]?.name.includes('Back again') === true &&
        again[name]?.members.length === before[name]?.members.length,
    )
  })
  await system.untilIdle()
  expect(await system.imbalances()).toEqual([])
})

test('of a flow that is deleted nothing stays: not in the solutions, not in the engine', async () => {
  const { gateway, parts } = system
  const id = system.flow('eca')
  const path = `/data/foundation/flowservice/flows/${id}`
  expect((await send(gateway, 'DELETE', path)).status).toBe(202)
  await eventually('the engine has no dataflow of it', async () => {
    const { status } = await send(gateway, 'GET', `/v1/dataflows/${id}`)
    return status === 404
  })
  for (const segment of [kept, dropped]) {
    const left = await counterparts(segment)
    for (const name of removing)
      expect({ name, left: left[name]?.name ?? '' }).toEqual({ name, left: '' })
  }
  const keys: string[] = []
  for await (const found of parts.redis.client.scanStream({ match: `*${id}*`, count: 1_000 })) {
    keys.push(...(found as string[]))
  }
  // What its runs were is kept for a while; jobs of upkeep that wait end when their time comes.
  expect(keys.filter((key) => !/:runs?[:}]|:upkeep\}/.test(key))).toEqual([])
})
