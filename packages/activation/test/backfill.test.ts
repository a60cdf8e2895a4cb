import type { BackfillOrder, BackfillProgress } from '@segue/runtime'
import { expect, test } from 'vitest'
import { expectBalance, startPipeline, type Pipeline, type Update } from './pipeline.ts'
import { scriptedSolution } from './scripted-solution.ts'

const realized = 1
const exited = 2
const none = { waiting: 0, active: 0, delayed: 0, failed: 0 }
const solutions = ['scripted']
const mapped = { 'ups:a': { name: 'A', solutions } }

function orderOf(
  id: string,
  reach: BackfillOrder['reach'] = 'members',
  more: Partial<BackfillOrder> = {},
): BackfillOrder {
  return { id, segments: ['ups:a'], solutions, reach, requestedMs: 1, ...more }
}

const people = (count: number, status: 1 | 2, atMs: number, from = 0): Update[] =>
  Array.from({ length: count }, (_, index) => [`ECID:${from + index}`, [[0, status, atMs]]])

async function stepped(pipeline: Pipeline): Promise<void> {
  await expect
    .poll(
      async () => {
        let lag = 0
        for (let partition = 0; partition < pipeline.partitionCount; partition += 1) {
          const counters = await pipeline.ports.store.counters(partition)
          lag += (counters.get('appendedRecords') ?? 0) - (counters.get('steppedRecords') ?? 0)
        }
        return lag
      },
      { timeout: 20_000 },
    )
    .toBe(0)
}

async function carriedOut(pipeline: Pipeline): Promise<void> {
  await expect.poll(() => pipeline.backfillQueue.counts(), { timeout: 30_000 }).toEqual(none)
  await pipeline.settled()
}

async function progressOf(pipeline: Pipeline, order: string): Promise<BackfillProgress[]> {
  const all = await Promise.all(
    Array.from({ length: pipeline.partitionCount }, (_, partition) =>
      pipeline.ports.backfills.all(partition),
    ),
  )
  return all.flat().flatMap(({ place, progress }) => (place.order === order ? progress : []))
}

const sum = (all: readonly BackfillProgress[], what: 'rows' | 'scanned' | 'moved'): number =>
  all.reduce((total, one) => total + one[what], 0)

test('activating a segment sends its present members first, while the stream goes on', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    dataflow: { segments: {} },
    profilesPerPage: 64,
  })
  await pipeline.send([...people(400, realized, 1_000), ...people(100, exited, 2_000)])
  await stepped(pipeline)
  expect(scripted.calls).toEqual([])

  await pipeline.edit({ segments: mapped, backfills: [orderOf('one')] })
  await pipeline.send([...people(50, realized, 3_000, 1_000), ...people(20, exited, 4_000, 380)])
  await stepped(pipeline)
  await carriedOut(pipeline)
  expect(scripted.members.get('ups:a')?.size).toBe(300 + 50 - 20)
  expect(scripted.mostAtOnce).toBe(1)
  expectBalance(await pipeline.books())
  const progress = await progressOf(pipeline, 'one')
  expect(progress.map(({ phase }) => phase)).toEqual(['ended', 'ended'])
  expect(sum(progress, 'scanned')).toBeGreaterThanOrEqual(400)
  expect(sum(progress, 'rows')).toBeGreaterThanOrEqual(280)
  expect((await pipeline.books()).get('received')).toBe(sum(progress, 'rows') + 70)

  // Once more finds nothing to send.
  await pipeline.edit({ backfills: [orderOf('two')] })
  await carriedOut(pipeline)
  expect(sum(await progressOf(pipeline, 'two'), 'rows')).toBe(0)
  expect(await progressOf(pipeline, 'one')).toEqual([])
})

test('without backfill only those are told whom the solution knew before', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send(people(3, realized, 1_000))
  await pipeline.settled()
  await pipeline.edit({ enabled: false })
  // While it is disabled one leaves, one comes, and one leaves and comes again.
  await pipeline.send([...people(1, exited, 2_000), ...people(1, realized, 2_000, 10)])
  await pipeline.send([['ECID:1', [[0, exited, 2_000]]]])
  await pipeline.send([['ECID:1', [[0, realized, 3_000]]]])
  await stepped(pipeline)
  await pipeline.edit({ enabled: true, backfills: [orderOf('told', 'told')] })
  await carriedOut(pipeline)
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1', 'ECID:2']))
  expectBalance(await pipeline.books())
})

test('an order of a disabled dataflow waits, and is no work under way', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    dataflow: { segments: mapped, enabled: false },
  })
  await pipeline.send(people(3, realized, 1_000))
  await stepped(pipeline)
  await pipeline.edit({ backfills: [orderOf('one')] })
  expect(await pipeline.backfillQueue.counts()).toEqual(none)
  await pipeline.edit({ enabled: true })
  await carriedOut(pipeline)
  expect(scripted.members.get('ups:a')?.size).toBe(3)

  // Nothing was appended that could only be excluded.
  expect([...(await pipeline.books()).keys()].filter((outcome) => outcome.includes(':'))).toEqual(
    [],
  )
})

test('changes since a time are counted apart: the gap of a cutover', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    dataflow: { segments: mapped, enabled: false },
  })
  await pipeline.send(people(5, realized, 1_000))
  await stepped(pipeline)
  await pipeline.ports.syncClock()
  const movedSinceMs = pipeline.ports.clock.nowMs() + 1
  await expect.poll(() => pipeline.ports.clock.nowMs() > movedSinceMs + 1).toBe(true)
  await pipeline.send(people(2, realized, 2_000, 100))
  await stepped(pipeline)
  await pipeline.edit({ enabled: true, backfills: [orderOf('one', 'members', { movedSinceMs })] })
  await carriedOut(pipeline)
  const progress = await progressOf(pipeline, 'one')
  expect([sum(progress, 'rows'), sum(progress, 'moved')]).toEqual([7, 2])
})

test('a solution that wants few large deliveries gets a backfill in its windows, and not by the faster way', async () => {
  const scripted = scriptedSolution({
    express: true,
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: 1,
      maxNumEventsInBatch: 10_000,
    },
  })
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    dataflow: { segments: {} },
  })
  await pipeline.send(people(300, realized, 1_000))
  await stepped(pipeline)
  await pipeline.edit({ segments: mapped, backfills: [orderOf('one')] })
  await carriedOut(pipeline)
  expect(scripted.members.get('ups:a')?.size).toBe(300)
  expect(scripted.expressCalls).toEqual([])
  expect(scripted.calls.length).toBeLessThanOrEqual(3)
})

test('only the primary identity goes out where the dataflow says so, and all leave with an exit', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    dataflow: { segments: mapped, primaryIdentityOnly: true },
  })
  const both = ['ECID:1', 'email_lc_sha256:x']
  await pipeline.send([['ECID:1', [[0, realized, 1_000]], ['email_lc_sha256:x']]])
  await pipeline.send([['email_lc_sha256:y', [[0, realized, 1_000]], ['GAID:y']]])
  await pipeline.send([['GAID:z', [[0, realized, 1_000]], ['ECID:z']]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1', 'email_lc_sha256:y']))
  expect((await pipeline.books()).get('excluded:NO_IDENTITY')).toBe(1)

  // Switched off, what was kept back is sent by an order.
  await pipeline.edit({ primaryIdentityOnly: false, backfills: [orderOf('one')] })
  await carriedOut(pipeline)
  expect(scripted.members.get('ups:a')).toEqual(new Set([...both, 'email_lc_sha256:y', 'ECID:z']))

  // Switched on again, what was told stays known, and leaves whole.
  await pipeline.edit({ primaryIdentityOnly: true, backfills: [orderOf('two')] })
  await carriedOut(pipeline)
  await pipeline.send([
    ['ECID:1', [[0, exited, 2_000]]],
    ['GAID:z', [[0, exited, 2_000]]],
  ])
  await pipeline.settled()
  await expect.poll(() => scripted.members.get('ups:a')).toEqual(new Set(['email_lc_sha256:y']))
})
