import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const segment = randomUUID()
let system: System

beforeAll(async () => {
  system = await startSystem({
    adapterSettings: { marketo: { answerTimeoutMs: 500 } },
    // A bucket counts as at least 32 rows: the fifth that waits is left out.
    processorSettings: { SEGUE_BACKLOG_MAX_ROWS: '128' },
    partitionCount: 2,
    dataflows: {
      main: {
        segments: [segment],
        activationDelayMs: 200,
        solutions: ['marketo', 'advertising-cloud'],
      },
    },
  })
})
afterAll(() => system?.stop())

interface Shown {
  readonly reconciles: readonly {
    readonly dataflow: string
    readonly solution: string
    readonly rows: number
  }[]
}

const peopleInWave = 20
const isDown = { rate: 1, answers: ['500'] }

/** Sends once, and is accepted at once: a solution that is down is no reason to take no updates. */
async function say(
  people: readonly TestPerson[],
  status: 'realized' | 'exited',
  atMs: number,
): Promise<void> {
  const lines = people.map((person) =>
    updateLine(person, { segments: { [segment]: { status, atMs } } }),
  )
  expect((await system.post(lines)).status).toBe(202)
}

const identitiesOf = (people: Iterable<TestPerson>): readonly string[] =>
  [...people].flatMap(({ ecid, email }) => [ecid, email]).toSorted()

test('a solution that is down for long is left out of what it would have got, nobody else notices, and it has all of it in the end', async () => {
  const members = new Set<TestPerson>()
  const wave = async (): Promise<readonly TestPerson[]> => {
    const people = Array.from({ length: peopleInWave }, newPerson)
    await system.know(people.map(({ lead }) => lead))
    await say(people, 'realized', Date.now())
    for (const person of people) members.add(person)
    return people
  }
  const before = await wave()
  await system.untilIdle()

  await system.plan({ marketo: isDown })
  const leftOut = async (): Promise<number> =>
    (await system.get<Shown>('/v1/status')).reconciles.reduce((sum, { rows }) => sum + rows, 0)
  await eventually('rows of several waves are left out', async () => {
    await wave()
    return (await leftOut()) > 4 * peopleInWave
  })
  // Some that Marketo was told of leave, and nobody tells it.
  const leaving = before.slice(0, peopleInWave / 2)
  const known = await leftOut()
  await say(leaving, 'exited', Date.now())
  for (const person of leaving) members.delete(person)
  await eventually('their exits are left out too', async () => (await leftOut()) > known)
  await eventually('the other solution has everything', async () => {
    const held = (await system.members())['advertising-cloud']?.[segment] ?? []
    return held.join() === identitiesOf(members).join()
  })
  const shown = await system.get<Shown>('/v1/status')
  expect(new Set(shown.reconciles.map(({ solution }) => solution))).toEqual(new Set(['marketo']))
  expect((await system.members())['marketo']?.[segment]).toEqual(identitiesOf(before))
  const down = (await system.status()).books['main']
  expect(down?.['marketo']?.pending).toBeGreaterThan(0)
  expect(down?.['advertising-cloud']?.excluded).toEqual({})

  await system.plan({ marketo: [] })
  await system.untilIdle()
  const held = await system.members()
  expect(held['marketo']).toEqual({ [segment]: identitiesOf(members) })
  expect(held['advertising-cloud']).toEqual({ [segment]: identitiesOf(members) })
  expect((await system.get<Shown>('/v1/status')).reconciles).toEqual([])
  expect(await system.imbalances()).toEqual([])
  const books = (await system.status()).books['main']
  expect(books?.['marketo']?.excluded['BACKLOG_FULL']).toBeGreaterThan(4 * peopleInWave)
  expect(books?.['marketo']).toMatchObject({ failed: {}, pending: 0 })
  expect(await leftInRedis()).toEqual([])
})

/** Keys of what waits: none is left, whatever there was. */
async function leftInRedis(): Promise<readonly string[]> {
  const redis = new Redis(system.parts.redis.url)
  try {
    const keys = await redis.keys('*')
    const waiting = /:(outbox|plan|window):|:(open|sealed|backlog|wait|active|prioritized|paused)$/
    return keys.filter((key) => waiting.test(key)).toSorted()
  } finally {
    redis.disconnect()
  }
}
