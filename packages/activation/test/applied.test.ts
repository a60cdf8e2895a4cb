import { unpackEntry } from '@segue/runtime'
import { partitionOf } from '@segue/model'
import { expect, test } from 'vitest'
import { isToBeAsked } from '../src/deliver/follow.ts'
import { expectBalance, startPipeline, type Pipeline } from './pipeline.ts'
import { accepted, acceptedAndLost, scriptedSolution } from './scripted-solution.ts'

const realized = 1

async function recordOf({ ports, partitionCount }: Pipeline, profileKey: string) {
  const partition = partitionOf(profileKey, partitionCount)
  const [entry] = await ports.ledger.entries(partition, 'eca', 'scripted', [profileKey])
  return unpackEntry(entry).records.get(0)
}

test('what was accepted is followed until it is applied', async () => {
  const scripted = scriptedSolution()
  scripted.behave = () => accepted
  scripted.followed = { status: 'waiting', afterMs: 1 }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  const record = await recordOf(pipeline, 'ECID:1')
  expect(record?.effect).toBe('followed')
  const following = async (): Promise<readonly (string | undefined)[]> =>
    pipeline.ports.records.following('scripted', record === undefined ? [] : [record])
  await expect.poll(() => scripted.follows.length, { timeout: 10_000 }).toBeGreaterThan(1)
  expect(await following()).toEqual(['waiting'])
  scripted.followed = { status: 'applied' }
  await pipeline.quiet()
  expect(await following()).toEqual([undefined])
  expect(new Set(scripted.follows)).toEqual(new Set(['batch-1']))
})

test('what was accepted and lost is told again; the books count it apart', async () => {
  const scripted = scriptedSolution()
  let losses = 1
  scripted.behave = (row) => {
    if (row.identities[0] !== 'ECID:1' || losses === 0) return undefined
    losses -= 1
    scripted.followed = { status: 'not-applied', code: 'BATCH_STUCK' }
    return acceptedAndLost
  }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await pipeline.settled()
  await pipeline.quiet()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1', 'ECID:2']))
  // Only what was lost.
  expect(scripted.calls.flat()).toHaveLength(3)
  expect(pipeline.troubles).toMatchObject([{ code: 'BATCH_STUCK', pausedMs: 0 }])
  const books = await pipeline.books()
  expect(books.get('resent')).toBe(1)
  books.delete('resent')
  expectBalance(books)
})

test('what is lost again and again is left to the next refresh, not sent for ever', async () => {
  const scripted = scriptedSolution()
  scripted.behave = () => acceptedAndLost
  scripted.followed = { status: 'not-applied', code: 'BATCH_STUCK' }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  await pipeline.quiet()
  // The first time, and three times more.
  expect(scripted.calls).toHaveLength(4)
  // What was told again is looked into once more, when all of it is sure to be settled; what is left to the refresh is not.
  const followed = await pipeline.ports.records.followed('scripted')
  expect(followed.map(({ lost }) => lost)).toEqual([true, true, true])
  const [first] = followed
  const laterMs = (first?.receiptMs ?? 0) + 600_000
  expect([isToBeAsked(first!, laterMs - 1), isToBeAsked(first!, laterMs)]).toEqual([false, true])
})

test('a solution that forgets is told again before it does, of members only', async () => {
  const scripted = scriptedSolution({ refreshAfterMs: 1 })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
    ['ECID:2', [[0, 2, 20]]],
  ])
  await pipeline.settled()
  await pipeline.quiet()
  scripted.members.clear()
  const before = scripted.calls.length
  await pipeline.refresh()
  await expect
    .poll(() => scripted.members.get('ups:a'), { timeout: 5_000 })
    .toEqual(new Set(['ECID:1']))
  await pipeline.quiet()
  expect(scripted.calls.slice(before).flat()).toHaveLength(1)
})
