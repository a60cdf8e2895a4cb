import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { partitionOf } from '@segue/model'
import { Packr } from 'msgpackr'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { exampleUpdate, logRecords, partitionCount, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('stream-profiles')
})
afterAll(() => gateway.close())
beforeEach(async () => {
  // The sandbox's; the organisation's have no more than a name before the brace.
  const keys = await gateway.redis.keys(`{segue:${gateway.sandbox.name}:*`)
  if (keys.length > 0) await gateway.redis.del(keys)
})

const json = 'application/json'
const ndjson = 'application/x-ndjson'
const msgpack = 'application/msgpack'
const packr = new Packr({ useRecords: false })

interface Answer {
  readonly status: number
  readonly body: {
    readonly accepted: number
    readonly rejected: readonly { readonly index: number; readonly code: string }[]
    readonly warnings?: readonly { readonly index: number; readonly code: string }[]
    readonly code?: string
  }
  readonly retryAfter: unknown
}

async function post(
  payload: Buffer | string,
  contentType: string,
  more: Record<string, string> = {},
  on: TestGateway = gateway,
): Promise<Answer> {
  const answer = await on.server.inject({
    method: 'POST',
    url: '/v1/profiles',
    headers: { ...headers, 'content-type': contentType, ...more },
    payload,
  })
  return {
    status: answer.statusCode,
    body: answer.json(),
    retryAfter: answer.headers['retry-after'],
  }
}

/** `profile` keys in the log, in its order. */
async function loggedKeys(): Promise<string[]> {
  return (await logRecords(gateway.sandbox)).map(({ record }) => record[1])
}

const updates = Array.from({ length: 30 }, (_, person) => exampleUpdate(person))
const asJson = Buffer.from(JSON.stringify(updates))
const asNdjson = Buffer.from(updates.map((update) => JSON.stringify(update)).join('\r\n'))
const asMsgpack = packr.pack(updates)
const one = exampleUpdate(0)

test.each([
  ['a JSON array', json, asJson, 30],
  ['a JSON object', json, Buffer.from(JSON.stringify(one)), 1],
  ['NDJSON', ndjson, asNdjson, 30],
  ['a msgpack array', msgpack, asMsgpack, 30],
  ['a msgpack object', msgpack, packr.pack(one), 1],
] as const)('%s is taken in, as it is and compressed', async (_, contentType, body, count) => {
  const sent = [
    post(body, contentType),
    post(gzipSync(body), contentType, { 'content-encoding': 'gzip' }),
    post(zstdCompressSync(body), contentType, { 'content-encoding': 'zstd' }),
    post(body, contentType, { 'content-encoding': 'identity' }),
  ]
  for (const { status, body: answer } of await Promise.all(sent)) {
    expect(status).toBe(202)
    expect(answer).toEqual({ accepted: count, rejected: [] })
  }
  const keys = await loggedKeys()
  expect(keys).toHaveLength(count * 4)
  expect(new Set(keys).size).toBe(count)
})

test('what is in the log is the update: key, partition, segment, status, time', async () => {
  const update = {
    identityMap: {
      ecid: [{ id: '12345678901234567890123456789012345678', primary: true }],
      Email: [{ id: ' Person@Example.com ' }],
    },
    segmentMembership: {
      ups: {
        s1: {
          status: 'exited',
          lastQualificationTime: '2026-11-01T00:00:00Z',
          validUntil: '2026-12-01T00:00:00Z',
        },
      },
    },
    consents: { share: { val: 'n' } },
  }
  expect((await post(JSON.stringify(update), json)).status).toBe(202)
  const [logged, ...others] = await logRecords(gateway.sandbox)
  expect(others).toEqual([])
  const key = 'ECID:12345678901234567890123456789012345678'
  const hash = createHash('sha256').update('person@example.com').digest('hex')
  expect(logged).toMatchObject({
    partition: partitionOf(key, partitionCount),
    segments: ['ups:s1'],
    record: [
      0,
      key,
      [`email_lc_sha256:${hash}`],
      [0, 2, Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)],
      2,
      0,
    ],
  })
})

test('with 5 % garbage each bad line is rejected with its place and code, and nothing else', async () => {
  const garbage: readonly [string, string][] = [
    ['{"identityMap":', 'MALFORMED_JSON'],
    ['[]', 'UPDATE_INVALID'],
    ['"text"', 'UPDATE_INVALID'],
    ['{}', 'IDENTITY_MAP_INVALID'],
    ['{"identityMap":{"ECID":[{"id":"12"}]}}', 'NO_USABLE_IDENTITY'],
    ['{"__proto__":{"identityMap":{}}}', 'RESERVED_KEY'],
    [
      JSON.stringify({
        ...one,
        segmentMembership: {
          ups: { s: { status: 'maybe', lastQualificationTime: '2026-11-01T00:00:00Z' } },
        },
      }),
      'STATUS_UNKNOWN',
    ],
    [
      JSON.stringify({
        ...one,
        segmentMembership: { ups: { s: { lastQualificationTime: '2199-01-01T00:00:00Z' } } },
      }),
      'LAST_QUALIFICATION_TIME_AHEAD',
    ],
  ]
  const lines: string[] = []
  const wanted: { index: number; code: string }[] = []
  const good: string[] = []
  for (let index = 0; index < 4_000; index++) {
    const [line, code] = garbage[(index / 20) % garbage.length] ?? []
    if (line !== undefined && code !== undefined) {
      wanted.push({ index, code })
      lines.push(line)
    } else {
      good.push(`crm:person-${index}`)
      lines.push(JSON.stringify(exampleUpdate(index)))
    }
    if (index % 500 === 0) lines.push('', '  ')
  }
  const { status, body } = await post(lines.join('\n'), ndjson)
  expect(status).toBe(202)
  expect(body.accepted).toBe(good.length)
  expect(body.rejected.map(({ index, code }) => ({ index, code }))).toEqual(wanted)
  expect((await loggedKeys()).toSorted()).toEqual(good.toSorted())
})

test('keys named __proto__ are refused in every format, at every level, and change nothing', async () => {
  const bad = [
    '{"__proto__":{"polluted":1}}',
    '{"identityMap":{"__proto__":[{"id":"x"}]}}',
    '{"identityMap":{"crm":[{"id":"x","__proto__":{"polluted":1}}]}}',
    '{"identityMap":{"crm":[{"id":"x"}]},"segmentMembership":{"__proto__":{}}}',
    '{"identityMap":{"crm":[{"id":"x"}]},"segmentMembership":{"ups":{"__proto__":{}}}}',
    '{"identityMap":{"crm":[{"id":"x"}]},"consents":{"__proto__":{}}}',
  ]
  const maps = bad.map((text) => mapsOf(JSON.parse(text)))
  for (const answer of await Promise.all([
    post(bad.join('\n'), ndjson),
    post(`[${bad.join(',')}]`, json),
    post(packr.pack(maps), msgpack),
  ])) {
    expect(answer.body.rejected.map(({ code }) => code)).toEqual(bad.map(() => 'RESERVED_KEY'))
  }
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

function mapsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapsOf)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, held]) => [key, mapsOf(held)]))
}

test('what was left out of an accepted update is told', async () => {
  const update = { identityMap: { crm: [{ id: 'x' }], GAID: [{ id: 'not one' }] } }
  const { body } = await post(JSON.stringify([one, update]), json)
  expect(body).toMatchObject({ accepted: 2, warnings: [{ index: 1, code: 'GAID_INVALID' }] })
})

test('updates of a profile keep their order within a request and from one to the next', async () => {
  const wanted = new Map<string, number[]>()
  let atMs = Date.UTC(2026, 9, 1)
  for (let round = 0; round < 3; round++) {
    const lines = Array.from({ length: 3_000 }, (_, index) => {
      const person = (index * 7 + round) % 11
      atMs += 1
      const key = `crm:person-${person}`
      wanted.set(key, [...(wanted.get(key) ?? []), atMs])
      return JSON.stringify(exampleUpdate(person, atMs))
    })
    expect((await post(lines.join('\n'), ndjson)).status).toBe(202)
  }
  const got = new Map<string, number[]>()
  for (const { record } of await logRecords(gateway.sandbox)) {
    if (record[0] !== 0) throw new Error('not an update')
    got.set(record[1], [...(got.get(record[1]) ?? []), record[3][2] ?? 0])
  }
  expect(got).toEqual(wanted)
})

test.each([
  ['nothing', '', json, {}, 400, 'BODY_EMPTY'],
  ['broken JSON', '{"identityMap":', json, {}, 400, 'MALFORMED_JSON'],
  ['broken msgpack', Buffer.from([0xc1]), msgpack, {}, 400, 'MALFORMED_MSGPACK'],
  ['JSON that says it is gzip', '{}', json, { 'content-encoding': 'gzip' }, 400, 'BODY_UNREADABLE'],
  ['an unknown encoding', '{}', json, { 'content-encoding': 'br' }, 415, 'ENCODING_UNSUPPORTED'],
  ['an unknown type', '{}', 'text/csv', {}, 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['an unknown sandbox', '{}', json, { 'x-sandbox-name': 'nowhere' }, 400, 'SANDBOX_UNKNOWN'],
])('%s is refused as a whole', async (_, payload, contentType, more, status, code) => {
  const answer = await post(payload, contentType, more)
  expect(answer).toMatchObject({ status, body: { code } })
  expect(await loggedKeys()).toEqual([])
})

test('an empty list is nothing to do', async () => {
  for (const [payload, contentType] of [
    ['[]', json],
    ['\n\n', ndjson],
  ] as const) {
    expect(await post(payload, contentType)).toMatchObject({
      status: 202,
      body: { accepted: 0, rejected: [] },
    })
  }
})

test('sandboxes do not see each other', async () => {
  await post(JSON.stringify(one), json, { 'x-sandbox-name': gateway.sandbox.name.slice(0, 20) })
  expect(await loggedKeys()).toEqual([])
})

test('too many updates in a body are refused before any is taken', async () => {
  const small = await startGateway({ SEGUE_REQUEST_UPDATES_MAX: '10' })
  const permitted = await small.headers('stream-profiles')
  for (const [body, contentType] of [
    [`${JSON.stringify(one)}\n`.repeat(11), ndjson],
    [JSON.stringify(Array.from({ length: 11 }, () => one)), json],
    ['x\n'.repeat(11), ndjson],
  ] as const) {
    const answer = await post(body, contentType, permitted, small)
    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_MANY_UPDATES' } })
  }
  expect(await logRecords(small.sandbox)).toEqual([])
  expect((await post(`${JSON.stringify(one)}\n`.repeat(10), ndjson, permitted, small)).status).toBe(
    202,
  )
  await small.close()
})

/** A sender that listens only when it has sent everything, as many do. @returns the answer as it came */
async function sendThenListen(
  url: string,
  head: readonly string[],
  parts: Buffer[],
): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.write(['POST /v1/profiles HTTP/1.1', 'Host: here', ...head, '', ''].join('\r\n'))
  for (const part of parts) {
    await new Promise<void>((resolve, reject) => {
      socket.write(part, (error) => (error ? reject(error) : resolve()))
    })
  }
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  socket.resume()
  await expect.poll(() => answer).toContain('requestId')
  socket.destroy()
  return answer
}

test('a body of 50 MB is refused, whether it says so or not, and the process lives', async () => {
  const on = await startGateway()
  const url = await on.server.listen({ port: 0, host: '127.0.0.1' })
  const permitted = await on.headers('stream-profiles')
  const head = Object.entries({ ...permitted, 'content-type': ndjson }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  const part = Buffer.alloc(500_000, 0x20)
  const chunk = Buffer.concat([Buffer.from('7a120\r\n'), part, Buffer.from('\r\n')])
  for (const answer of [
    await sendThenListen(
      url,
      [...head, 'content-length: 50000000'],
      Array.from({ length: 100 }, () => part),
    ),
    await sendThenListen(
      url,
      [...head, 'transfer-encoding: chunked'],
      Array.from({ length: 100 }, () => chunk),
    ),
  ]) {
    expect(answer).toContain('HTTP/1.1 413 ')
    expect(answer).toContain('PAYLOAD_TOO_LARGE')
  }
  expect(await post(JSON.stringify(one), json, permitted, on)).toMatchObject({ status: 202 })
  await on.close()
})

test.each([
  ['gzip', gzipSync(Buffer.alloc(200_000_000, 0x20))],
  ['zstd', zstdCompressSync(Buffer.alloc(200_000_000, 0x20))],
])('a bomb of %s is refused', async (encoding, bomb) => {
  expect(await post(bomb, ndjson, { 'content-encoding': encoding })).toMatchObject({
    status: 413,
    body: { code: 'PAYLOAD_TOO_LARGE' },
  })
})

test('a sender that hangs up in the middle leaves nothing behind', async () => {
  const on = await startGateway()
  const url = await on.server.listen({ port: 0, host: '127.0.0.1' })
  const permitted = await on.headers('stream-profiles', 'view-metrics')
  const request = httpRequest(`${url}/v1/profiles`, {
    method: 'POST',
    headers: { ...permitted, 'content-type': ndjson, 'content-length': '1000' },
  })
  request.on('error', () => {})
  const inFlight = async (): Promise<string> => {
    const { payload } = await on.server.inject({ url: '/metrics', headers: permitted })
    return /^segue_requests_in_flight (\d+)/m.exec(payload)?.[1] ?? ''
  }
  await new Promise((resolve) => request.write('{"identityMap":', resolve))
  await expect.poll(inFlight).toBe('1')
  request.destroy()
  await expect.poll(inFlight).toBe('0')
  expect(await logRecords(on.sandbox)).toEqual([])
  await on.close()
})

test('a full log answers 429, a full outbox 503, both with Retry-After, until there is room', async () => {
  const small = await startGateway({ SEGUE_LOG_MAX_BYTES: '3000', SEGUE_OUTBOX_MAX_ROWS: '10' })
  const permitted = await small.headers('stream-profiles')
  const person = JSON.stringify(one)
  const sent = (): Promise<Answer> => post(person, json, permitted, small)
  const key = `{segue:${small.sandbox.name}:p0${partitionOf('crm:person-0', partitionCount)}}:counters`

  let answer = await sent()
  while (answer.status === 202) answer = await sent()
  expect(answer).toMatchObject({ status: 429, retryAfter: '1', body: { code: 'LOG_FULL' } })

  const appended = await small.redis.hget(key, 'appendedBytes')
  await small.redis.hset(key, 'steppedBytes', Number(appended), 'outboxRows', 10)
  expect(await sent()).toMatchObject({
    status: 503,
    retryAfter: '5',
    body: { code: 'OUTBOX_FULL' },
  })

  await small.redis.hset(key, 'outboxRows', 9)
  expect((await sent()).status).toBe(202)
  await small.close()
})

function bodyOf(persons: readonly number[]): string {
  return JSON.stringify(persons.map((person) => exampleUpdate(person)))
}

test('one partition that is full fails the request, and only requests that need it', async () => {
  const small = await startGateway({ SEGUE_LOG_MAX_BYTES: '100000' })
  const permitted = await small.headers('stream-profiles')
  const full = partitionOf('crm:person-0', partitionCount)
  const others = Array.from({ length: 50 }, (_, person) => person).filter(
    (person) => partitionOf(`crm:person-${person}`, partitionCount) !== full,
  )
  await small.redis.hset(`{segue:${small.sandbox.name}:p0${full}}:counters`, 'appendedBytes', 1e6)
  const [mixed, spared] = await Promise.all([
    post(bodyOf([...others, 0]), json, permitted, small),
    post(bodyOf(others), json, permitted, small),
  ])
  expect(mixed).toMatchObject({ status: 429, body: { code: 'LOG_FULL' } })
  expect(spared).toMatchObject({ status: 202, body: { accepted: others.length } })
  await small.close()
})

test.each([
  ['as they are', {}, (body: string) => Buffer.from(body)],
  ['compressed', { 'content-encoding': 'gzip' }, (body: string) => gzipSync(body)],
])(
  'requests over the bound of what is in flight are told to come again, %s',
  async (_, more, encoded) => {
    const small = await startGateway({
      SEGUE_BODY_MAX_BYTES: '20000',
      SEGUE_DECOMPRESSED_MAX_BYTES: '20000',
      SEGUE_IN_FLIGHT_MAX_BYTES: '40000',
    })
    const permitted = { ...(await small.headers('stream-profiles')), ...more }
    const body = encoded(`${JSON.stringify(one)}\n`.repeat(90))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(body, ndjson, permitted, small)),
    )
    const refused = answers.filter(({ status }) => status !== 202)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(20)
    for (const answer of refused) {
      expect(answer).toMatchObject({
        status: 429,
        retryAfter: '1',
        body: { code: 'TOO_MANY_IN_FLIGHT' },
      })
    }
    expect((await post(body, ndjson, permitted, small)).status).toBe(202)
    await small.close()
  },
)

test('no identity gets into the log lines, whatever goes wrong', async () => {
  const secret = 'person-who-must-not-show'
  await post(`{"identityMap":{"crm":[{"id":"${secret}"}]},`, json)
  await post(`{"identityMap":{"crm":[{"id":"${secret}"}]}`, ndjson)
  await gateway.server.inject({
    url: `/v1/profiles/crm/${secret}`,
    headers: await gateway.headers('view-profiles'),
  })
  await gateway.server.inject({ url: `/v1/nothing/${secret}` })
  expect(gateway.logged()).not.toContain(secret)
})
