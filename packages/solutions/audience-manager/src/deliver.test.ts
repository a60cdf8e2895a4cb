import { expect, test } from 'vitest'
import { misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Delivery, Refusal, SolutionEvent } from '@segue/solution-kit'
import { fileDelivery } from './deliver.ts'
import { memoryBucket } from './memory-bucket.ts'
import type { MemoryBucket } from './memory-bucket.ts'
import { openFiles } from './open-files.ts'
import type { AudienceManagerSettingsInput } from './settings.ts'
import { receiptKey } from './sync-file-name.ts'
import { testSettings } from './test-settings.ts'

const startMs = Date.parse('2026-11-23T10:00:00.500Z')
const second = startMs / 1000 - 0.5
const hourMs = 3_600_000

const ecid = 'ECID:08382830887934830189014177072406221371'
const gaid = 'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const hash = `email_lc_sha256:${'5'.repeat(64)}`

function row(identities: readonly string[], more: Partial<Delivery> = {}): Delivery {
  const base = { segment: 'ups:s', remoteId: '24', status: 'realized', revisionMs: 1 } as const
  return { ...base, identities, ...more }
}

const youngSid = '777'

function young(sid: string): Refusal | undefined {
  return sid === youngSid ? refusal('TRAIT_NOT_READY', retryRow(5_000, false)) : undefined
}

/** An adapter's file path over a bucket and a clock; `restarted` is the same after a crash. */
function world(
  changes: Partial<AudienceManagerSettingsInput> = {},
  bucket: MemoryBucket = memoryBucket(),
  clock: { nowMs: number } = { nowMs: startMs },
) {
  const settings = testSettings({ receipts: 'json', processedPollMs: 10, ...changes })
  const events: SolutionEvent[] = []
  const common = {
    bucket,
    settings,
    nowMs: () => clock.nowMs,
    log: (event: SolutionEvent) => void events.push(event),
  }
  const open = openFiles(common)
  const deliver = fileDelivery({ ...common, open, readiness: (sid) => Promise.resolve(young(sid)) })
  const files = () => [...bucket.objects.keys()].filter((key) => key.endsWith('.sync.gz'))
  const processed = (key: string | undefined) => {
    bucket.process(receiptKey(key ?? ''))
  }
  const restarted = () => world(changes, bucket, clock)
  return { bucket, clock, deliver, events, files, processed, restarted }
}

const accepted = { status: 'delivered', applied: false }
const applied = { status: 'delivered', applied: true }
const fileOpen = { status: 'retry', code: 'FILE_OPEN', scope: 'solution', inDoubt: false }

test('rows become one file a data source, and are accepted until a receipt is seen', async () => {
  const { deliver, files, bucket } = world()
  const rows = [row([ecid, hash]), row([hash], { remoteId: '28', status: 'exited' })]
  expect(await deliver(rows)).toEqual([accepted, accepted])
  expect(files()).toEqual([
    `dir/acme/date=2026-11-23/ftp_dpm_31000_29769_${second}.sync.gz`,
    `dir/acme/date=2026-11-23/ftp_dpm_31001_29769_${second}.sync.gz`,
  ])
  expect(files().map(bucket.text)).toEqual([
    '08382830887934830189014177072406221371\td_sid=24\n',
    `${'5'.repeat(64)}\td_sid=24,d_unsid=28\n`,
  ])
})

test('while a file is open its data source’s rows wait, those of others go', async () => {
  const { deliver, files } = world()
  await deliver([row([ecid])])
  expect(await deliver([row([ecid]), row([hash]), row([hash, ecid])])).toMatchObject([
    fileOpen,
    accepted,
    fileOpen,
  ])
  expect(files()).toHaveLength(2)
})

test('a receipt opens the way for the next file, which has a second of its own', async () => {
  const { deliver, files, processed } = world()
  await deliver([row([ecid])])
  processed(files()[0])
  expect(await deliver([row([ecid], { status: 'exited' })])).toEqual([accepted])
  expect(files().at(-1)).toContain(`_${second + 1}.sync.gz`)
})

test('a clock that goes back gives no file the second of an earlier one, also after a restart', async () => {
  const { deliver, files, processed, clock, restarted } = world()
  await deliver([row([ecid])])
  processed(files()[0])
  clock.nowMs -= 30_000
  const again = restarted()
  await again.deliver([row([ecid])])
  expect(again.files().at(-1)).toContain(`_${second + 1}.sync.gz`)
})

test('without receipts a file counts as processed after its hours, not before', async () => {
  const { deliver, clock, files } = world({ receipts: 'none' })
  await deliver([row([ecid])])
  clock.nowMs = second * 1000 + 48 * hourMs - 5_000
  expect(await deliver([row([ecid])])).toEqual([
    expect.objectContaining({ ...fileOpen, afterMs: 5_000 }),
  ])
  clock.nowMs += 5_000
  expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(files()).toHaveLength(2)
})

test('a restart finds open files in the bucket, also of days before', async () => {
  const { deliver, clock, restarted, files } = world()
  await deliver([row([ecid])])
  clock.nowMs += 40 * hourMs
  const again = restarted()
  expect(await again.deliver([row([ecid]), row([gaid])])).toMatchObject([fileOpen, accepted])
  expect(files()).toHaveLength(2)
})

test('rows are applied when the receipt comes within the wait', async () => {
  const bucket = memoryBucket()
  const { deliver, files, processed, events } = world(
    { processedWaitMs: 60_000 },
    // Audience Manager at work: the file is processed at some later look.
    {
      ...bucket,
      get: (key) => {
        asked += 1
        if (asked === 3) processed(files()[0])
        return bucket.get(key)
      },
    },
  )
  let asked = 0
  expect(await deliver([row([ecid])])).toEqual([applied])
  expect(asked).toBe(3)
  expect(events.map(({ event }) => event)).toEqual(['file_uploaded', 'onboarding_receipt'])
})

test('an upload in doubt is found by the next look, and its rows go again after it', async () => {
  const { deliver, bucket, files, processed } = world()
  bucket.putFaults.push({ how: 'kept', refusal: refusal('TIMED_OUT', retryRow(1_000, true)) })
  expect(await deliver([row([ecid])])).toMatchObject([
    { status: 'retry', inDoubt: true, scope: 'row' },
  ])
  expect(await deliver([row([ecid])])).toMatchObject([fileOpen])
  processed(files()[0])
  expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(files()).toHaveLength(2)
})

test('an upload in doubt that never arrived does not block', async () => {
  const { deliver, bucket, files } = world()
  bucket.putFaults.push({ how: 'lost', refusal: refusal('TIMED_OUT', retryRow(1_000, true)) })
  await deliver([row([ecid])])
  expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(files()).toHaveLength(1)
})

test('a name that another process took first is left alone; the next second is used', async () => {
  const bucket = memoryBucket()
  const taken = `dir/acme/date=2026-11-23/ftp_dpm_31000_29769_${second}.sync.gz`
  bucket.objects.set(taken, new Uint8Array([1]))
  // The race of two processes: the file was not there yet when the listing was read.
  const blind = { ...bucket, list: () => Promise.resolve({ kind: 'keys', keys: [] } as const) }
  const { deliver, files } = world({}, blind)
  expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(bucket.objects.get(taken)).toEqual(new Uint8Array([1]))
  expect(files()).toContain(taken.replace(`${second}`, `${second + 1}`))
})

test('a bucket that cannot be read stops nothing from being safe: no file is written', async () => {
  const { deliver, bucket, files } = world()
  bucket.readFault = refusal('CONNECT_FAILED', retrySolution(2_000, true))
  expect(await deliver([row([ecid])])).toMatchObject([{ code: 'CONNECT_FAILED', inDoubt: false }])
  expect(files()).toEqual([])
})

test('an upload that is refused for a setting stops the others too', async () => {
  const { deliver, bucket, files } = world()
  const denied = refusal('BUCKET_REFUSED', misconfigured('s3.accessKeyId'))
  bucket.putFaults.push({ how: 'lost', refusal: denied })
  expect(await deliver([row([ecid]), row([hash])])).toEqual([denied, denied])
  expect(files()).toEqual([])
})

test('rows over the bound of a file wait for the next one, not in doubt', async () => {
  const { deliver } = world({ maxFileBytes: 1_000 })
  const many = Array.from({ length: 30 }, (_, n) => row([`ECID:${`${n}`.padStart(38, '0')}`]))
  const receipts = await deliver(many)
  const waiting = receipts.filter((one) => one.status === 'retry')
  expect(waiting.length).toBeGreaterThan(0)
  expect(waiting.length).toBeLessThan(30)
  for (const one of waiting)
    expect(one).toMatchObject({ code: 'FILE_FULL', inDoubt: false, scope: 'row' })
})

test('rows that Audience Manager cannot read are refused by themselves', async () => {
  const { deliver, files } = world()
  expect(
    await deliver([
      row(['GAID:00000000-0000-0000-0000-000000000000']),
      row([ecid], { remoteId: '24,d_sid=25' }),
      row([gaid]),
    ]),
  ).toMatchObject([
    { status: 'rejected', kind: 'failed', code: 'IDENTITY_INVALID' },
    { status: 'rejected', kind: 'failed', code: 'REMOTE_ID_INVALID' },
    accepted,
  ])
  expect(files()).toHaveLength(1)
})

test('rows of a trait that is too young wait by themselves', async () => {
  const { deliver, files, bucket } = world()
  const [waiting] = await deliver([row([ecid], { remoteId: youngSid }), row([ecid])])
  expect(waiting).toEqual(young(youngSid))
  expect(files().map(bucket.text)).toEqual(['08382830887934830189014177072406221371\td_sid=24\n'])
})

test('no rows, no look, no file', async () => {
  const { deliver, bucket } = world()
  bucket.readFault = refusal('NEVER', retryRow(0, false))
  expect(await deliver([])).toEqual([])
})

test('no event names an identity', async () => {
  const { deliver, events, files, processed } = world()
  await deliver([row([ecid, hash, gaid])])
  for (const file of files()) processed(file)
  await deliver([row([ecid])])
  const said = JSON.stringify(events)
  for (const identity of [ecid, hash, gaid]) expect(said).not.toContain(identity.split(':')[1])
})
