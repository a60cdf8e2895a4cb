import { expect, test } from 'vitest'
import { expectBalance, startPipeline, type Pipeline } from './pipeline.ts'
import {
  accepted,
  answerLost,
  scriptedSolution,
  type ScriptedSolution,
} from './scripted-solution.ts'

const realized = 1
const exited = 2

function held({ members }: ScriptedSolution): object {
  return Object.fromEntries(
    [...members].filter(([, ids]) => ids.size > 0).map(([segment, ids]) => [segment, [...ids]]),
  )
}

async function started(activationDelayMs = 0): Promise<[ScriptedSolution, Pipeline]> {
  const scripted = scriptedSolution({ takes: 'full-state' })
  return [scripted, await startPipeline(scripted, { activationDelayMs })]
}

test('each row says all that the solution is to know of the profile', async () => {
  const [scripted, pipeline] = await started()
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  await pipeline.send([
    [
      'ECID:1',
      [
        [1, realized, 20],
        [2, realized, 20],
      ],
    ],
  ])
  await pipeline.settled()
  await pipeline.send([['ECID:1', [[0, exited, 30]]]])
  await pipeline.settled()
  expect(held(scripted)).toEqual({ 'ups:b': ['ECID:1'], 'ups:c': ['ECID:1'] })
  const last = scripted.calls.at(-1)?.[0]
  expect(last?.state?.toSorted((one, other) => (one.segment < other.segment ? -1 : 1))).toEqual([
    { segment: 'ups:a', status: 'exited' },
    { segment: 'ups:b', status: 'realized' },
    { segment: 'ups:c', status: 'realized' },
  ])
  expectBalance(await pipeline.books())
})

test('a membership whose own row is not due yet is not told with another’s', async () => {
  const [scripted, pipeline] = await started(1_500)
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(async () => (await pipeline.books()).get('pending')).toBe(1)
  await pipeline.settled()
  await pipeline.send([['ECID:1', [[1, realized, 20]]]])
  await pipeline.send([['ECID:1', [[1, exited, 30]]]])
  await pipeline.send([['ECID:1', [[2, realized, 40]]]])
  await pipeline.settled()
  const told = scripted.calls.flat().flatMap((row) => row.state ?? [])
  expect(told.some(({ segment }) => segment === 'ups:b')).toBe(false)
  expect(held(scripted)).toEqual({ 'ups:a': ['ECID:1'], 'ups:c': ['ECID:1'] })
})

test('an answer that was lost leaves the whole profile in doubt, until a full state arrived', async () => {
  const [scripted, pipeline] = await started()
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  // The state with segment 1 arrives, its answer never does; then the membership is undone.
  let lost = 0
  scripted.behave = (row) => {
    if (row.segment !== 'ups:b' || row.status === 'exited') return undefined
    lost += 1
    return answerLost
  }
  await pipeline.send([['ECID:1', [[1, realized, 20]]]])
  await expect.poll(() => lost, { timeout: 5_000 }).toBeGreaterThan(0)
  await pipeline.send([['ECID:1', [[1, exited, 30]]]])
  await pipeline.settled()
  expect(held(scripted)).toEqual({ 'ups:a': ['ECID:1'] })
})

test('a segment that is not activated any more is no part of the state', async () => {
  const [scripted, pipeline] = await started()
  await pipeline.send([
    [
      'ECID:1',
      [
        [0, realized, 10],
        [1, realized, 10],
      ],
    ],
  ])
  await pipeline.settled()
  await pipeline.edit({ segments: { 'ups:b': { name: 'B', solutions: ['scripted'] } } })
  await pipeline.quiet()
  await pipeline.send([['ECID:1', [[1, exited, 20]]]])
  await pipeline.settled()
  expect(scripted.calls.at(-1)?.[0]?.state).toEqual([{ segment: 'ups:b', status: 'exited' }])
})

test('of one profile a full state waits until the one before is applied: the solution may apply two in any order', async () => {
  const [scripted, pipeline] = await started()
  scripted.behave = () => accepted
  scripted.followed = { status: 'waiting', afterMs: 1 }
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  await pipeline.send([
    ['ECID:1', [[0, exited, 20]]],
    ['ECID:2', [[0, realized, 20]]],
  ])
  await expect.poll(() => scripted.calls.flat().length, { timeout: 5_000 }).toBe(2)
  // Asked about again, and still not applied: the exit is there, and waits.
  const asked = scripted.follows.length
  await expect.poll(() => scripted.follows.length, { timeout: 5_000 }).toBeGreaterThan(asked + 1)
  expect(scripted.calls.flat().map(({ identities }) => identities[0])).toEqual(['ECID:1', 'ECID:2'])
  expect((await pipeline.books()).get('pending')).toBe(1)

  scripted.followed = { status: 'applied' }
  await pipeline.settled()
  expect(scripted.calls.flat().at(-1)).toMatchObject({ identities: ['ECID:1'], status: 'exited' })
  expect(held(scripted)).toEqual({ 'ups:a': ['ECID:2'] })
  await pipeline.quiet()
  expectBalance(await pipeline.books())
})

test('a full state that was lost is told again without waiting for itself', async () => {
  const [scripted, pipeline] = await started()
  let losses = 1
  scripted.behave = () => {
    if (losses === 0) return undefined
    losses -= 1
    return { ...accepted, applies: false }
  }
  scripted.followed = { status: 'not-applied', code: 'BATCH_STUCK' }
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  await pipeline.quiet()
  expect(held(scripted)).toEqual({ 'ups:a': ['ECID:1'] })
})
