import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Gateway } from '../src/launch/gateway.ts'
import { listItems, segmentOf, selectorsOf } from '../src/launch/flow-service.ts'
import { activateAll } from '../src/launch/set-up.ts'
import { limits } from './system.ts'
import { prepareParts, type Parts } from '../src/system/parts.ts'

vi.setConfig(limits)

let parts: Parts
let gateway: Gateway
beforeAll(async () => {
  parts = await prepareParts({})
  gateway = await parts.startGateway()
})
afterAll(() => parts?.stop())

function segments(from: number, to: number): ReadonlyMap<string, string> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index)
  return new Map(numbers.map((number) => [`ups:s${number}`, `Segment ${number}`]))
}
const activated = async (): Promise<readonly string[][]> =>
  (await listItems(gateway, 'flows')).map((flow) => selectorsOf(flow).map(segmentOf)).toReversed()
const names = (from: number, to: number): string[] => [...segments(from, to).keys()]
const solutions = ['marketo', 'target']
const name = 'Experience Cloud Audiences'

test('a second start finds the connection, adds what is missing and takes nothing away; a flow that is full gets a second', async () => {
  const first = { name, activationDelayMs: 300, solutions, segments: segments(0, 3) }
  const ids = await activateAll(gateway, first)
  expect(ids).toHaveLength(1)
  expect(await activated()).toEqual([names(0, 3)])

  // The same again changes nothing.
  const [before] = await listItems(gateway, 'flows')
  expect(await activateAll(gateway, first)).toEqual(ids)
  expect((await listItems(gateway, 'flows'))[0]?.etag).toBe(before?.etag)

  const second = {
    name,
    activationDelayMs: 500,
    solutions: [...solutions, 'campaign'],
    segments: segments(2, 252),
  }
  const both = await activateAll(gateway, second)
  expect(both).toHaveLength(2)
  expect(both).toContain(ids[0])
  expect(await activated()).toEqual([names(0, 250), names(250, 252)])
  const targets = await listItems(gateway, 'targetConnections')
  expect(targets.map(({ params }) => params)).toMatchObject([
    { activationDelayMs: 500, solutions: ['marketo', 'target', 'campaign'] },
  ])
})
