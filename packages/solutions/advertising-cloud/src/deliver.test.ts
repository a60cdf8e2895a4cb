import { expect, test } from 'vitest'
import { failed, misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Delivery, Refusal } from '@segue/solution-kit'
import { deliverRows as deliver } from './deliver.ts'
import type { PutOutcome, Stream } from './firehose.ts'
import { takenLines } from './taken-lines.ts'
import { testSettings } from './test-settings.ts'

const settings = testSettings()
const nowMs = Date.parse('2026-11-23T10:30:00Z')

/** Delivers with the memory of an adapter that has just started, unless a test brings one. */
function deliverRows(rows: readonly Delivery[], stream: Stream, taken = takenLines()) {
  return deliver(rows, stream, taken, settings, nowMs)
}

/** The fields of a line that tests look at. */
interface Line {
  readonly external_segment_key: string
  readonly action: string
  readonly hashed_email?: string
  readonly ecid?: string
}

/** A stream that notes the calls; `answer` may refuse one, or a record. */
function memoryStream(
  answer: (line: Line, call: number) => Refusal | 'taken' = () => 'taken',
  refuse: (call: number) => Refusal | undefined = () => undefined,
) {
  const calls: Line[][] = []
  const stream: Stream = {
    put: (records) => {
      const lines = records.map((bytes): Line => JSON.parse(Buffer.from(bytes).toString()))
      calls.push(lines)
      const call = calls.length
      const because = refuse(call)
      const outcome: PutOutcome =
        because === undefined
          ? {
              kind: 'answered',
              receipts: lines.map((line, index) => {
                const one = answer(line, call)
                const requestId = `call ${call} record ${index}`
                return one === 'taken' ? { status: 'delivered', applied: false, requestId } : one
              }),
            }
          : { kind: 'refused', refusal: because }
      return Promise.resolve(outcome)
    },
    close: () => undefined,
  }
  return { stream, calls }
}

const mail = (n: number) => `email_lc_sha256:${`${n}`.padStart(64, 'e')}`
const ecid = (n: number) => `ECID:${`${n}`.padStart(38, '4')}`

function row(
  identities: readonly string[],
  changes: Partial<Pick<Delivery, 'status' | 'revisionMs' | 'remoteId'>> = {},
): Delivery {
  return {
    identities,
    segment: 'ups:a',
    remoteId: '57bf424dc10_a',
    status: 'realized',
    revisionMs: nowMs,
    ...changes,
  }
}

test('a line an identity; the receipt is that of the first one’s record', async () => {
  const { stream, calls } = memoryStream()
  const rows = [row([mail(1), ecid(1)]), row([ecid(2)], { status: 'exited' })]
  expect(await deliverRows(rows, stream)).toEqual([
    { status: 'delivered', applied: false, requestId: 'call 1 record 0' },
    { status: 'delivered', applied: false, requestId: 'call 1 record 2' },
  ])
  expect(calls).toHaveLength(1)
  expect(calls[0]?.map(({ action }) => action)).toEqual(['join', 'join', 'leave'])
})

test('nothing to send makes no call', async () => {
  const { stream, calls } = memoryStream()
  expect(await deliverRows([], stream)).toEqual([])
  await deliverRows([row([]), row([mail(1)], { remoteId: 'x' })], stream)
  expect(calls).toEqual([])
})

test('one row’s trouble is its own', async () => {
  const { stream, calls } = memoryStream()
  const rows = [
    row([mail(1)], { remoteId: 'no such thing' }),
    row(['ECID:12', 'crmid:1']),
    row(['crmid:1', 'GAID:00000000-0000-0000-0000-000000000000']),
    row([mail(2)], { remoteId: 'former_a' }),
    row(['ECID:12', mail(3), mail(3)]),
  ]
  expect(await deliverRows(rows, stream)).toMatchObject([
    { status: 'rejected', kind: 'failed', code: 'REMOTE_ID_INVALID' },
    { status: 'rejected', kind: 'failed', code: 'IDENTITY_INVALID' },
    { status: 'rejected', kind: 'excluded', code: 'NO_IDENTITY' },
    { status: 'retry', code: 'SEGMENT_GONE', scope: 'row', inDoubt: false },
    { status: 'delivered' },
  ])
  expect(calls.flat()).toHaveLength(1)
})

test('a row with several identities has the worst receipt of them', async () => {
  const slow = refusal('RECORD_THROTTLED', retryRow(1_000, false))
  const { stream } = memoryStream((line) => (line.ecid === undefined ? 'taken' : slow))
  const rows = [row([mail(1), ecid(1)]), row([mail(2)])]
  expect(await deliverRows(rows, stream)).toMatchObject([slow, { status: 'delivered' }])
})

test('of a row that is repeated only the lines that failed go again; a row that was done goes whole', async () => {
  const slow = refusal('RECORD_THROTTLED', retryRow(1_000, false))
  const { stream, calls } = memoryStream((line, call) =>
    line.ecid !== undefined && call < 3 ? slow : 'taken',
  )
  const taken = takenLines()
  const rows = [row([mail(1), ecid(1)]), row([mail(2)])]
  expect(await deliverRows(rows, stream, taken)).toMatchObject([slow, { status: 'delivered' }])
  expect(await deliverRows(rows, stream, taken)).toMatchObject([slow, { status: 'delivered' }])
  const first = { status: 'delivered', requestId: 'call 1 record 0' }
  expect(await deliverRows(rows.slice(0, 1), stream, taken)).toMatchObject([first])
  expect(taken.size).toBe(0)
  expect(calls.map((lines) => lines.map((line) => line.ecid ?? line.hashed_email))).toEqual(
    [[mail(1), ecid(1), mail(2)], [ecid(1), mail(2)], [ecid(1)]].map((identities) =>
      identities.map((identity) => identity.split(':')[1]),
    ),
  )
  await deliverRows(rows.slice(0, 1), stream, taken)
  expect(calls[3]).toHaveLength(2)
})

test('a newer state of a row that is not done goes whole', async () => {
  const slow = refusal('RECORD_THROTTLED', retryRow(1_000, false))
  const { stream, calls } = memoryStream((line, call) =>
    line.ecid !== undefined && call === 1 ? slow : 'taken',
  )
  const taken = takenLines()
  await deliverRows([row([mail(1), ecid(1)])], stream, taken)
  const newer = row([mail(1), ecid(1)], { status: 'exited', revisionMs: nowMs + 1 })
  expect(await deliverRows([newer], stream, taken)).toMatchObject([{ status: 'delivered' }])
  expect(calls[1]?.map(({ action }) => action)).toEqual(['leave', 'leave'])
})

test('rows of one identity and segment are one line, and share its receipt', async () => {
  const slow = refusal('RECORD_THROTTLED', retryRow(1_000, false))
  const { stream, calls } = memoryStream(() => slow)
  const rows = [
    row([mail(1)], { status: 'exited', revisionMs: nowMs + 1 }),
    row([mail(1)]),
    row([mail(1)], { revisionMs: nowMs + 1 }),
  ]
  expect(await deliverRows(rows, stream)).toEqual([slow, slow, slow])
  expect(calls.flat()).toMatchObject([{ action: 'leave' }])
})

/** 1,200 lines are three calls. */
const many = Array.from({ length: 1_200 }, (_, n) => row([mail(n)]))

test.each([
  [
    'a throttled stream',
    refusal('STREAM_THROTTLED', retrySolution(1_000, false)),
    refusal('STREAM_THROTTLED', retrySolution(1_000, false)),
  ],
  [
    'an outage',
    refusal('STREAM_UNAVAILABLE', retrySolution(2_000, true)),
    refusal('STREAM_UNAVAILABLE', retrySolution(2_000, false)),
  ],
  [
    'a wrong setting',
    refusal('STREAM_KEY_UNKNOWN', misconfigured('accessKeyId')),
    refusal('STREAM_KEY_UNKNOWN', misconfigured('accessKeyId')),
  ],
])('%s spares the calls after it, which are not in doubt', async (_what, because, unsent) => {
  const { stream, calls } = memoryStream(undefined, (call) => (call === 2 ? because : undefined))
  const receipts = await deliverRows(many, stream)
  expect(calls.map((lines) => lines.length)).toEqual([500, 500])
  expect(receipts[0]).toMatchObject({ status: 'delivered' })
  expect(receipts[500]).toEqual(because)
  expect(receipts[1_000]).toEqual(unsent)
})

test.each([
  ['a lost answer', refusal('TIMED_OUT', retryRow(1_000, true))],
  ['a call that cannot be read', refusal('CALL_INVALID', failed)],
])('%s is the trouble of its call only', async (_what, because) => {
  const { stream, calls } = memoryStream(undefined, (call) => (call === 2 ? because : undefined))
  const receipts = await deliverRows(many, stream)
  expect(calls).toHaveLength(3)
  expect(receipts[500]).toEqual(because)
  expect(receipts[1_199]).toMatchObject({ status: 'delivered' })
})
