import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { refusal, retrySolution } from '@segue/solution-kit'
import type { Delivery, HttpClient, HttpOutcome, HttpRequest } from '@segue/solution-kit'
import { dcsExpress } from './express.ts'
import { fileContents } from './file-contents.ts'
import { memoryBucket } from './memory-bucket.ts'
import { openFiles } from './open-files.ts'
import { receiptKey } from './sync-file-name.ts'
import { testOwner, testSettings } from './test-settings.ts'

const ecid = 'ECID:08382830887934830189014177072406221371'
const gaid = 'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const hash = `email_lc_sha256:${'5'.repeat(64)}`
const accepted = { status: 'delivered', applied: false, requestId: 't1' }

function row(identities: readonly string[], more: Partial<Delivery> = {}): Delivery {
  const base = { segment: 'ups:s', remoteId: '24', status: 'realized', revisionMs: 1 } as const
  return { ...base, identities, ...more }
}

function response(
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpOutcome {
  return { kind: 'response', status, headers, body: JSON.stringify(body), bytes: new Uint8Array() }
}

const success = response({ stuff: [], uuid: '1', dcs_region: 7, tid: 't1' })

function world(answer: (request: HttpRequest, calls: number) => HttpOutcome = () => success) {
  const settings = testSettings({ receipts: 'json', processedPollMs: 10, maxConcurrentEvents: 4 })
  const bucket = memoryBucket()
  const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') }
  const requests: HttpRequest[] = []
  const http: HttpClient = {
    request: (request) => {
      requests.push(request)
      return Promise.resolve(answer(request, requests.length))
    },
    close: () => Promise.resolve(),
  }
  const common = { settings, nowMs: () => clock.nowMs, log: () => undefined }
  const open = openFiles({ ...common, bucket, traitOwner: testOwner })
  const contents = fileContents(bucket)
  const express = dcsExpress({ ...common, http, open, contents })
  return { express, requests, bucket, clock }
}

test('a profile takes one call for all its traits, to the regional host in the company’s name', async () => {
  const { express, requests } = world()
  const rows = [
    row([ecid, gaid]),
    row([hash]),
    row([ecid, gaid], { remoteId: '28', segment: 'ups:other' }),
  ]
  expect(await express(rows)).toEqual([accepted, accepted, accepted])
  expect(requests.map((request) => request.url)).toEqual([
    'https://use.demdex.net/event?d_mid=08382830887934830189014177072406221371&d_orgid=5DC5123F5245B1D20A490D46%40AdobeOrg' +
      '&d_cid=20914%01e4fe9bde-caa0-47b6-908d-ffba3fa184f2&d_sid=24,28&segID=s,other&d_rtbd=json&d_jsonv=1',
    `https://use.demdex.net/event?d_cid=31001%01${'5'.repeat(64)}%011&d_sid=24&segID=s&d_rtbd=json&d_jsonv=1`,
  ])
  expect(requests[0]?.headers).toMatchObject({ host: 'acme.demdex.net' })
})

test('errors inside HTTP 200 are found in the body and in the header', async () => {
  const inBody = world(() => response({ errors: [{ code: 171, msg: 'x' }] }))
  expect(await inBody.express([row([ecid])])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'OPTED_OUT' },
  ])
  const inHeader = world(() => response({ tid: 't' }, 200, { 'x-error': '2' }))
  expect(await inHeader.express([row([ecid])])).toMatchObject([
    { status: 'misconfigured', setting: 'orgId' },
  ])
})

test('a bad id ends the row only where it was the call’s only one', async () => {
  const { express } = world(() => response({ tid: 't1', errors: [{ code: 101 }] }))
  expect(await express([row([ecid]), row([ecid, gaid])])).toMatchObject([
    { status: 'rejected', kind: 'failed', code: 'ECID_REFUSED' },
    accepted,
  ])
})

test('a deny-listed id is left alone for an hour, then tried again', async () => {
  const { express, requests, clock } = world((_request, calls) =>
    calls === 1 ? response({ errors: [{ code: 303 }] }) : success,
  )
  expect(await express([row([ecid])])).toMatchObject([{ status: 'retry', code: 'ID_DENIED' }])
  expect(await express([row([ecid])])).toMatchObject([{ status: 'retry', code: 'ID_QUARANTINED' }])
  expect(requests).toHaveLength(1)
  clock.nowMs += 3_600_000
  expect(await express([row([ecid])])).toEqual([accepted])
})

test('429 pauses the whole solution: what was not sent yet is not sent', async () => {
  const { express, requests } = world(() => response({}, 429))
  const rows = Array.from({ length: 50 }, (_, n) => row([`ECID:${`${n}`.padStart(38, '0')}`]))
  const receipts = await express(rows)
  expect(requests.length).toBeLessThanOrEqual(4)
  for (const receipt of receipts) {
    expect(receipt).toMatchObject({ status: 'retry', scope: 'solution', inDoubt: false })
  }
})

test('a call in doubt is told as such', async () => {
  const { express } = world(() => ({ kind: 'timeout', code: 'X', inDoubt: true }))
  expect(await express([row([ecid])])).toMatchObject([{ status: 'retry', inDoubt: true }])
})

test('no trait is added while a file with its removal is open, whoever wrote the file', async () => {
  const { express, requests, bucket, clock } = world()
  const key = 'dir/acme/date=2026-11-23/ftp_dpm_31000_29769_1795420000.sync.gz'
  const text = '08382830887934830189014177072406221371\td_sid=28,d_unsid=24\n'
  bucket.objects.set(key, gzipSync(text))
  clock.nowMs = 1_795_420_001_000
  const rows = [row([ecid]), row([ecid], { remoteId: '28' }), row([gaid])]
  const held = { status: 'retry', code: 'REMOVAL_OPEN', scope: 'row', inDoubt: false }
  expect(await express(rows)).toMatchObject([held, accepted, accepted])
  expect(requests.map((request) => new URL(request.url).searchParams.get('d_sid'))).toEqual([
    '28',
    '24',
  ])
  bucket.process(receiptKey(key))
  clock.nowMs += 1_000
  expect(await express(rows)).toMatchObject([accepted, accepted, accepted])
})

test('open files that cannot be read hold every add back', async () => {
  const { express, requests, bucket } = world()
  bucket.readFault = refusal('CONNECT_FAILED', retrySolution(2_000, false))
  expect(await express([row([ecid])])).toMatchObject([
    { status: 'retry', code: 'REMOVALS_UNKNOWN' },
  ])
  bucket.readFault = undefined
  bucket.objects.set(
    'dir/acme/date=2026-11-23/ftp_dpm_31000_29769_1795428000.sync.gz',
    gzipSync('08382830887934830189014177072406221371\td_unsid=24\n').subarray(0, 30),
  )
  expect(await express([row([ecid])])).toMatchObject([
    { status: 'retry', code: 'REMOVALS_UNKNOWN' },
  ])
  expect(requests).toHaveLength(0)
})

test('a removal is never sent this way, and neither is a row without a usable id', async () => {
  const { express, requests } = world()
  expect(await express([row([ecid], { status: 'exited' }), row(['x:1'])])).toMatchObject([
    { status: 'retry', code: 'ADDS_ONLY', inDoubt: false },
    { status: 'rejected', code: 'IDENTITY_INVALID' },
  ])
  expect(await express([])).toEqual([])
  expect(requests).toHaveLength(0)
})
