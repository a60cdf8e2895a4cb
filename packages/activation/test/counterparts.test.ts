import { partitionOf } from '@segue/model'
import { expect, onTestFinished, test } from 'vitest'
import { segmentGone } from '@segue/solution-kit'
import { resumeSolution } from '../src/index.ts'
import { expectBalance, segments, startPipeline } from './pipeline.ts'
import { scriptedSolution } from './scripted-solution.ts'

const realized = 1
const exited = 2
const solutions = ['scripted']

test('activating makes counterparts, renaming renames them, unmapping removes them: with no update needed', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  expect([...scripted.counterparts.keys()].toSorted()).toEqual(segments)
  await pipeline.edit({
    segments: { 'ups:a': { name: 'Renamed', solutions }, 'ups:d': { name: 'New', solutions } },
  })
  await pipeline.quiet()
  expect(Object.fromEntries(scripted.counterparts)).toEqual({ 'ups:a': 'Renamed', 'ups:d': 'New' })
  const kept = await pipeline.ports.counterparts.all('scripted', 'eca')
  expect(kept.get('ups:a')).toMatchObject({ remoteId: '1', name: 'Renamed', generation: 1 })
  // A rename that says nothing of objects leaves what was said of them.
  expect(kept.get('ups:a')?.objects).toEqual([{ kind: 'list', name: 'ups:a', id: '1' }])
  expect(kept.get('ups:b')?.remoteId).toBeUndefined()
})

test('a dataflow that is disabled keeps its counterparts, gets no new ones, and loses those of segments it has no more', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  const [kept = '', ...others] = segments
  await pipeline.edit({ enabled: false })
  await pipeline.quiet()
  expect(scripted.counterparts.size).toBe(segments.length)
  await pipeline.edit({
    enabled: false,
    segments: { [kept]: { name: kept, solutions }, 'ups:new': { name: 'New', solutions } },
  })
  await pipeline.quiet()
  expect(others).toHaveLength(2)
  expect([...scripted.counterparts.keys()]).toEqual([kept])
})

test('a removal that nobody knows the end of is carried out, and who is wanted there again is told to a new one', async () => {
  for (const wasRemoved of [true, false]) {
    const scripted = scriptedSolution()
    const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
    await pipeline.send([['ECID:1', [[0, realized, 10]]]])
    await pipeline.settled()
    const kept = await pipeline.ports.counterparts.get('scripted', 'eca', 'ups:a')
    // As by a process that died with the request on its way; meanwhile the segment was activated again.
    await pipeline.ports.counterparts.removal(
      'scripted',
      'eca',
      'ups:a',
      kept?.remoteId ?? '',
      'begun',
    )
    if (wasRemoved) {
      scripted.counterparts.delete('ups:a')
      scripted.members.delete('ups:a')
    }
    await pipeline.edit({})
    await pipeline.quiet()
    expect([...(scripted.members.get('ups:a') ?? [])]).toEqual(['ECID:1'])
    const now = await pipeline.ports.counterparts.get('scripted', 'eca', 'ups:a')
    expect(now?.removing).toBeUndefined()
    expect(now?.generation).toBe((kept?.generation ?? 0) + 1)
  }
})

test('a counterpart that was deleted is made again, and told of everybody whom it should hold', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
    ['ECID:3', [[0, exited, 10]]],
  ])
  await pipeline.settled()
  const calls = scripted.calls.length
  scripted.counterparts.delete('ups:a')
  scripted.members.delete('ups:a')
  let remoteId = ''
  scripted.behave = (row) => {
    remoteId ||= row.remoteId
    if (row.remoteId !== remoteId) return undefined
    const answer = { status: 'retry', code: segmentGone, afterMs: 0, scope: 'row' } as const
    return { applies: false, answer: { ...answer, inDoubt: false } }
  }
  await pipeline.send([['ECID:4', [[0, realized, 20]]]])
  await pipeline.settled()
  await pipeline.quiet()
  expect([...(scripted.members.get('ups:a') ?? [])].toSorted()).toEqual([
    'ECID:1',
    'ECID:2',
    'ECID:4',
  ])
  expect(scripted.calls.length).toBeGreaterThan(calls)
  const books = await pipeline.books()
  expect(books.get('resent')).toBe(2)
  books.delete('resent')
  expectBalance(books)
})

test('a segment that is activated again is told of whom it held, with the state of now', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await pipeline.settled()
  await pipeline.edit({ segments: {} })
  await pipeline.quiet()
  expect(scripted.members.get('ups:a')).toBeUndefined()
  await pipeline.send([['ECID:2', [[0, exited, 20]]]])
  const { ports, partitionCount } = pipeline
  const partition = partitionOf('ECID:2', partitionCount)
  await expect
    .poll(async () => (await ports.store.counters(partition)).get('exited'), { timeout: 5_000 })
    .toBe(1)
  await pipeline.settled()
  await pipeline.edit({ segments: { 'ups:a': { name: 'A', solutions } } })
  await pipeline.quiet()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1']))
})

test('a change that fails for good is kept with its code, and tried again with the next change', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  const { renameSegment } = scripted.solution
  Object.assign(scripted.solution, {
    renameSegment: () =>
      Promise.resolve({ status: 'rejected', code: 'NAME_TAKEN', kind: 'failed', detail: 'by X' }),
  })
  await pipeline.edit({ segments: { 'ups:a': { name: 'Taken', solutions } } })
  await pipeline.quiet()
  const { counterparts } = pipeline.ports
  expect(await counterparts.get('scripted', 'eca', 'ups:a')).toMatchObject({
    name: 'ups:a',
    trouble: { code: 'NAME_TAKEN', detail: 'by X' },
  })
  Object.assign(scripted.solution, { renameSegment })
  await pipeline.edit({ segments: { 'ups:a': { name: 'Free', solutions } } })
  await pipeline.quiet()
  const freed = await counterparts.get('scripted', 'eca', 'ups:a')
  expect(freed).toMatchObject({ remoteId: '1', name: 'Free', generation: 1 })
  expect(freed?.trouble).toBeUndefined()
})

test('a setting that was wrong is not shown any more once a counterpart could be made, with no row to send', async () => {
  const scripted = scriptedSolution()
  const { ensureSegment } = scripted.solution
  Object.assign(scripted.solution, {
    ensureSegment: () =>
      Promise.resolve({ status: 'misconfigured', code: 'REFUSED', setting: 'clientSecret' }),
  })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  const { records } = pipeline.ports
  await expect
    .poll(() => records.pause('scripted'))
    .toMatchObject({ code: 'REFUSED', setting: 'clientSecret' })
  // As a processor that starts with the mended setting does. Before it stops nothing is mended: else one that works hides the trouble.
  await pipeline.stopDelivery()
  Object.assign(scripted.solution, { ensureSegment })
  await resumeSolution(records, 'scripted', pipeline.deliveryQueue)
  onTestFinished(await pipeline.startDelivery())
  await pipeline.quiet()
  expect([...scripted.counterparts.keys()].toSorted()).toEqual(segments)
  await expect.poll(() => records.pause('scripted')).toBeUndefined()
})

/** An edit that gives the first segment labels, and leaves the others alone. */
function labelled(labels: readonly string[] | undefined, name = 'ups:a') {
  const others = segments.slice(1).map((segment) => [segment, { name: segment, solutions }])
  const own = { name, solutions, ...(labels ? { labels } : {}) }
  return { segments: { 'ups:a': own, ...Object.fromEntries(others) } }
}

test('labels are told with making and with every change, also beside a rename, and not without one', async () => {
  const scripted = scriptedSolution({ labels: true })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  expect(scripted.order.filter((one) => one.startsWith('label'))).toEqual([])
  const { counterparts } = pipeline.ports
  const kept = () => counterparts.get('scripted', 'eca', 'ups:a')
  for (const [labels, name] of [
    [['C5', 'C3', 'C3'], 'ups:a'],
    [['C3'], 'Renamed too'],
    [undefined, 'Renamed too'],
  ] as const) {
    await pipeline.edit(labelled(labels, name))
    await pipeline.quiet()
    const sorted = [...new Set(labels)].toSorted()
    expect(scripted.labels.get('ups:a')).toEqual(sorted)
    expect((await kept())?.labels ?? []).toEqual(sorted)
    expect(await kept()).toMatchObject({ remoteId: '1', name, generation: 1 })
  }
  const asked = scripted.order.filter((one) => one === 'label ups:a').length
  expect(asked).toBe(3)
  await pipeline.edit({ name: 'Another name of the flow' })
  await pipeline.quiet()
  expect(scripted.order.filter((one) => one === 'label ups:a')).toHaveLength(asked)
})

test('a solution that can hold no label is never asked, and no job is made for it', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  await pipeline.stopDelivery()
  await pipeline.edit({
    segments: Object.fromEntries(
      segments.map((segment) => [segment, { name: segment, solutions, labels: ['C3'] }]),
    ),
  })
  expect(await pipeline.jobs()).toEqual([])
})

test('no row goes to a counterpart whose labels could not be set; with the mended setting they go', async () => {
  const scripted = scriptedSolution({ labels: true })
  scripted.labelling = {
    status: 'misconfigured',
    code: 'CONTROLS_REFUSED',
    setting: 'clientId',
    detail: 'no administrator',
  }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  const { counterparts, records } = pipeline.ports
  await pipeline.quiet()
  await pipeline.edit(labelled(['C3']))
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect
    .poll(() => counterparts.get('scripted', 'eca', 'ups:a'), { timeout: 5_000 })
    .toMatchObject({ trouble: { code: 'CONTROLS_REFUSED', setting: 'clientId' } })
  await expect.poll(async () => (await pipeline.books()).get('received')).toBe(1)
  await expect.poll(() => records.pause('scripted')).toMatchObject({ setting: 'clientId' })
  expect(scripted.order).not.toContain('row ups:a')

  scripted.labelling = undefined
  await pipeline.stopDelivery()
  await resumeSolution(records, 'scripted', pipeline.deliveryQueue)
  onTestFinished(await pipeline.startDelivery())
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1']))
  expect(scripted.order.indexOf('row ups:a')).toBeGreaterThan(scripted.order.indexOf('label ups:a'))
  expect((await counterparts.get('scripted', 'eca', 'ups:a'))?.trouble).toBeUndefined()
})

test('a counterpart that is found gone when it is labelled is made again with its labels', async () => {
  const scripted = scriptedSolution({ labels: true })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.quiet()
  const gone = { status: 'retry', code: segmentGone, afterMs: 0, scope: 'row' } as const
  scripted.labelling = { ...gone, inDoubt: false }
  await pipeline.edit(labelled(['C3']))
  await expect
    .poll(() => pipeline.ports.counterparts.get('scripted', 'eca', 'ups:a'))
    .toMatchObject({ trouble: { code: segmentGone } })
  scripted.labelling = undefined
  await pipeline.quiet()
  expect(scripted.labels.get('ups:a')).toEqual(['C3'])
  expect(await pipeline.ports.counterparts.get('scripted', 'eca', 'ups:a')).toMatchObject({
    generation: 2,
    labels: ['C3'],
  })
})
