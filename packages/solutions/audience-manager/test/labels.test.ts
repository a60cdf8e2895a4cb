import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { audienceManagerTrial, person } from './audience-manager-trial.ts'
import type { AudienceManagerTrial } from './audience-manager-trial.ts'

let trial: AudienceManagerTrial
beforeAll(async () => {
  trial = await audienceManagerTrial()
})
afterAll(() => trial.close())

const source = z.object({ name: z.string(), dataExportRestrictions: z.array(z.string()) })

/** The controls of the data source that owns the traits, as Audience Manager shows them. */
async function controls(): Promise<readonly string[]> {
  const id = trial.sandbox.ready.audienceManager.dataSources.traitOwner
  const shown = source.parse((await trial.rest('GET', `datasources/${id}`)).body)
  expect(shown.name).toBe('Experience Platform Segments')
  return shown.dataExportRestrictions.toSorted()
}

async function make(segment: string): Promise<string> {
  const made = await trial.solution.ensureSegment(segment, segment.replace(':', ' '))
  if (made.status !== 'ready') throw new Error(made.code)
  return made.remoteId
}

test('without labels nothing is set; labels become controls of the data source, and leave with their segments', async () => {
  const one = await make('ups:labelled-one')
  const other = await make('ups:labelled-other')
  expect(await controls()).toEqual([])
  const { labelSegment } = trial.solution
  const labelled = await labelSegment?.('ups:labelled-one', one, ['C3', 'C2'])
  expect(await controls()).toEqual(['PII'])
  const objects = labelled?.status === 'ready' ? (labelled.objects ?? []) : []
  expect(objects.map(({ kind }) => kind)).toEqual(['signal', 'trait', 'segment'])
  for (const object of objects) expect(await trial.shows(object)).toBe(true)

  // Renaming keeps them, and so does another process that labels another segment.
  await trial.solution.renameSegment('ups:labelled-one', one, 'Another name')
  await trial.another({}).labelSegment?.('ups:labelled-other', other, ['C5', 'C3'])
  expect(await controls()).toEqual(['OFF_SITE_ADS', 'PII'])
  expect(await trial.solution.removeSegment('ups:labelled-one', one)).toEqual({ status: 'removed' })
  expect(await controls()).toEqual(['OFF_SITE_ADS', 'PII'])
  await labelSegment?.('ups:labelled-other', other, ['C7'])
  expect(await controls()).toEqual(['ON_SITE_PERSONALIZATION'])
  expect(await trial.solution.removeSegment('ups:labelled-other', other)).toEqual({
    status: 'removed',
  })
  expect(await controls()).toEqual([])
})

test('members come and go as before', async () => {
  const remoteId = await make('ups:labelled-members')
  await trial.solution.labelSegment?.('ups:labelled-members', remoteId, ['C3'])
  const row = { identities: person(1), segment: 'ups:labelled-members', remoteId, revisionMs: 1 }
  await trial.solution.deliver([{ ...row, status: 'realized' }])
  await trial.sandbox.process()
  expect(await trial.members('ups:labelled-members')).toEqual(
    expect.arrayContaining([...person(1)]),
  )
  await trial.solution.labelSegment?.('ups:labelled-members', remoteId, [])
})

test('what a label forbids, Audience Manager refuses: for every segment of the data source, until no label asks for it', async () => {
  const made = await trial.solution.ensureSegment('ups:labelled-mapped', 'Mapped')
  const remoteId = made.status === 'ready' ? made.remoteId : ''
  const objects = made.status === 'ready' ? (made.objects ?? []) : []
  const sid = Number(objects.find(({ kind }) => kind === 'segment')?.id)
  const destination = await trial.rest('POST', 'destinations/', {
    name: 'Mail house',
    destinationType: 'PUSH',
    dataExportLabels: ['PII'],
  })
  const { destinationId } = z.object({ destinationId: z.int() }).parse(destination.body)
  const map = async (): Promise<number> => {
    const mapping = { sid, traitType: 'SEGMENT', startDate: '2026-11-23', valueAlias: '1' }
    return (await trial.rest('POST', `destinations/${destinationId}/mappings/`, mapping)).status
  }
  const beside = await make('ups:labelled-beside')
  await trial.solution.labelSegment?.('ups:labelled-mapped', remoteId, ['C3'])
  await trial.solution.labelSegment?.('ups:labelled-beside', beside, ['C3'])
  expect(await map()).toBe(409)
  await trial.solution.labelSegment?.('ups:labelled-mapped', remoteId, ['C5'])
  expect(await map()).toBe(409)
  await trial.solution.labelSegment?.('ups:labelled-beside', beside, [])
  expect(await map()).toBe(201)
})
