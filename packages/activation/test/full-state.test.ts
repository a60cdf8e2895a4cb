import { expect, test } from 'vitest'
import { expectBalance, startPipeline, type Pipeline } from './pipeline.ts'
import { answerLost, scriptedSolution, type ScriptedSolution } from './scripted-solution.ts'

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
