import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, test, vi } from 'vitest'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const segments = { marketo: randomUUID(), 'audience-manager': randomUUID() }
let system: System

beforeAll(async () => {
  system = await startSystem({
    adapterSettings: {
      marketo: { maxUsersPerRequest: 20, answerTimeoutMs: 500 },
      'audience-manager': { maxBatchAgeInSecs: 1, answerTimeoutMs: 500, uploadTimeoutMs: 500 },
    },
    dataflows: Object.fromEntries(
      Object.entries(segments).map(([solution, segment]) => [
        solution,
        { segments: [segment], activationDelayMs: 200, solutions: [solution] },
      ]),
    ),
  })
})
afterAll(() => system?.stop())

/** Faults of an operation, one after the other, with calls that go well between them. */
const between = (operation: string, answers: readonly string[]): object[] =>
  answers.flatMap((answer) => [
    { operation, answer },
    { operation, answer: 'ok' },
  ])

async function realize(people: readonly TestPerson[], segment: string): Promise<void> {
  const membership = { [segment]: { status: 'realized', atMs: Date.now() } } as const
  await system.stream(people.map((person) => updateLine(person, { segments: membership })))
}

/** Waits until jobs of a queue wait for their time. @returns what Bull Board shows of them */
async function delayedJobs(queue: string): Promise<string> {
  const query = new URLSearchParams({ activeQueue: queue, status: 'delayed', page: '1' })
  let shown: readonly object[] = []
  await eventually(`jobs wait in ${queue}`, async () => {
    const { queues } = await system.get<{
      readonly queues: readonly { readonly name: string; readonly jobs: readonly object[] }[]
    }>(`/queues/api/queues?${query.toString()}`)
    shown = queues.find(({ name }) => name === queue)?.jobs ?? []
    return shown.length > 0
  })
  return JSON.stringify(shown)
}

const identitiesOf = (people: readonly TestPerson[]): readonly string[] =>
  people.flatMap(({ ecid, email }) => [ecid, email]).toSorted()

test.concurrent('Marketo fails in every way: all memberships arrive, only what failed is sent again', async ({
  expect,
}) => {
  const people = Array.from({ length: 300 }, newPerson)
  const ids = await system.know(people.map(({ lead }) => lead))
  // 606 pauses all calls for 20 s, as Marketo asks.
  const faults = ['606', '602', '500', 'apply-500', 'hang', 'apply-hang', 'drop', 'apply-drop']
  await system.plan({ marketo: between('lists.add', faults) })
  await realize(people, segments.marketo)
  const waiting = await delayedJobs('prod.solution-marketo')
  await system.untilIdle()

  expect((await system.members())['marketo']).toEqual({ [segments.marketo]: identitiesOf(people) })
  const { books } = await system.status()
  expect(books['marketo']?.['marketo']).toEqual({
    received: 300,
    activated: 300,
    coalesced: 0,
    excluded: {},
    failed: {},
    pending: 0,
    resent: 0,
  })
  // While the solution is paused its jobs are there to be looked at.
  expect(waiting).toContain(`"dataflow":"${system.flow('marketo')}"`)
  for (const { lead } of people) {
    expect(waiting).not.toContain(lead.ecid)
    expect(waiting).not.toContain(lead.emailSHA256)
  }
  const calls = await system.journal('marketo', 'lists.add')
  const met = new Set(calls.map(({ answer }) => answer))
  for (const answer of ['606', '602', '500', 'hang', 'drop']) expect(met).toContain(answer)
  for (const id of ids) {
    const answers = calls.filter(({ rows }) => rows?.includes(id)).map(({ answer }) => answer)
    // Once well, in the end; before that only calls of which it was not known that they went well.
    expect(answers.indexOf('ok'), `lead ${id}: ${answers.join(', ')}`).toBe(answers.length - 1)
  }
})

test.concurrent('Audience Manager fails in every way: all memberships arrive', async ({
  expect,
}) => {
  const people = Array.from({ length: 60 }, newPerson)
  const faults = {
    'dcs.event': ['500', 'apply-500', 'hang', 'drop', 'apply-drop'],
    's3.putObject': ['SlowDown', 'InternalError', 'hang', 'drop', 'apply-drop'],
  }
  await system.plan({
    'audience-manager': Object.entries(faults).flatMap(([operation, answers]) =>
      between(operation, answers),
    ),
  })
  await realize(people, segments['audience-manager'])
  await system.untilIdle()
  expect((await system.members())['audience-manager']).toEqual({
    [segments['audience-manager']]: identitiesOf(people),
  })
  for (const [operation, answers] of Object.entries(faults)) {
    const met = (await system.journal('audience-manager', operation)).map(({ answer }) => answer)
    for (const answer of answers) expect(met).toContain(answer.replace('apply-', ''))
  }
  expect(await system.imbalances()).toEqual([])
})
