import { expect, test } from 'vitest'
import type { SolutionEvent } from '@segue/solution-kit'
import { memoryBucket } from './memory-bucket.ts'
import { openFiles } from './open-files.ts'
import { receiptKey, syncFileKey } from './sync-file-name.ts'
import { testOwner, testSettings } from './test-settings.ts'

const startMs = Date.parse('2026-11-23T23:59:59Z')
const name = { dataSourceId: 31000, targetDataSourceId: 29769, unixSeconds: startMs / 1000 }
const key = syncFileKey('dir/acme', name)
const none = { kind: 'files', files: [] }
const one = { kind: 'files', files: [expect.objectContaining({ key })] }
const processed = {
  kind: 'files',
  files: [expect.objectContaining({ key, receiptMs: startMs + 5_000 })],
}

function world() {
  const bucket = memoryBucket()
  const clock = { nowMs: startMs }
  const settings = testSettings({ receipts: 'json', processedPollMs: 1_000 })
  const events: SolutionEvent[] = []
  const log = (event: SolutionEvent): void => void events.push(event)
  const open = openFiles({
    bucket,
    traitOwner: testOwner,
    settings,
    nowMs: () => clock.nowMs,
    log,
  })
  return { bucket, clock, open, events }
}

test('a file of the last second of a day is open on the next one, until its receipt is there', async () => {
  const { bucket, clock, open } = world()
  bucket.objects.set(key, new Uint8Array())
  clock.nowMs += 5_000
  expect(await open.look(31000)).toEqual(one)
  expect(await open.look(31001)).toEqual(none)
  bucket.nowMs = startMs + 5_000
  bucket.process(receiptKey(key))
  expect(await open.look(31000)).toEqual(processed)
})

test('a receipt is read once, and says where nothing of the file was applied', async () => {
  const { bucket, open, events } = world()
  bucket.objects.set(key, new Uint8Array())
  await open.look(31000)
  bucket.objects.set(receiptKey(key), new TextEncoder().encode('{"problem":"NOT_GZIP"}'))
  let read = 0
  const { get } = bucket
  bucket.get = (of) => {
    read += 1
    return get(of)
  }
  for (let time = 0; time < 2; time += 1) {
    expect(await open.look(31000)).toMatchObject({ files: [{ key, problem: 'NOT_GZIP' }] })
  }
  expect(read).toBe(1)
  expect(events).toMatchObject([
    { level: 'warn', event: 'onboarding_receipt', fields: { problem: 'NOT_GZIP' } },
  ])
})

test('files come in the order of their seconds, whatever order they were listed in', async () => {
  const { bucket, open } = world()
  const keys = [2, 0, 1].map((more) =>
    syncFileKey('dir/acme', { ...name, unixSeconds: name.unixSeconds - more }),
  )
  for (const each of keys) bucket.objects.set(each, new Uint8Array())
  const look = await open.look(31000)
  expect(look).toMatchObject({ files: [{ key: keys[0] }, { key: keys[2] }, { key: keys[1] }] })
})

test('a look that began before an upload does not count after it', async () => {
  const { bucket, open } = world()
  const asked = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const { list } = bucket
  // What the early look is told, however late: the bucket as it was before the upload.
  const asItWas: typeof list = async () => {
    asked.resolve()
    await started.promise
    return { kind: 'objects', objects: [] }
  }
  bucket.list = asItWas
  const early = open.look(31000)
  await asked.promise
  bucket.list = list
  open.uploading(31000, key)
  bucket.objects.set(key, new Uint8Array())
  open.uploadEnded(31000, key, false)
  expect(await open.look(31000)).toEqual(one)
  bucket.list = asItWas
  started.resolve()
  expect(await early).toEqual(none)
  expect(await open.glance(31000)).toEqual(one)
})

test('a glance asks the bucket only now and then', async () => {
  const { bucket, clock, open } = world()
  expect(await open.glance(31000)).toEqual(none)
  bucket.objects.set(key, new Uint8Array())
  expect(await open.glance(31000)).toEqual(none)
  clock.nowMs += 10_000
  expect(await open.glance(31000)).toEqual(one)
})

test('a file that was taken away from the bucket stays open where it was uploaded', async () => {
  const { bucket, clock, open } = world()
  open.uploading(31000, key)
  open.uploadEnded(31000, key, true)
  expect(bucket.objects.size).toBe(0)
  expect(await open.look(31000)).toEqual(one)
  clock.nowMs += 48 * 3_600_000
  expect(await open.look(31000)).toEqual(none)
})

test('what is not the data source’s file does not count', async () => {
  const { bucket, open } = world()
  bucket.objects.set(key.replace('_29769_', '_29770_'), new Uint8Array())
  bucket.objects.set(key.replace('.sync', '.overwrite'), new Uint8Array())
  expect(await open.look(31000)).toEqual(none)
})
