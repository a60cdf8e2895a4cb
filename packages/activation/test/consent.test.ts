import { expect, test } from 'vitest'
import { expectBalance, startPipeline } from './pipeline.ts'
import { scriptedSolution } from './scripted-solution.ts'

const realized = 1
const exited = 2
const given = 1
const withdrawn = 2

test('who withdraws consent leaves every segment; what changes meanwhile is excluded, and told when consent returns', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await pipeline.settled()
  await pipeline.send([['ECID:1', [], [], withdrawn]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:2']))
  const calls = scripted.calls.length

  await pipeline.send([
    [
      'ECID:1',
      [
        [0, exited, 20],
        [1, realized, 20],
      ],
    ],
  ])
  await expect.poll(async () => (await pipeline.books()).get('excluded:CONSENT_VIOLATION')).toBe(2)
  await pipeline.settled()
  expect(scripted.calls).toHaveLength(calls)
  expect(await pipeline.books()).toEqual(
    new Map([
      ['received', 5],
      ['activated', 3],
      ['pending', 0],
      ['excluded:CONSENT_VIOLATION', 2],
    ]),
  )

  await pipeline.send([['ECID:1', [], [], given]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:2']))
  expect(scripted.members.get('ups:b')).toEqual(new Set(['ECID:1']))
  expectBalance(await pipeline.books())
  // Over an hour's end it would be two; never more.
  expect([1, 2]).toContain((await pipeline.runs()).length)
})
