import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { adding, patchItem } from '../src/launch/flow-service.ts'
import { registerSegments } from '../src/launch/set-up.ts'
import { sampleDefaults, type SampleOptions } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { sampleSegments } from '../src/sample/segments.ts'
import { expectHeldAsReplayed, knowPeopleOf } from './replayed.ts'
import type { Part } from '../src/system/parts.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

/** A sample for each test, with segments and people of its own. */
const samples = {
  'processor-dies': sampleOf(21),
  'redis-dies': sampleOf(22),
  'redis-refuses': sampleOf(23),
  'backfill-dies': sampleOf(25),
  'is-shared': sampleOf(24),
}
/** Its segments are activated when their members are there already. */
const activatedLater: keyof typeof samples = 'backfill-dies'
let system: System
/** The one that works. */
let processor: Part

beforeAll(async () => {
  system = await startSystem({
    // Nothing acknowledged is lost when Redis is killed: what is lost otherwise is Redis' own bound, not ours.
    redisSettings: { appendfsync: 'always' },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    // Slow enough to be killed in the middle of one.
    processorSettings: { SEGUE_BACKFILL_PROFILES_PER_SECOND: '300' },
    dataflows: Object.fromEntries(
      Object.entries(samples).map(([id, { seed, segments }]) => [
        id,
        {
          segments: id === activatedLater ? [] : namesOf(seed, segments),
          activationDelayMs: 300,
        },
      ]),
    ),
  })
  processor = system.processor
})
afterAll(() => system?.stop())

function sampleOf(seed: number): Omit<SampleOptions, 'baseTimeMs'> {
  return { ...sampleDefaults, seed, profiles: 200, updates: 1_500, segments: 8 }
}

function namesOf(seed: number, segments: number): readonly string[] {
  return sampleSegments(seed, segments).map(({ namespace, id }) => `${namespace}:${id}`)
}

/** The lines of a sample, whose people Marketo knows. */
async function linesOf(id: keyof typeof samples): Promise<readonly string[]> {
  const lines = [...sampleLines({ ...samples[id], baseTimeMs: Date.now() })]
  await knowPeopleOf(system, lines)
  return lines
}

test('a processor is killed while updates come, calls are under way and a backfill is half done: the next one loses nothing', async () => {
  const lines = await linesOf('processor-dies')
  const present = await linesOf(activatedLater)
  await system.stream(present)
  await eventually('all is stepped', async () =>
    (await system.status()).partitions.every(({ lag }) => lag === 0),
  )
  expect((await system.status()).books[activatedLater]).toEqual({})
  await system.plan({ marketo: Array.from({ length: 3 }, () => hangingAdd) })
  await system.stream(lines.slice(0, 700))
  await eventually('a call hangs', async () =>
    (await system.journal('marketo', 'lists.add')).some(({ answer }) => answer === 'hang'),
  )
  await system.stream(lines.slice(700, 900))
  await activateLater()
  await eventually('rows of the backfill are on their way', async () =>
    (await backfills()).some(({ rows }) => rows > 0),
  )
  await processor.kill9()
  expect((await backfills()).map(({ state }) => state)).toEqual(['running'])
  await system.plan({ marketo: [] })
  await system.stream(lines.slice(900))
  const { partitions } = await system.status()
  expect(partitions.some(({ lag }) => lag > 0)).toBe(true)
  processor = await system.parts.startProcessor('second')
  await expectHeldAsReplayed(system, lines, 'processor-dies')
  await expectHeldAsReplayed(system, present, activatedLater)
  expect((await backfills()).map(({ state, pending }) => [state, pending])).toEqual([['done', 0]])
})

async function activateLater(): Promise<void> {
  const { seed, segments } = samples[activatedLater]
  const names = namesOf(seed, segments)
  await registerSegments(system.gateway, new Map(names.map((name) => [name, name])))
  await patchItem(system.gateway, 'flows', system.flow(activatedLater), names.map(adding))
}

interface Backfill {
  readonly flowId: string
  readonly state: string
  readonly rows: number
  readonly pending: number
}

/** Those of the flow that is activated later. */
async function backfills(): Promise<readonly Backfill[]> {
  const answer = await system.get<{ readonly backfills: readonly Backfill[] }>('/v1/backfills')
  return answer.backfills.filter(({ flowId }) => flowId === system.flow(activatedLater))
}

const hangingAdd = { operation: 'lists.add', answer: 'hang' }

/** Sends some lines. @returns how they are answered */
async function answerTo(lines: readonly string[]): Promise<readonly [number, string | undefined]> {
  const { status, body } = await system.post(lines)
  return [status, body.code]
}
const toWait = [503, 'REDIS_UNAVAILABLE']

test('Redis is killed while updates come: all comes back without a restart of ours', async () => {
  const { redis, logged } = system.parts
  const lines = await linesOf('redis-dies')
  await system.stream(lines.slice(0, 500))
  const loggedBefore = logged().length
  await redis.kill9()
  expect(await answerTo(lines.slice(500, 600))).toEqual(toWait)
  for (const name of ['gateway', processor.name]) {
    await eventually(`${name} says that Redis is away`, () =>
      logged().some((line) => line.startsWith(`[${name}]`) && line.includes('is not usable')),
    )
  }
  await redis.restart()
  await system.stream(lines.slice(500))
  await expectHeldAsReplayed(system, lines, 'redis-dies')
  // Told once or twice by each, not with every try.
  const told = logged().slice(loggedBefore)
  expect(told.length < 10 ? [] : told).toEqual([])
})

test('Redis refuses to write while updates come: all waits, and goes on when it writes again', async () => {
  const { client } = system.parts.redis
  const lines = await linesOf('redis-refuses')
  await system.stream(lines.slice(0, 400))
  await client.config('SET', 'maxmemory', '1')
  expect(await answerTo(lines.slice(400, 500))).toEqual(toWait)
  await client.config('SET', 'maxmemory', '0')

  await system.stream(lines.slice(400, 800))
  // A replica of nobody refuses writes, as a primary does that another has taken over from.
  await client.replicaof('127.0.0.1', '9')
  expect(await answerTo(lines.slice(800, 900))).toEqual(toWait)
  await client.replicaof('NO', 'ONE')
  await system.stream(lines.slice(800))
  await expectHeldAsReplayed(system, lines, 'redis-refuses')
})

test('two processors share the partitions; when one is killed the other has them all', async () => {
  const owners = async (): Promise<readonly (string | null)[]> =>
    (await system.status()).partitions.map(({ owner }) => owner)
  const lines = await linesOf('is-shared')
  await system.parts.startProcessor('third')
  await eventually('each has a half', async () => {
    const all = await owners()
    return all.filter((owner) => owner === 'third').length === all.length / 2
  })
  const half = lines.length / 2
  await system.stream(lines.slice(0, half))
  await processor.kill9()
  await eventually('the other one owns all', async () =>
    (await owners()).every((owner) => owner === 'third'),
  )
  await system.stream(lines.slice(half))
  await expectHeldAsReplayed(system, lines, 'is-shared')
  expect(new Set(await owners())).toEqual(new Set(['third']))
})
