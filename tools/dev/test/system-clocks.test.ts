import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { replayLines } from '@segue/oracle'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { namespaces } from '../src/launch/run.ts'
import { sampleDefaults } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { sampleSegments } from '../src/sample/segments.ts'
import { newPerson, updateLine } from './people.ts'
import { knowPeopleOf } from './replayed.ts'
import {
  eventually,
  limits,
  membersExpected,
  startSystem,
  type PostAnswer,
  type System,
} from './system.ts'

vi.setConfig(limits)

const fiveMinutesMs = 300_000
const delayMs = 1_000
const sample = { ...sampleDefaults, seed: 41, profiles: 60, updates: 300, segments: 4 }
const segments = { expiry: randomUUID(), waiting: randomUUID() }

/** The environment of a program whose clock is off. */
function offBy(shiftMs: number): Readonly<Record<string, string>> {
  const preload = new URL('fixtures/shifted-clock.ts', import.meta.url).href
  return { NODE_OPTIONS: `--import ${preload}`, SHIFT_CLOCK_MS: String(shiftMs) }
}

let system: System
beforeAll(async () => {
  system = await startSystem({
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    // Three hosts: five minutes late, and five and ten ahead.
    environment: {
      gateway: offBy(2 * fiveMinutesMs),
      first: offBy(fiveMinutesMs),
      second: offBy(-fiveMinutesMs),
    },
    dataflows: {
      sample: {
        segments: sampleSegments(sample.seed, sample.segments).map(
          ({ namespace, id }) => `${namespace}:${id}`,
        ),
        activationDelayMs: delayMs,
      },
      expiry: { segments: [segments.expiry], activationDelayMs: 0, solutions: ['marketo'] },
      waiting: {
        segments: [segments.waiting],
        activationDelayMs: 4 * fiveMinutesMs,
        solutions: ['marketo'],
      },
    },
  })
  await system.parts.startProcessor('second')
})
afterAll(() => system?.stop())

const redisMs = async (): Promise<number> => {
  const [seconds = 0, micros = 0] = (await system.parts.redis.client.time()).map(Number)
  return seconds * 1_000 + Math.floor(micros / 1_000)
}

test('each program sees the clock that it is given', async () => {
  const { client } = system.parts.redis
  const workers = await client.hvals('{segue:prod:workers}:present')
  const skews = workers.map((value) => Number(/"skewMs":(-?\d+)/.exec(value)?.[1]))
  expect(skews.map((skewMs) => Math.round(skewMs / 60_000)).toSorted((a, b) => a - b)).toEqual([
    -5, 5,
  ])
})

const names = sampleSegments(sample.seed, sample.segments)

/** What a solution holds of the sample's segments. */
function ownOf(held: Readonly<Record<string, readonly string[]>> = {}): object {
  const own = new Set(names.map(({ namespace, id }) => `${namespace}:${id}`.replace(/^ups:/, '')))
  return Object.fromEntries(Object.entries(held).filter(([segment]) => own.has(segment)))
}

test('what is told, and when, goes by Redis’ time where every host has another', async () => {
  const person = newPerson()
  const [leadId] = await system.know([person.lead])
  const lines = [...sampleLines({ ...sample, baseTimeMs: await redisMs() })]
  await knowPeopleOf(system, lines)
  const saidMs = await redisMs()
  const untilMs = saidMs + 5_000
  await system.stream([
    updateLine(person, {
      segments: {
        [segments.expiry]: { status: 'realized', atMs: saidMs, untilMs },
        [segments.waiting]: { status: 'realized', atMs: saidMs },
      },
    }),
  ])
  await system.stream(lines)
  const { members } = await replayLines(lines, { endMs: await redisMs() })
  const expected = membersExpected(members, Object.keys(namespaces))
  await eventually('all solutions hold what they should', async () => {
    const held = await system.members()
    return Object.entries(expected).every(([solution, bySegment]) =>
      isDeepStrictEqual(ownOf(held[solution]), bySegment),
    )
  })
  expect(await system.imbalances()).toEqual([])

  await eventually('the membership is over', async () =>
    (await system.journal('marketo', 'lists.remove')).some(({ rows }) =>
      rows?.includes(leadId ?? 0),
    ),
  )
  const touched = (await system.journal('marketo')).filter(({ rows }) =>
    rows?.includes(leadId ?? 0),
  )
  // The sandbox has the same clock as Redis here, since one machine has both.
  const removed = touched.filter(({ operation }) => operation === 'lists.remove')
  expect(removed.length).toBeGreaterThan(0)
  for (const { atMs } of removed) expect(atMs).toBeGreaterThanOrEqual(untilMs)
  const added = touched.filter(({ operation }) => operation === 'lists.add')
  for (const { atMs } of added) expect(atMs).toBeLessThan(untilMs)

  // What waits for 20 minutes waits still: a clock that is 5 or 10 minutes off does not end that.
  const { client } = system.parts.redis
  const [job, score] = await client.zrange(
    '{segue:prod:activation}:activation:delayed',
    '0',
    '-1',
    'WITHSCORES',
  )
  expect(job).toBeDefined()
  // BullMQ's score is the time, and twelve bits beside it.
  const dueMs = Math.floor(Number(score) / 4_096)
  expect(dueMs).toBeGreaterThanOrEqual(saidMs + 4 * fiveMinutesMs)
  expect(dueMs).toBeLessThan((await redisMs()) + 4 * fiveMinutesMs + 1_000)
})

test('what comes from the future is refused by Redis’ time', async () => {
  const dayMs = 24 * 3_600_000
  const post = async (aheadMs: number): Promise<PostAnswer['body']> => {
    const atMs = (await redisMs()) + dayMs + aheadMs
    const segment = { [randomUUID()]: { status: 'realized', atMs } } as const
    return (await system.post([updateLine(newPerson(), { segments: segment })])).body
  }
  // The gateway's own clock says ten minutes more.
  expect((await post(fiveMinutesMs)).rejected).toHaveLength(1)
  expect((await post(-fiveMinutesMs)).accepted).toBe(1)
})
