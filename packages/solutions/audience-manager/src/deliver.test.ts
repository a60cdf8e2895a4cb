import { expect, test } from 'vitest'
import { misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import { memoryBucket } from './memory-bucket.ts'
import { fileWorld as world, row, startMs, youngSid } from './test-file-world.ts'

const second = startMs / 1000 - 0.5
const hourMs = 3_600_000

const ecid = 'ECID:08382830887934830189014177072406221371'
const gaid = 'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const hash = `email_lc_sha256:${'5'.repeat(64)}`
const ecidFile = (at: number) => `ftp_dpm_31000_29769_${at}.sync.gz`
const mailFile = (at: number) => `ftp_dpm_31001_29769_${at}.sync.gz`

const accepted = expect.objectContaining({ status: 'delivered', applied: false })
const fileOpen = { status: 'retry', code: 'FILE_OPEN', scope: 'solution', inDoubt: false }

test('rows become one file a data source, and are followed by the names of their files', async () => {
  const { deliver, files, bucket } = world()
  const rows = [row([ecid, hash]), row([hash], { remoteId: '28', status: 'exited' })]
  const receipts = await deliver(rows)
  const both = `${ecidFile(second)} ${mailFile(second)}`
  const mail = mailFile(second)
  expect(receipts).toEqual([
    { status: 'delivered', applied: false, requestId: both, follow: both },
    { status: 'delivered', applied: false, requestId: mail, follow: mail },
  ])
  expect(files()).toEqual([
    `dir/acme/date=2026-11-23/${ecidFile(second)}`,
    `dir/acme/date=2026-11-23/${mailFile(second)}`,
  ])
  expect(files().map(bucket.text)).toEqual([
    '08382830887934830189014177072406221371\td_sid=24\n',
    `${'5'.repeat(64)}\td_sid=24,d_unsid=28\n`,
  ])
})

test('further files go while others are open, each with a second of its own', async () => {
  const { deliver, files } = world()
  for (let n = 0; n < 3; n += 1) expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(files()).toEqual([0, 1, 2].map((n) => `dir/acme/date=2026-11-23/${ecidFile(second + n)}`))
})

test('a pair that does not change is not repeated, one that changes is, until no open file says otherwise', async () => {
  const { deliver, files, bucket, processed } = world()
  const id = ecid.slice(5)
  await deliver([row([ecid]), row([ecid], { remoteId: '28' })])
  const other = row(['ECID:18382830887934830189014177072406221371'])
  await deliver([other])
  expect(bucket.text(files()[1] ?? '')).not.toContain(id)
  await deliver([row([ecid], { status: 'exited' })])
  await deliver([other])
  expect(bucket.text(files()[3] ?? '')).toContain(`${id}\td_unsid=24\n`)
  bucket.nowMs += 1_000
  processed(files()[0])
  bucket.nowMs += 1_000
  // Nothing was sent since that file was processed: once more.
  await deliver([other])
  expect(bucket.text(files()[4] ?? '')).toContain(`${id}\td_unsid=24\n`)
  await deliver([other])
  expect(bucket.text(files()[5] ?? '')).not.toContain(id)
})

test.each([
  ['that were looked at again', [30, 20]],
  ['that were looked at long ago', [50]],
])('a newer state counts also days after older ones %s', async (_what, hours) => {
  const { deliver, follow, files, bucket, advance } = world({ receipts: 'none' })
  const [first] = await deliver([row([ecid])])
  await deliver([row([ecid], { status: 'exited' })])
  for (const each of hours) {
    // Looks, and leaves what is contested alone: it is the second file's matter, which nobody follows.
    await follow(first?.status === 'delivered' ? (first.follow ?? '') : '')
    advance(each * hourMs)
  }
  await deliver([row([ecid])])
  await deliver([row(['ECID:18382830887934830189014177072406221371'])])
  expect(files()).toHaveLength(4)
  expect(bucket.text(files()[3] ?? '')).not.toContain(ecid.slice(5))
})

test('what a process knew two days ago is not repeated over what another one wrote since', async () => {
  const one = world({ receipts: 'none' })
  const another = one.restarted()
  const [first] = await one.deliver([row([ecid])])
  await one.deliver([row([ecid], { status: 'exited' })])
  await one.follow(first?.status === 'delivered' ? (first.follow ?? '') : '')
  one.advance(50 * hourMs)
  await another.deliver([row([ecid])])
  one.advance(49 * hourMs)
  await one.deliver([row(['ECID:18382830887934830189014177072406221371'])])
  expect(one.bucket.text(one.files()[3] ?? '')).not.toContain(ecid.slice(5))
})

test('a new row of a pair takes the place of its repeat', async () => {
  const { deliver, files, bucket } = world()
  await deliver([row([ecid])])
  await deliver([row([ecid], { status: 'exited' })])
  await deliver([row([ecid])])
  expect(bucket.text(files()[2] ?? '')).toBe(`${ecid.slice(5)}\td_sid=24\n`)
})

const fifteen = (more: object) =>
  Array.from({ length: 15 }, (_, n) => row([`ECID:${`${n}`.padStart(38, '0')}`], more))

test('where repeats fill a file the data source waits, those of others go', async () => {
  const { deliver, files } = world({ maxFileBytes: 1_000 })
  const sids = ['24', '25', '26']
  for (const remoteId of sids) await deliver(fifteen({ remoteId }))
  for (const remoteId of sids) await deliver(fifteen({ remoteId, status: 'exited' }))
  const before = files().length
  const receipts = await deliver([row([ecid]), row([hash]), row([hash, ecid])])
  expect(receipts).toEqual([
    expect.objectContaining(fileOpen),
    accepted,
    expect.objectContaining(fileOpen),
  ])
  expect(files()).toHaveLength(before + 1)
})

test('a clock that goes back gives no file the second of an earlier one, also after a restart', async () => {
  const { deliver, advance, restarted } = world()
  await deliver([row([ecid])])
  advance(-30_000)
  const again = restarted()
  await again.deliver([row([ecid])])
  expect(again.files().at(-1)).toContain(`_${second + 1}.sync.gz`)
})

test('after a restart files of days before are read back for what they say', async () => {
  const { deliver, advance, restarted } = world()
  await deliver([row([ecid])])
  advance(40 * hourMs)
  const again = restarted()
  await again.deliver([row([ecid], { status: 'exited' })])
  const third = again.restarted()
  await third.deliver([row(['ECID:18382830887934830189014177072406221371'])])
  expect(third.bucket.text(third.files()[2] ?? '')).toContain(`${ecid.slice(5)}\td_unsid=24\n`)
})

test('an open file that cannot be read back makes its data source wait', async () => {
  const { deliver, restarted, files, bucket } = world()
  await deliver([row([ecid])])
  const half = (bucket.objects.get(files()[0] ?? '') ?? new Uint8Array()).slice(0, 20)
  bucket.objects.set(files()[0] ?? '', half)
  expect(await restarted().deliver([row([ecid]), row([hash])])).toEqual([
    expect.objectContaining({ ...fileOpen, detail: expect.stringContaining('read back') }),
    accepted,
  ])
})

test('rows are applied when the receipt comes within the wait', async () => {
  const bucket = memoryBucket()
  const { deliver, files, processed, events } = world({ processedWaitMs: 60_000 }, bucket)
  const { list } = bucket
  let looked = 0
  // Audience Manager at work: the file is processed at some later look.
  bucket.list = (prefix) => {
    looked += 1
    if (looked === 30) processed(files()[0])
    return list(prefix)
  }
  expect(await deliver([row([ecid])])).toEqual([
    { status: 'delivered', applied: true, requestId: ecidFile(second) },
  ])
  expect(events.map(({ event }) => event)).toEqual(['file_uploaded', 'onboarding_receipt'])
})

test('an upload in doubt that arrived counts among the open files', async () => {
  const { deliver, bucket, files } = world()
  bucket.putFaults.push({ how: 'kept', refusal: refusal('TIMED_OUT', retryRow(1_000, true)) })
  expect(await deliver([row([ecid])])).toMatchObject([
    { status: 'retry', inDoubt: true, scope: 'row' },
  ])
  await deliver([row([ecid], { status: 'exited' })])
  await deliver([row(['ECID:18382830887934830189014177072406221371'])])
  expect(files()).toHaveLength(3)
  expect(bucket.text(files()[2] ?? '')).toContain(`${ecid.slice(5)}\td_unsid=24\n`)
})

test('an upload in doubt that never arrived does not count', async () => {
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
  bucket.list = () => Promise.resolve({ kind: 'objects', objects: [] })
  const { deliver, files } = world({}, bucket)
  expect(await deliver([row([ecid])])).toEqual([accepted])
  expect(bucket.objects.get(taken)).toEqual(new Uint8Array([1]))
  expect(files()).toContain(taken.replace(`${second}`, `${second + 1}`))
})

test('what another process wrote at the same moment is repeated too', async () => {
  const bucket = memoryBucket()
  const { list } = bucket
  const [one, other] = [world({}, bucket), world({}, bucket)]
  await one.deliver([row([ecid])])
  // The other process writes between the look and the upload of this one, under the very second that this one takes.
  let looks = 0
  bucket.list = async (prefix) => {
    const listed = await list(prefix)
    looks += 1
    if (looks === 6) await other.deliver([row([ecid], { status: 'exited' })])
    return listed
  }
  await one.deliver([row(['ECID:18382830887934830189014177072406221371'])])
  const [, others, own] = one.files().toSorted()
  expect(bucket.text(others ?? '')).toBe(`${ecid.slice(5)}\td_unsid=24\n`)
  expect(bucket.text(own ?? '')).toContain(`${ecid.slice(5)}\td_unsid=24\n`)
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
  expect(waiting).toMatchObject({ status: 'retry', code: 'TRAIT_NOT_READY', scope: 'row' })
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
