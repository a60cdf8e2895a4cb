import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  hash,
  idfa,
  key,
  line,
  mapping,
  segment,
  streaming,
  type Streaming,
} from './advertising-cloud-caller.ts'
import { exchange, type Exchanged } from './exchange.ts'
import { at } from './started.ts'

const email = `email_lc_sha256:${hash}`

test("the reference's lines, put by AWS' own client, make somebody join and leave", async () => {
  const { put, map, control, membersOf } = await streaming()
  await map(mapping)
  const answer = await put([
    line('join', 1_716_200_000),
    line('join', 1_716_200_000, { idfa }),
    line('join', 1_716_200_000, { ecid: '1'.repeat(38) }),
  ])
  expect(answer).toMatchObject({
    FailedPutCount: 0,
    Encrypted: false,
    RequestResponses: Array.from({ length: 3 }, () => ({ RecordId: expect.any(String) })),
  })
  await control('POST', '/control/process')
  expect(at(await control('GET', '/control/members'), 'advertising-cloud')).toEqual({
    [key]: {
      name: 'Loyal buyers',
      segment,
      members: [`ECID:${'1'.repeat(38)}`, `IDFA:${idfa}`, email],
    },
  })
  await put([line('leave', 1_716_203_600, { idfa }), line('leave', 1_716_203_600)])
  await control('POST', '/control/process')
  expect(await membersOf(key)).toEqual([`ECID:${'1'.repeat(38)}`])
})

test.each([
  [
    { credentials: { accessKeyId: 'AKIASANDBOXSEGUE0002', secretAccessKey: 'x' } },
    'InvalidSignatureException',
  ],
  [
    { credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' } },
    'UnrecognizedClientException',
  ],
  [{ region: 'eu-west-1' }, 'IncompleteSignatureException'],
])('%j is refused with %s', async (changes, name) => {
  const { put, dsp } = await streaming()
  await expect(put([line('join', 1)], changes)).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: 400 },
  })
  expect(await dsp('/dsp/lines')).toMatchObject({ pending: 0, lines: {} })
})

function hmac(secret: string | Buffer, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A call that is signed by hand, without the header that says the body's hash. */
async function signed(
  { ready }: Streaming,
  body: string,
  headers: Record<string, string> = {},
  sent: string = body,
): Promise<Exchanged> {
  const { firehoseUrl, accessKeyId, secretAccessKey } = ready.advertisingCloud
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/firehose/aws4_request`
  const { host } = new URL(firehoseUrl)
  const canonical = `POST\n/\n\nhost:${host}\nx-amz-date:${time}\n\nhost;x-amz-date\n${sha(body)}`
  const secret = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const signature = hmac(secret, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha(canonical)}`)
  return exchange(firehoseUrl, '/', {
    method: 'POST',
    headers: {
      host,
      'x-amz-date': time,
      'x-amz-target': 'Firehose_20150804.PutRecordBatch',
      'content-type': 'application/x-amz-json-1.1',
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature.toString('hex')}`,
      ...headers,
    },
    body: sent,
  })
}

test('what is signed is the body, with or without a header that says its hash', async () => {
  const sandbox = await streaming()
  const body = '{"DeliveryStreamName":"Tealium_CDP_Connector","Records":[{"Data":"e30K"}]}'
  expect((await signed(sandbox, body)).json()).toMatchObject({ FailedPutCount: 0 })
  const hashed = { 'x-amz-content-sha256': sha(body) }
  expect((await signed(sandbox, body, hashed)).json()).toMatchObject({ FailedPutCount: 0 })
  for (const headers of [{}, hashed]) {
    const forged = await signed(sandbox, body, headers, body.replace('e30K', 'e31K'))
    expect(forged.json()).toMatchObject({ __type: 'InvalidSignatureException' })
  }
  const bare = await exchange(sandbox.ready.advertisingCloud.firehoseUrl, '/', { method: 'POST' })
  expect(bare.status).toBe(400)
  expect(bare.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException')
})

const stream = 'Tealium_CDP_Connector'
test.each([
  ['{', {}, 'SerializationException'],
  [{}, {}, 'InvalidArgumentException'],
  [{ DeliveryStreamName: stream, Records: [] }, {}, 'InvalidArgumentException'],
  [{ DeliveryStreamName: stream, Records: [{ Data: 'x' }] }, {}, 'SerializationException'],
  [{ DeliveryStreamName: stream, Records: ['e30='] }, {}, 'SerializationException'],
  [{}, { 'content-type': 'application/json' }, 'SerializationException'],
  [{}, { 'x-amz-target': 'Firehose_20150804.Other' }, 'UnknownOperationException'],
])('the call %j with %j is refused with %s', async (body, headers, code) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  expect((await signed(await streaming(), text, headers)).json()).toMatchObject({ __type: code })
})

test('500 records, 1,000 KiB a record and 4 MiB a call are taken, more is refused whole', async () => {
  const { put, putInto, dsp } = await streaming({
    frozenClock: true,
    advertisingCloud: { segmentLagMs: 1 },
  })
  const refused = { name: 'InvalidArgumentException' }
  const many = Array.from({ length: 501 }, () => '{}')
  await put(many.slice(1))
  await expect(put(many)).rejects.toMatchObject(refused)
  await put(['a'.repeat(1_024_000)])
  await expect(put(['a'.repeat(1_024_001)])).rejects.toMatchObject(refused)
  const quarter = 'a'.repeat(1_000_000)
  const rest = 'a'.repeat(194_304)
  await put([quarter, quarter, quarter, quarter, rest])
  await expect(put([quarter, quarter, quarter, quarter, `${rest}a`])).rejects.toMatchObject(refused)
  expect(await dsp('/dsp/lines')).toMatchObject({ pending: 506 })
  await expect(putInto('other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('records beyond the throughput of a second fail one by one inside 200', async () => {
  const { put, dsp, control } = await streaming({
    frozenClock: true,
    advertisingCloud: { recordsPerSecond: 3, segmentLagMs: 1 },
  })
  const five = Array.from({ length: 5 }, (_, index) => line('join', index + 1))
  expect(await put(five)).toMatchObject({
    FailedPutCount: 2,
    RequestResponses: [
      { RecordId: expect.any(String) },
      { RecordId: expect.any(String) },
      { RecordId: expect.any(String) },
      { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' },
      { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' },
    ],
  })
  await control('POST', '/control/clock', { advanceMs: 1000 })
  expect(await put(five.slice(3))).toMatchObject({ FailedPutCount: 0 })
  expect(await dsp('/dsp/lines')).toMatchObject({ pending: 2 })
})

test('a scripted code fails the whole call, or a share of its records inside 200', async () => {
  const { put, dsp, control } = await streaming({
    frozenClock: true,
    advertisingCloud: { segmentLagMs: 1 },
  })
  const ten = Array.from({ length: 10 }, (_, index) => line('join', index + 1))
  const whole = [
    'ServiceUnavailableException',
    'ThrottlingException',
    'AccessDeniedException',
    '429',
  ]
  const partial = ['records30ServiceUnavailableException', 'records100InternalFailure']
  await control('POST', '/control/faults', {
    'advertising-cloud': [...whole, ...partial, 'apply-500'],
  })
  const seen: unknown[] = []
  for (const _ of whole) {
    seen.push(await put(ten).catch(({ name, $metadata }) => [name, $metadata.httpStatusCode]))
  }
  expect(seen).toEqual([
    ['ServiceUnavailableException', 503],
    ['ThrottlingException', 400],
    ['AccessDeniedException', 400],
    ['ThrottlingException', 429],
  ])
  const some = await put(ten)
  expect(some.FailedPutCount).toBe(3)
  const failed = some.RequestResponses?.filter(({ ErrorCode }) => ErrorCode !== undefined)
  expect(failed?.map(({ ErrorCode }) => ErrorCode)).toEqual(
    Array.from({ length: 3 }, () => 'ServiceUnavailableException'),
  )
  expect(await dsp('/dsp/lines')).toMatchObject({ pending: 7 })
  expect(await put(ten)).toMatchObject({ FailedPutCount: 10 })
  await expect(put(ten)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } })
  expect(await dsp('/dsp/lines')).toMatchObject({ pending: 17 })
  const { requests } = Object(
    await control('GET', '/control/requests?operation=firehose.putRecordBatch'),
  )
  expect(requests[4]).toMatchObject({ fault: partial[0], answer: 'ok', applied: true, status: 200 })
  await control('POST', '/control/faults', { 'advertising-cloud': ['records0X', 'Nothing'] })
  await expect(put(ten)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
})
