import { hash } from 'node:crypto'
import { Compile } from 'typebox/schema'
import { z } from 'zod'
import { parseProfileUpdate } from '../src/index.ts'

/**
 * What it costs to turn the text of one update into a checked `ProfileUpdate`, by hand: `node
 * packages/model/bench/validate.ts`. Each way runs in turn, so that a slower minute of the machine
 * hits all of them; the median of the rounds counts.
 */
const rounds = 5
const updatesARound = 100_000
const nowMs = Date.UTC(2026, 10, 23, 12)

// The same shape twice, and only the shape: what the parser checks beyond it is the same work in
// all ways.
const typeboxEnvelope = Compile({
  type: 'object',
  required: ['identityMap'],
  properties: {
    identityMap: {
      type: 'object',
      additionalProperties: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string' }, primary: { type: 'boolean' } },
        },
      },
    },
    segmentMembership: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['lastQualificationTime'],
          properties: {
            status: { enum: ['realized', 'existing', 'exited'] },
            lastQualificationTime: { type: 'string' },
            validUntil: { type: 'string' },
          },
        },
      },
    },
    consents: {
      type: 'object',
      properties: {
        share: { type: 'object' },
        metadata: { type: 'object', properties: { time: { type: 'string' } } },
      },
    },
  },
})
const zodEnvelope = z.object({
  identityMap: z.record(
    z.string(),
    z.array(z.object({ id: z.string(), primary: z.boolean().optional() })),
  ),
  segmentMembership: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          status: z.enum(['realized', 'existing', 'exited']).optional(),
          lastQualificationTime: z.string(),
          validUntil: z.string().optional(),
        }),
      ),
    )
    .optional(),
  consents: z
    .object({
      share: z.object({ val: z.unknown() }).optional(),
      metadata: z.object({ time: z.string().optional() }).optional(),
    })
    .optional(),
})

const texts = exampleUpdates(5_000)
const ways = {
  'JSON.parse alone': (text: string) => JSON.parse(text),
  'parseProfileUpdate (shipped)': (text: string) => parse(JSON.parse(text)),
  'typebox schema, then parseProfileUpdate': (text: string) => parse(checkedByTypebox(text)),
  'zod schema, then parseProfileUpdate': (text: string) => parse(checkedByZod(text)),
}

const microsecondsAnUpdate = new Map(Object.keys(ways).map((name) => [name, [] as number[]]))
for (const way of Object.values(ways)) measure(way)
for (let round = 0; round < rounds; round++) {
  for (const [name, way] of Object.entries(ways)) microsecondsAnUpdate.get(name)?.push(measure(way))
}

const bytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length
console.log(`${Math.round(bytes)} bytes an update, Node ${process.versions.node}`)
for (const [name, measured] of microsecondsAnUpdate) {
  const median = measured.toSorted((a, b) => a - b)[rounds >> 1] ?? Number.NaN
  const rate = Math.round(1_000_000 / median).toLocaleString('en')
  console.log(
    `${name.padEnd(40)} ${median.toFixed(2)} µs  ${rate.padStart(8)} updates a CPU-second`,
  )
}

/** CPU time of the whole process, so that the collector's work counts too. */
function measure(way: (text: string) => unknown): number {
  const before = process.cpuUsage()
  for (let done = 0; done < updatesARound; done += texts.length) for (const text of texts) way(text)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / updatesARound
}

function parse(value: unknown): unknown {
  const parsed = parseProfileUpdate(value, nowMs)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.update
}

function checkedByTypebox(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!typeboxEnvelope.Check(value)) throw new Error('typebox refused an update')
  return value
}

function checkedByZod(text: string): unknown {
  return zodEnvelope.parse(JSON.parse(text))
}

/**
 * Updates as an export sends them: an ECID and a hashed address, 2 to 5 memberships of 200
 * segments, some with consent.
 */
function exampleUpdates(count: number): string[] {
  let seed = 20_261_123
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const hex = (length: number): string =>
    hash('sha256', String(random(2 ** 31)), 'hex').slice(0, length)
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`
  const segments = Array.from({ length: 200 }, uuid)

  return Array.from({ length: count }, () => {
    const ecid = Array.from({ length: 38 }, () => random(10)).join('')
    const memberships = Array.from({ length: 2 + random(4) }, () => [
      // The product of two makes the first segments the most frequent.
      segments[Math.floor((random(200) * random(200)) / 200)],
      {
        lastQualificationTime: time(nowMs - random(1_000_000) * 1_000),
        ...(random(2) === 0 ? { validUntil: time(nowMs + random(1_000_000) * 1_000) } : {}),
        status: random(3) === 0 ? 'exited' : 'realized',
      },
    ])
    const decision = { share: { val: 'y' }, metadata: { time: time(nowMs) } }
    return JSON.stringify({
      identityMap: {
        ECID: [{ id: ecid, primary: true }],
        email_lc_sha256: [{ id: hash('sha256', ecid, 'hex') }],
      },
      segmentMembership: { ups: Object.fromEntries(memberships) },
      ...(random(10) === 0 ? { consents: decision } : {}),
    })
  })
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
