import { expect, test } from 'vitest'
import { misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Receipt } from '@segue/solution-kit'
import { receiptKey } from './sync-file-name.ts'
import { fileWorld, row } from './test-file-world.ts'
import type { FileWorld } from './test-file-world.ts'

const hourMs = 3_600_000
const id = '08382830887934830189014177072406221371'
const ecid = `ECID:${id}`
const other = 'ECID:18382830887934830189014177072406221371'
const hash = `email_lc_sha256:${'5'.repeat(64)}`
const add = row([ecid])
const removal = row([ecid], { status: 'exited' })
const applied = { status: 'applied' }
const waiting = expect.objectContaining({ status: 'waiting' })

async function sent(world: FileWorld, ...rows: Parameters<FileWorld['deliver']>[0]) {
  return (await world.deliver(rows)).map(followOf)
}

function followOf(receipt: Receipt): string {
  return receipt.status === 'delivered' ? (receipt.follow ?? '') : ''
}

test('a row is applied when all of its files are processed', async () => {
  const world = fileWorld()
  const [follow = ''] = await sent(world, row([ecid, hash]))
  const [ecids, mails] = world.files()
  expect(await world.follow(follow)).toEqual(waiting)
  world.processed(ecids)
  expect(await world.follow(follow)).toEqual(waiting)
  world.processed(mails)
  expect(await world.follow(follow)).toEqual(applied)
  expect(world.files()).toHaveLength(2)
})

test('without receipts time alone counts, and the wait is until then', async () => {
  const world = fileWorld({ receipts: 'none' })
  const [follow = ''] = await sent(world, add)
  world.advance(47 * hourMs)
  expect(await world.follow(follow)).toEqual({ status: 'waiting', afterMs: hourMs - 500 })
  world.advance(hourMs)
  expect(await world.follow(follow)).toEqual(applied)
})

test('with receipts an old file is looked for less and less often, hourly at last', async () => {
  const world = fileWorld({ processedPollMs: 1_000 })
  const [follow = ''] = await sent(world, add)
  const waits: number[] = []
  for (const ms of [0, hourMs, 20 * hourMs]) {
    world.advance(ms)
    const answer = await world.follow(follow)
    waits.push(answer.status === 'waiting' ? answer.afterMs : 0)
  }
  expect(waits[0]).toBe(10_000)
  expect(waits[1]).toBeGreaterThan(300_000)
  expect(waits[2]).toBe(hourMs)
})

test('the newest state is applied when it is applied last: an older file that comes later is repaired', async () => {
  const world = fileWorld()
  const [first = ''] = await sent(world, add)
  const [second = ''] = await sent(world, removal)
  const [oldest, newest] = world.files()
  world.advance(hourMs)
  world.processed(newest)
  // The older file says otherwise and may still be applied.
  expect(await world.follow(second)).toEqual(waiting)
  expect(world.files()).toHaveLength(2)
  world.advance(hourMs)
  world.processed(oldest)
  world.advance(1_000)
  // Its own row is the newer file's matter.
  expect(await world.follow(first)).toEqual(applied)
  expect(world.files()).toHaveLength(2)
  expect(await world.follow(second)).toEqual(waiting)
  const repair = world.files()[2] ?? ''
  expect(world.bucket.text(repair)).toBe(`${id}\td_unsid=24\n`)
  // One repair is enough, also for another process.
  expect(await world.restarted().follow(second)).toEqual(waiting)
  expect(world.files()).toHaveLength(3)
  world.advance(hourMs)
  world.processed(repair)
  expect(await world.follow(second)).toEqual(applied)
  expect(await world.restarted().follow(second)).toEqual(applied)
})

test('a file that was processed before the newer one was written needs no repair', async () => {
  const world = fileWorld()
  await sent(world, add)
  world.processed(world.files()[0])
  world.advance(2_000)
  const [follow = ''] = await sent(world, removal)
  world.processed(world.files()[1])
  expect(await world.follow(follow)).toEqual(applied)
  expect(world.files()).toHaveLength(2)
})

test('without receipts the repair goes when the older file is 48 hours old', async () => {
  const world = fileWorld({ receipts: 'none' })
  await sent(world, add)
  world.advance(10 * hourMs)
  const [follow = ''] = await sent(world, removal)
  world.advance(38 * hourMs - 500)
  expect(await world.follow(follow)).toMatchObject({ status: 'waiting' })
  expect(world.files()).toHaveLength(3)
  world.advance(10 * hourMs + 500)
  expect(await world.follow(follow)).toEqual({ status: 'waiting', afterMs: 38 * hourMs - 500 })
  world.advance(38 * hourMs)
  expect(await world.restarted().follow(follow)).toEqual(applied)
  expect(world.files()).toHaveLength(3)
})

test('the next delivery’s file is the repair where it comes first', async () => {
  const world = fileWorld()
  await sent(world, add)
  const [follow = ''] = await sent(world, removal)
  const [oldest, newest] = world.files()
  world.advance(hourMs)
  world.processed(oldest)
  world.processed(newest)
  world.advance(1_000)
  await sent(world, row([other]))
  expect(await world.follow(follow)).toEqual(waiting)
  expect(world.files()).toHaveLength(3)
  world.processed(world.files()[2])
  expect(await world.follow(follow)).toEqual(applied)
})

test('a repair over the bound of a file goes in parts', async () => {
  const roomy = fileWorld()
  const people = Array.from({ length: 15 }, (_, n) => `ECID:${`${n}`.padStart(38, '0')}`)
  const sids = ['24', '25', '26']
  for (const remoteId of sids) await sent(roomy, ...people.map((one) => row([one], { remoteId })))
  const follows = new Set<string>()
  for (const remoteId of sids) {
    const rows = people.map((one) => row([one], { remoteId, status: 'exited' }))
    for (const follow of await sent(roomy, ...rows)) follows.add(follow)
  }
  const world = fileWorld({ maxFileBytes: 1_000 }, roomy.bucket)
  const before = world.files().length
  world.advance(hourMs)
  for (const key of world.files()) world.processed(key)
  const answers = async () =>
    (await Promise.all(Array.from(follows, world.follow))).map(({ status }) => status)
  for (let round = 0; round < 20 && (await answers()).includes('waiting'); round += 1) {
    world.advance(2_000)
    for (const key of world.files()) {
      if (!world.bucket.objects.has(receiptKey(key))) world.processed(key)
    }
  }
  expect(new Set(await answers())).toEqual(new Set(['applied']))
  const repairs = world.files().slice(before)
  expect(repairs.length).toBeGreaterThan(1)
  for (const key of repairs) expect(world.bucket.text(key).length).toBeLessThanOrEqual(1_000)
})

test('a file that was refused as a whole is lost: its rows go again', async () => {
  const world = fileWorld()
  const [follow = ''] = await sent(world, add)
  const receipt = new TextEncoder().encode('{"problem":"NOT_GZIP"}')
  world.bucket.objects.set(receiptKey(world.files()[0] ?? ''), receipt)
  expect(await world.follow(follow)).toEqual({
    status: 'not-applied',
    code: 'FILE_REFUSED',
    detail: 'by NOT_GZIP',
  })
})

test('lines without effect are a warning, and the file is applied all the same', async () => {
  const world = fileWorld()
  const [follow = ''] = await sent(world, add)
  const receipt = new TextEncoder().encode('{"recordsReceived":1,"noTraitRealized":1}')
  world.bucket.objects.set(receiptKey(world.files()[0] ?? ''), receipt)
  expect(await world.follow(follow)).toEqual(applied)
  expect(world.events).toContainEqual(
    expect.objectContaining({ level: 'warn', event: 'onboarding_receipt' }),
  )
})

test('a file that was taken away counts by time, and that is told', async () => {
  const world = fileWorld()
  const [follow = ''] = await sent(world, add)
  world.bucket.objects.clear()
  const again = world.restarted()
  expect(await again.follow(follow)).toEqual(waiting)
  again.advance(48 * hourMs)
  expect(await again.follow(follow)).toEqual(applied)
  expect(again.events).toMatchObject([{ level: 'warn', event: 'file_missing' }])
})

test('trouble with the bucket is told as it is, and a repair that was refused goes again', async () => {
  const world = fileWorld()
  await sent(world, add)
  const [follow = ''] = await sent(world, removal)
  world.advance(hourMs)
  for (const key of world.files()) world.processed(key)
  world.advance(hourMs)
  const refusals = [
    refusal('CONNECT_FAILED', retrySolution(2_000, true)),
    refusal('BUCKET_REFUSED', misconfigured('s3.bucket')),
  ]
  for (const because of refusals) {
    world.bucket.readFault = because
    expect(await world.follow(follow)).toMatchObject({ status: because.status, code: because.code })
    world.bucket.readFault = undefined
  }
  world.bucket.putFaults.push({ how: 'lost', refusal: refusal('TIMED_OUT', retryRow(1, true)) })
  expect(await world.follow(follow)).toMatchObject({ status: 'retry', code: 'TIMED_OUT' })
  expect(world.files()).toHaveLength(2)
  expect(await world.follow(follow)).toEqual(waiting)
  expect(world.files()).toHaveLength(3)
})

test.each(['', 'nonsense', '../ftp_dpm_1_2_3.sync.gz', 'ftp_dpm_1_2_99999999999999999.sync.gz'])(
  'what names no file is not applied: %j',
  async (follow) => {
    expect(await fileWorld().follow(follow)).toMatchObject({
      status: 'not-applied',
      code: 'FOLLOW_UNREADABLE',
    })
  },
)

test('deliveries and questions at the same time write one file after the other', async () => {
  const world = fileWorld()
  await sent(world, add)
  const [follow = ''] = await sent(world, removal)
  world.advance(hourMs)
  for (const key of world.files()) world.processed(key)
  world.advance(hourMs)
  await Promise.all([
    world.follow(follow),
    world.deliver([row([other])]),
    world.follow(follow),
    world.deliver([row([other])]),
  ])
  const repairs = world.files().filter((key) => world.bucket.text(key).includes(`${id}\td_unsid`))
  expect(repairs).toHaveLength(2)
})
