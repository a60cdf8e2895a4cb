import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packr } from '@segue/runtime'
import { openRedis, type RedisConnection } from '@segue/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exampleUpdate, redisUrl, until } from './test-gateway.ts'

// Its own database, which this test empties.
const url = redisUrl(6)
const heapMebibytes = 128
const mebibyte = 1_048_576
let redis: RedisConnection
let dir: string
let gateway: ChildProcess
let address: string
let token: string
let ended: number | string | null | undefined
let errors = ''

beforeAll(async () => {
  redis = await openRedis({ url, clientName: 'test', warn: () => {} })
  await redis.flushdb()
  dir = await mkdtemp(join(tmpdir(), 'segue-flood-'))
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const file = join(dir, 'token')
  gateway = spawn(process.execPath, [`--max-old-space-size=${heapMebibytes}`, main], {
    env: {
      REDIS_URL: url,
      SEGUE_PORT: '0',
      SEGUE_PARTITIONS: '4',
      SEGUE_ADMIN_TOKEN_FILE: file,
      SEGUE_BODY_MAX_BYTES: String(2 * mebibyte),
      SEGUE_DECOMPRESSED_MAX_BYTES: String(8 * mebibyte),
      SEGUE_IN_FLIGHT_MAX_BYTES: String(16 * mebibyte),
      SEGUE_IN_FLIGHT_MAX_REQUESTS: '64',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  gateway.on('close', (code, signal) => {
    ended = code ?? signal
  })
  let out = ''
  gateway.stderr?.on('data', (part) => (errors += part))
  gateway.stdout?.on('data', (part) => (out += part))
  await until('the gateway is ready', () => out.includes('\n'))
  address = JSON.parse(out).url
  token = (await readFile(file, 'utf8')).trim()
  // From here on the token is known, and no failure of many at once.
  await post({ body: updates(1), headers: json })
})
afterAll(async () => {
  gateway.kill('SIGKILL')
  await redis.flushdb()
  await redis.quit()
  await rm(dir, { recursive: true, force: true })
})

interface Sent {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

const json = { 'content-type': 'application/json' }
const gzip = { 'content-encoding': 'gzip' }
const zstd = { 'content-encoding': 'zstd' }
const msgpack = { 'content-type': 'application/msgpack' }

function updates(count: number): Buffer {
  return Buffer.from(
    JSON.stringify(Array.from({ length: count }, (_, index) => exampleUpdate(index))),
  )
}

/** Bodies that are as large as they may be, or become much larger than they are. */
function bodies(): readonly Sent[] {
  const each = Math.floor((1.5 * mebibyte) / updates(1).length)
  const refused = Buffer.from(`[${'{},'.repeat(49_999)}{}]`)
  const objects = Buffer.from(`[${'{},'.repeat(2_500_000)}{}]`)
  const nested = Buffer.from('['.repeat(4_000_000) + ']'.repeat(4_000_000))
  const lists = Buffer.concat([Buffer.from([0xdd, 0x00, 0x78, 0, 0]), Buffer.alloc(0x780000, 0x90)])
  return [
    { body: updates(each), headers: json },
    { body: Buffer.from(packr.pack(JSON.parse(String(updates(each))))), headers: msgpack },
    { body: refused, headers: json },
    { body: gzipSync(objects), headers: { ...json, ...gzip } },
    { body: zstdCompressSync(nested), headers: { ...json, ...zstd } },
    { body: gzipSync(lists), headers: { ...msgpack, ...gzip } },
    { body: gzipSync(Buffer.alloc(40 * mebibyte, 0x20)), headers: { ...json, ...gzip } },
    { body: updates(1), headers: json },
  ]
}

/** @returns status and code; status 0 where the connection was closed */
function post({
  body,
  headers,
}: Sent): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const sent = request(
      `${address}/v1/profiles`,
      {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${token}`, 'content-length': body.length },
      },
      (answer) => {
        let text = ''
        answer.on('data', (part) => (text = (text + part).slice(0, 500)))
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    sent.on('error', () => resolve({ status: 0, text: '' }))
    sent.end(body)
  })
}

/** Begins a body, and never ends it. */
function dawdle(): Socket {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(
    `POST /v1/profiles HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n[`,
  )
  return socket
}

async function inFlight(): Promise<readonly [requests: number, bytes: number]> {
  const answer = await fetch(`${address}/metrics`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const text = await answer.text()
  const gauge = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{\\})? (\\S+)$`, 'm').exec(text)?.[1])
  return [gauge('segue_requests_in_flight'), gauge('segue_bytes_in_flight')]
}

test('whatever is sent at once, a gateway with a small heap lives, says so early, and goes on', async () => {
  const dawdlers = Array.from({ length: 24 }, dawdle)
  const all = bodies()
  const met = new Map<number, number>()
  const answers = await Promise.all(
    Array.from({ length: 16 }, async (_, sender) => {
      const own: { readonly kind: number; readonly status: number; readonly text: string }[] = []
      for (let turn = 0; turn < 2; turn += 1) {
        const kind = (sender + turn) % all.length
        own.push({ kind, ...(await post(all[kind]!)) })
      }
      return own
    }),
  )
  for (const { status } of answers.flat()) met.set(status, (met.get(status) ?? 0) + 1)
  expect([ended, errors]).toEqual([undefined, expect.not.stringContaining('heap out of memory')])
  // Taken, too large, too many, or too late: each sender was told.
  expect([...met.keys()].filter((status) => ![202, 413, 429, 503].includes(status))).toEqual([])
  expect(met.get(413)).toBeGreaterThan(0)
  const bombs = answers.flat().filter(({ kind }) => kind >= 3 && kind <= 6)
  expect(bombs.filter(({ status }) => status === 202)).toEqual([])

  for (const socket of dawdlers) socket.destroy()
  await until('nothing is in flight', async () => (await inFlight()).join() === '0,0')
  for (const sent of [all[0]!, all[1]!, all[7]!]) {
    await until('what may be sent is taken', async () => (await post(sent)).status === 202)
  }
}, 60_000)
